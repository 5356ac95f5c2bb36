"""Discord's messages -> arrivals: what counts as a message, and what its text is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol

import discord

from bot.domain.attached import FORWARDED, NO_TEXT, attached
from bot.domain.discussion import Provenance
from bot.storage.rows import Account, Arrival

PLATFORM = "discord"

_UNITS = (discord.MessageType.default, discord.MessageType.reply)
_MENTION = re.compile(r"<@!?\d+>")


class Attached(Protocol):
    """What is read of an attachment."""

    @property
    def filename(self) -> str:
        """Its name."""

    @property
    def content_type(self) -> str | None:
        """Its media type, where the server tells it."""


class Named(Protocol):
    """What is read of a sticker."""

    @property
    def name(self) -> str:
        """Its name."""


def arrival(message: discord.Message, provenance: Provenance) -> Arrival | None:
    """Return what a person said by `message`; None for bots, webhooks and system messages.

    The first message of a thread that was opened from a message is that message, as said by
    whoever wrote it.
    """
    said: discord.Message | None = message
    if message.type is discord.MessageType.thread_starter_message:
        resolved = None if message.reference is None else message.reference.resolved
        said = resolved if isinstance(resolved, discord.Message) else None
    if said is None or not _is_unit(said):
        return None
    return Arrival(
        thread_id=str(message.channel.id),
        external_id=str(message.id),
        order_key=message.id,
        author=Account(PLATFORM, str(said.author.id)),
        text=_text(said),
        sent_at=said.created_at,
        reply_to=_reply_to(message),
        provenance=provenance,
    )


def text_of(content: str, attachments: Iterable[Attached], stickers: Iterable[Named]) -> str:
    """Return the text of a message: its words, then what is attached, as `[image]` and so on.

    Whoever is mentioned becomes `[mention]`: the server's way to write it holds an account's id.
    """
    words = _MENTION.sub("[mention]", content).strip()
    named = attached(
        ((a.filename, a.content_type) for a in attachments), (s.name for s in stickers)
    )
    return " ".join(part for part in (words, *named) if part)


def _is_unit(message: discord.Message) -> bool:
    person = message.webhook_id is None and not message.author.bot and not message.author.system
    return person and message.type in _UNITS


def _text(message: discord.Message) -> str:
    text = text_of(message.content, message.attachments, message.stickers)
    if message.poll is not None:
        text = f"{text} [poll: {message.poll.question}]".lstrip()
    if message.message_snapshots:
        text = f"{text} {FORWARDED}".lstrip()
    return text or NO_TEXT


def _reply_to(message: discord.Message) -> str | None:
    if message.type is not discord.MessageType.reply or message.reference is None:
        return None
    replied = message.reference.message_id
    return None if replied is None else str(replied)
