"""What people decided about thoughts that were split over several messages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.units import Link
from bot.storage.connections import Connections
from bot.storage.review_tables import unit_links
from bot.storage.tables import coders, discussions, messages, sessions, threads


@dataclass(frozen=True, slots=True)
class _New:
    message: int
    previous: int
    coder: int
    joined: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class DiscussionState:
    """A discussion (its row), and numbers of which one changes whenever its messages do."""

    row: int
    thread_id: str
    numbers: tuple[int, ...]


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
        async with self._connections.read() as connection:
            return await links_by_discussion(connection, messages.c.session_id == session_id)

    async def of_study(self, study_id: int) -> dict[int, tuple[Link, ...]]:
        """Return the decisions in a study by discussion (its row)."""
        own = select(sessions.c.id).where(sessions.c.study_id == study_id)
        async with self._connections.read() as connection:
            return await links_by_discussion(connection, messages.c.session_id.in_(own))

    async def states(self, study_id: int) -> tuple[DiscussionState, ...]:
        """Return how the discussions of a study stand that hold messages, in the log's order."""
        query = (
            select(
                discussions.c.id,
                threads.c.external_id,
                func.count(messages.c.id),
                func.sum(messages.c.id),
                func.sum(messages.c.revision),
                func.sum(messages.c.context),
                func.count(messages.c.deleted_at),
            )
            .join(sessions, sessions.c.id == discussions.c.session_id)
            .join(threads, threads.c.id == discussions.c.thread_id)
            .join(messages, messages.c.discussion_id == discussions.c.id)
            .where(sessions.c.study_id == study_id)
            .group_by(sessions.c.id, discussions.c.id, threads.c.external_id)
            .order_by(sessions.c.id, discussions.c.thread_id, discussions.c.start_key)
        )
        async with self._connections.read() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(DiscussionState(row, thread, tuple(n)) for row, thread, *n in rows)


async def read_links(connection: AsyncConnection, where: ColumnElement[bool]) -> tuple[Link, ...]:
    """Return the decisions on the messages that `where` selects, in the order they were given."""
    rows = await connection.execute(_links(where))
    return tuple(Link(r.message, r.previous, r.name, r.joined, r.at) for r in rows)


async def links_by_discussion(
    connection: AsyncConnection, where: ColumnElement[bool]
) -> dict[int, tuple[Link, ...]]:
    """Return `read_links` by the row of the discussion."""
    found: dict[int, list[Link]] = defaultdict(list)
    for row in await connection.execute(_links(where)):
        link = Link(row.message, row.previous, row.name, row.joined, row.at)
        found[row.discussion_id].append(link)
    return {discussion: tuple(links) for discussion, links in found.items()}


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
