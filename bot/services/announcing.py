"""What is said to participants, and through whom: words of the study, never a code."""

from __future__ import annotations

from typing import Protocol

from bot.domain.discussion import Scenario
from bot.domain.errors import IntercoderError
from bot.storage.live_rows import PostKind

WARNING = "One minute left."
END = "Time is up."


class PostError(IntercoderError):
    """Nothing could be posted in a thread: why, and what to do."""


class Poster(Protocol):
    """Posts in the threads of a platform."""

    async def post(self, thread_id: str, text: str) -> int:
        """Post `text`; return the order key of its (first) message. Raises PostError."""
        ...

    async def find(self, thread_id: str, text: str, after: int) -> int | None:
        """Return the order key of an own post of `text` later than `after`, or None.

        Raises PostError if the thread cannot be read.
        """
        ...

    def now(self) -> int:
        """Return an order key for the present moment."""
        ...


def words(kind: PostKind, scenario: Scenario) -> str:
    """Return what a run of `scenario` says when it starts, one minute before its end, then."""
    if kind == "warning":
        return WARNING
    if kind == "end":
        return END
    return f"**{scenario.title}**\n\n{scenario.text}" if scenario.title else scenario.text
