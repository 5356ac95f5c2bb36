"""What people decided about thoughts that were split over several messages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.units import Link
from bot.storage.connections import Connections
from bot.storage.review_tables import unit_links
from bot.storage.tables import coders, messages


@dataclass(frozen=True, slots=True)
class _New:
    message: int
    previous: int
    coder: int
    joined: bool
    at: datetime


class UnitLinks:
    """Reads and writes joins and separations."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def add(self, message: int, previous: int, coder: int, *, joined: bool) -> None:
        """Append a coder's decision on two messages; all three are given by their rows."""
        at = self._connections.clock()
        await self._connections.write(_add, _New(message, previous, coder, joined, at))

    async def of_discussion(self, discussion_id: int) -> tuple[Link, ...]:
        """Return the decisions in a discussion (its row), in the order they were given."""
        async with self._connections.read() as connection:
            return await read_links(connection, messages.c.discussion_id == discussion_id)

    async def of_session(self, session_id: int) -> dict[int, tuple[Link, ...]]:
        """Return the decisions in a session by discussion (its row)."""
        found: dict[int, list[Link]] = defaultdict(list)
        query = _links(messages.c.session_id == session_id)
        async with self._connections.read() as connection:
            for row in await connection.execute(query):
                link = Link(row.message, row.previous, row.name, row.joined, row.at)
                found[row.discussion_id].append(link)
        return {discussion: tuple(links) for discussion, links in found.items()}


async def read_links(connection: AsyncConnection, where: ColumnElement[bool]) -> tuple[Link, ...]:
    """Return the decisions on the messages that `where` selects, in the order they were given."""
    rows = await connection.execute(_links(where))
    return tuple(Link(r.message, r.previous, r.name, r.joined, r.at) for r in rows)


def _links(where: ColumnElement[bool]) -> Select[Any]:
    before = messages.alias("previous")
    return (
        select(
            messages.c.external_id.label("message"),
            before.c.external_id.label("previous"),
            messages.c.discussion_id,
            coders.c.name,
            unit_links.c.joined,
            unit_links.c.at,
        )
        .join(messages, messages.c.id == unit_links.c.message_id)
        .join(before, before.c.id == unit_links.c.previous_id)
        .join(coders, coders.c.id == unit_links.c.coder_id)
        .where(where)
        .order_by(unit_links.c.id)
    )


async def _add(connection: AsyncConnection, items: Sequence[_New]) -> list[None]:
    values = [
        {
            "message_id": n.message,
            "previous_id": n.previous,
            "coder_id": n.coder,
            "joined": n.joined,
            "at": n.at,
        }
        for n in items
    ]
    await connection.execute(insert(unit_links), values)
    return [None] * len(items)
