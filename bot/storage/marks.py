"""Marks: what people do with messages beside coding them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.connections import Connections
from bot.storage.review_tables import marks
from bot.storage.rows import Mark, MarkKind
from bot.storage.tables import coders, messages


@dataclass(frozen=True, slots=True)
class _New:
    message: int
    coder: int
    kind: MarkKind
    at: datetime
    revision: int
    takes_back: int | None


class Marks:
    """Reads and writes marks."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def add(
        self, message: int, coder: int, kind: MarkKind, revision: int, takes_back: int | None = None
    ) -> None:
        """Append a mark by a coder on a message as it stands; both are given by their rows."""
        at = self._connections.clock()
        await self._connections.write(_add, _New(message, coder, kind, at, revision, takes_back))

    async def of_message(self, message: int) -> tuple[Mark, ...]:
        """Return the marks on a message (its row), in the order they were given."""
        query = select_marks().where(marks.c.message_id == message).order_by(marks.c.id)
        async with self._connections.read() as connection:
            return tuple(to_mark(row) for row in await connection.execute(query))


def select_marks() -> Select[Any]:
    """Return the selection of marks with the message's id and the coder's name."""
    return (
        select(marks, messages.c.external_id, coders.c.name)
        .join(messages, messages.c.id == marks.c.message_id)
        .join(coders, coders.c.id == marks.c.coder_id)
    )


def to_mark(row: Row[Any]) -> Mark:
    """Read one row of `select_marks`."""
    return Mark(
        row.id, row.external_id, row.name, row.kind, row.at, row.revision, row.takes_back_id
    )


def standing_marks(given: Iterable[Mark]) -> tuple[Mark, ...]:
    """Return the marks that were not taken back, without those that take back."""
    all_ = tuple(given)
    undone = {mark.takes_back for mark in all_ if mark.takes_back is not None}
    return tuple(m for m in all_ if m.kind != "undone" and m.id not in undone)


async def _add(connection: AsyncConnection, items: Sequence[_New]) -> list[None]:
    values = [
        {
            "message_id": n.message,
            "coder_id": n.coder,
            "kind": n.kind,
            "at": n.at,
            "revision": n.revision,
            "takes_back_id": n.takes_back,
        }
        for n in items
    ]
    await connection.execute(insert(marks), values)
    return [None] * len(items)
