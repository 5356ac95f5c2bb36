"""What was said: one message as it stands now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from discord import MessageType

from bot.rehearsal.world.accounts import User

# An object of Discord's interface: what becomes JSON.
Json = dict[str, Any]

DEFAULT = MessageType.default.value
REPLY = MessageType.reply.value
THREAD_CREATED = MessageType.thread_created.value
THREAD_STARTER = MessageType.thread_starter_message.value

# Flags of a message, as Discord numbers them.
HAS_THREAD = 1 << 5
EPHEMERAL = 1 << 6
LOADING = 1 << 7
COMPONENTS_V2 = 1 << 15


@dataclass(frozen=True)
class Upload:
    """A file that someone attaches: name, bytes, and its type (None: from the name)."""

    name: str
    data: bytes = b"-"
    content_type: str | None = None


@dataclass(eq=False)
class Message:
    """One message; lists hold objects of Discord's interface."""

    id: str
    channel_id: str
    guild_id: str
    author: User
    content: str
    sent_at: datetime
    kind: int = DEFAULT
    flags: int = 0
    edited_at: datetime | None = None
    attachments: list[Json] = field(default_factory=list)
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    stickers: list[Json] = field(default_factory=list)
    mentions: list[User] = field(default_factory=list)
    mention_roles: list[str] = field(default_factory=list)
    mention_everyone: bool = False
    # Place in a thread: how many messages were there before it.
    position: int | None = None
    reference: Json | None = None
    nonce: str | int | None = None
    webhook_id: str | None = None
    application_id: str | None = None
    # Who caused it by a command or a button.
    caused_by: Json | None = None
    # The only member who sees it; None: all who see the channel.
    only_for: str | None = None
    deleted: bool = False

    @property
    def ephemeral(self) -> bool:
        """Tell whether one member only sees it."""
        return self.only_for is not None
