"""Two rows of one message in the import layout: which may stand together, and what is wrong."""

from __future__ import annotations

from pathlib import Path

from bot.domain.errors import InputError
from bot.domain.layout_rows import Row

_SHARED = {  # what every row of a message has alike, and its column
    "comment": "comment",
    "speaker": "speaker",
    "sent_at": "timestamp",
    "message_id": "message_id",
    "deleted": "deleted",
    "reply_to": "reply_to",
    "origin": "basis, study, source or gold",
}


def check_message(row: Row, first: Row, own: Row | None, source: str | Path) -> None:
    """Raise InputError if `row` cannot stand beside `first`, the first row of its message.

    `own` is an earlier row by the same coder, if there is one. An export holds all that a coder
    ever decided, in order: there it may stand again.
    """
    where = f"sequence {row.sequence} in thread {row.thread_id!r}, scenario {row.scenario_id!r},"
    differing = [
        column for name, column in _SHARED.items() if getattr(row, name) != getattr(first, name)
    ]
    if differing and own is None:
        raise InputError(
            f"{where} has another {' and '.join(differing)} than in line {first.line}",
            "give all rows of a message the same, or number its scenario's messages 1, 2, 3, ... "
            "without a number twice",
            source=source,
            line=row.line,
        )
    if own is None or (row.exported and not differing):
        return
    if not differing and row.code != own.code:
        raise InputError(
            f"{where} has code {row.code!r} by coder {row.coder!r} here and {own.code!r} in line "
            f"{own.line}",
            "keep the one that counts: each coder has one row for each message",
            source=source,
            line=row.line,
        )
    raise InputError(
        f"{where} stands twice (first in line {own.line})",
        "number the messages of a scenario 1, 2, 3, ...; each coder has one row for each",
        source=source,
        line=row.line,
    )
