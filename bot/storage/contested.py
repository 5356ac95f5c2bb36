"""A unit of analysis with what was decided on it, as adjudication reads it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.coding import Coding, standing
from bot.storage.marks import standing_marks
from bot.storage.rows import Mark, Note, StoredMessage


@dataclass(frozen=True, slots=True)
class Contested:
    """A unit of analysis, and what was decided on it.

    `row` is that of its last message that was not deleted (of its last, where all were), and
    `rows` those of all its messages in order. `codings` are in the order they were given: of
    `contested` people's alone. `assigned` are the coders who are to code it, None where nobody
    is, and `blind` those of them who are to see no codes of it before they have coded it.
    `coded` are those of whom a decision stands on a message of it as it now reads.
    """

    row: int
    rows: tuple[int, ...]
    deleted: bool
    assigned: frozenset[str] | None
    blind: frozenset[str]
    coded: frozenset[str]
    codings: tuple[Coding, ...]
    marks: tuple[Mark, ...]

    @property
    def unsure(self) -> frozenset[str]:
        """Who could not tell its code, and gave none afterwards."""
        last = {c.coder: c for c in standing(self.codings)}
        return frozenset(
            m.coder
            for m in standing_marks(self.marks)
            if m.kind == "unsure" and (m.coder not in last or last[m.coder].at < m.at)
        )


@dataclass(frozen=True, slots=True)
class Opened:
    """A unit with its messages in order and what was noted on them."""

    contested: Contested
    messages: tuple[StoredMessage, ...]
    notes: tuple[Note, ...]
