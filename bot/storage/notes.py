"""Notes: what people say about a message without deciding on its code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.connections import Connections
from bot.storage.live_tables import notes
from bot.storage.rows import Note
from bot.storage.tables import coders, messages


@dataclass(frozen=True, slots=True)
class _New:
    message: int
    coder: int
    text: str
    at: datetime


class Notes:
    """Reads and writes notes."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def add(self, message: int, coder: int, text: str) -> None:
        """Append a note by a coder on a message; both are given by their rows."""
        new = _New(message, coder, text, self._connections.clock())
        await self._connections.write(_add, new)

    async def of_message(self, message: int) -> tuple[Note, ...]:
        """Return the notes on a message (its row), in the order they were given."""
        query = select_notes().where(notes.c.message_id == message).order_by(notes.c.id)
        async with self._connections.read() as connection:
            return tuple(to_note(row) for row in await connection.execute(query))


def select_notes() -> Select[Any]:
    """Return the selection of notes with the message's id and the coder's name."""
    return (
        select(messages.c.external_id, coders.c.name, notes.c.text, notes.c.at)
        .join(messages, messages.c.id == notes.c.message_id)
        .join(coders, coders.c.id == notes.c.coder_id)
    )


def to_note(row: Row[Any]) -> Note:
    """Read one row of `select_notes`."""
    return Note(row.external_id, row.name, row.text, row.at)


async def _add(connection: AsyncConnection, items: Sequence[_New]) -> list[None]:
    values = [
        {"message_id": n.message, "coder_id": n.coder, "text": n.text, "at": n.at} for n in items
    ]
    await connection.execute(insert(notes), values)
    return [None] * len(items)
