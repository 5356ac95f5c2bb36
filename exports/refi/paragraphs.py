"""A discussion as plain text: one paragraph a message, `speaker: words`."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.discussion import Message
from bot.storage.rows import CodedDiscussion
from exports.refi.plain import label, shown

# Stand where no words are: a selection of nothing is refused by some programs.
NO_WORDS = "[no text]"
DELETED = "[deleted]"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message's words stand in its source: code points, from 0, the end exclusive."""

    message: Message
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Paragraphs:
    """A source's plain text, and where each message stands in it."""

    text: str
    places: tuple[Place, ...]


def paragraphs(coded: CodedDiscussion) -> Paragraphs:
    """Return the discussion's text: `speaker: words` and a line feed for each message."""
    parts: list[str] = []
    places: list[Place] = []
    at = 0
    for message in coded.discussion.messages:
        head = f"{label(message.speaker)}: "
        gone = DELETED if message.id in coded.deleted else NO_WORDS
        words = shown(message.text) or gone
        start = at + len(head)
        places.append(Place(message, start, start + len(words)))
        parts += [head, words, "\n"]
        at = start + len(words) + 1
    return Paragraphs("".join(parts), tuple(places))
