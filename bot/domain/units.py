"""The unit of analysis: thoughts that their author split over several messages.

A unit is one message, or several by one speaker that people joined. It carries one code:
the codings of its messages are read as codings of one message (`together` in `coding.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.discussion import Message

GAP = timedelta(seconds=20)
"""Time between two messages of one thought at most, unless told otherwise."""

# An end that closes a thought: . ! ? or an ellipsis, also in full width and Arabic, with closing
# marks after it; a smiley or an emoji.
_CLOSED = re.compile(
    "(?:[.!?\u2026\u3002\uff01\uff1f\u061f\u06d4][)\\]\"'\u00bb\u201d\u2019]*"
    "|[:;]-?[)(DPp]|[\U0001f300-\U0001faff]\ufe0f?)\\s*$"
)
# Words and marks with which a thought cannot end, and with which one goes on.
_OPEN_END = re.compile(
    "(?:[,;:\\-\u2013\u2014]"
    r"|\b(?:and|or|but|so|because|if|that|which|the|a|an|to|of|is|are|was|with|for))\s*$",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"\s*(?:[,;)]|(?:and|or|but|so|because|which|who|that|then|than|though)\b)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Link:
    """Whether a message goes on with what its speaker said just before, as a person decided.

    A link of a message with itself takes back its coder's latest decision on that message that
    still stands, and is no decision itself.
    """

    message_id: str
    previous_id: str
    coder: str
    joined: bool
    at: datetime

    @property
    def takes_back(self) -> bool:
        """Tell whether this takes an earlier decision back."""
        return self.previous_id == self.message_id


class Spoken(Protocol):
    """As much of a message as tells whose thought it is part of."""

    @property
    def id(self) -> str:
        """Its id within the thread."""

    @property
    def speaker(self) -> str:
        """Who said it."""


@dataclass(frozen=True, slots=True)
class Boundary:
    """Two messages of one speaker between which a thought may go on; `proposed`: by the rule."""

    previous: Message
    message: Message
    proposed: bool


def boundaries(messages: Sequence[Message], gap: timedelta = GAP) -> tuple[Boundary, ...]:
    """Return the places of a discussion where a thought may have been split, in order.

    `messages` are one discussion's, in sequence. A boundary lies between two messages that
    follow each other among their speaker's own, at most `gap` apart (others may have written
    between them), of which the second is no reply to another message. It is proposed as a
    split thought where the first is unfinished: it ends without a closing mark, and either
    ends openly (a comma, "because"), or the second goes on with a conjunction, or with a small
    letter where the first began with a capital.
    """
    found = []
    last: dict[str, Message] = {}
    for message in messages:
        before = last.get(message.speaker)
        last[message.speaker] = message
        if before is None or not _near(before, message, gap):
            continue
        if message.reply_to is not None and message.reply_to != before.id:
            continue
        found.append(Boundary(before, message, _unfinished(before.text, message.text)))
    return tuple(found)


def standing_links(links: Iterable[Link]) -> list[Link]:
    """Return which decisions were not taken back, of all in the order they were given."""
    stands: list[Link] = []
    for link in links:
        if not link.takes_back:
            stands.append(link)
            continue
        own = (link.coder, link.message_id)
        for index in reversed(range(len(stands))):
            if (stands[index].coder, stands[index].message_id) == own:
                del stands[index]
                break
    return stands


def latest_by_coder(links: Iterable[Link]) -> dict[tuple[str, str], Link]:
    """Return each coder's last decision on each message that stands: (coder, message) -> link."""
    return {(link.coder, link.message_id): link for link in standing_links(links)}


def decided(links: Iterable[Link]) -> dict[str, Link]:
    """Return the decision that counts for each message: the latest that stands; by message id.

    `links` are in the order they were given; of equal times the later one counts.
    """
    last: dict[str, Link] = {}
    for link in standing_links(links):
        before = last.get(link.message_id)
        if before is None or link.at >= before.at:
            last[link.message_id] = link
    return last


def units(messages: Sequence[Spoken], links: Iterable[Link]) -> dict[str, str]:
    """Return the unit of each message of a discussion: the id of the unit's first message.

    `messages` are in sequence. A join counts where its two messages still follow each other
    among their speaker's own.
    """
    joined = {i: link.previous_id for i, link in decided(links).items() if link.joined}
    unit: dict[str, str] = {}
    last: dict[str, str] = {}
    for message in messages:
        before = last.get(message.speaker)
        goes_on = before is not None and joined.get(message.id) == before
        unit[message.id] = unit[before] if goes_on and before is not None else message.id
        last[message.speaker] = message.id
    return unit


def members(unit: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the messages of each unit, as `units` tells them: unit -> ids in order."""
    found: dict[str, list[str]] = {}
    for message_id, first in unit.items():
        found.setdefault(first, []).append(message_id)
    return {first: tuple(ids) for first, ids in found.items()}


def _near(before: Message, message: Message, gap: timedelta) -> bool:
    if before.sent_at is None or message.sent_at is None:  # no times: only neighbours are near
        return message.sequence == before.sequence + 1
    return message.sent_at - before.sent_at <= gap


def _unfinished(first: str, second: str) -> bool:
    if not first.strip() or not second.strip() or _CLOSED.search(first):
        return False
    if _OPEN_END.search(first) or _GOES_ON.match(second):
        return True
    # A small letter goes on only for people who begin with capitals.
    return first.lstrip()[:1].isupper() and second.lstrip()[:1].islower()
