"""Sessions, and the discussions that their threads have in them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.connections import Connections
from bot.storage.rows import DiscussionRow, SessionRow, Started
from bot.storage.selecting import select_discussions, to_discussion
from bot.storage.starting import Begin, Start, begin_one, start_one
from bot.storage.tables import discussions, sessions, threads

__all__ = ["Sessions", "Start"]

_TOGETHER = 500  # threads a query


@dataclass(frozen=True, slots=True)
class _End:
    session_id: int
    end_key: int | None
    at: datetime


class Sessions:
    """Reads and writes sessions, threads and discussions."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def begin(self, study_id: int, name: str) -> SessionRow:
        """Return the session called `name`, begun if there is none; an ended one goes on."""
        at = self._connections.clock()
        return await self._connections.write(_begin, Begin(study_id, name, at))

    def start(self, start: Start) -> asyncio.Future[Started]:
        """Start a discussion; the same thread and start key again is the same discussion.

        Messages stored already whose order key is not below `start_key` move into it, and
        are pending again: they were coded in another light.
        """
        return self._connections.submit(_start, (start, self._connections.clock()))

    async def end(self, session_id: int, end_key: int | None = None) -> None:
        """End a session and its discussions; from `end_key` on nothing belongs to them."""
        at = self._connections.clock()
        await self._connections.write(_end, _End(session_id, end_key, at))

    async def find(self, study_id: int, name: str) -> SessionRow | None:
        """Return the study's session called `name`, or None."""
        for session in await self.all(study_id):
            if session.name == name:
                return session
        return None

    async def all(self, study_id: int) -> tuple[SessionRow, ...]:
        """Return the study's sessions, oldest first."""
        query = select(sessions).where(sessions.c.study_id == study_id).order_by(sessions.c.id)
        async with self._connections.read() as connection:
            return tuple(SessionRow(*row) for row in await connection.execute(query))

    async def of_threads(
        self, study_id: int, thread_ids: Sequence[str]
    ) -> tuple[DiscussionRow, ...]:
        """Return every discussion that these threads of a study have had, in any session."""
        found: list[DiscussionRow] = []
        async with self._connections.read() as connection:
            for first in range(0, len(thread_ids), _TOGETHER):
                query = select_discussions().where(
                    threads.c.study_id == study_id,
                    threads.c.external_id.in_(thread_ids[first : first + _TOGETHER]),
                )
                found += [to_discussion(row) for row in await connection.execute(query)]
        return tuple(found)

    async def discussions(self, session_id: int) -> tuple[DiscussionRow, ...]:
        """Return the session's discussions: threads by first appearance, then in order."""
        query = (
            select_discussions()
            .where(discussions.c.session_id == session_id)
            .order_by(discussions.c.thread_id, discussions.c.start_key)
        )
        async with self._connections.read() as connection:
            return tuple(to_discussion(row) for row in await connection.execute(query))


async def _begin(connection: AsyncConnection, items: Sequence[Begin]) -> list[SessionRow]:
    return [await begin_one(connection, item) for item in items]


async def _start(
    connection: AsyncConnection, items: Sequence[tuple[Start, datetime]]
) -> list[Started]:
    return [await start_one(connection, start, at) for start, at in items]


async def _end(connection: AsyncConnection, items: Sequence[_End]) -> list[None]:
    for item in items:
        running = (discussions.c.session_id == item.session_id) & discussions.c.ended_at.is_(None)
        closing = {"ended_at": item.at, "end_key": item.end_key}
        await connection.execute(update(discussions).where(running).values(closing))
        own = (sessions.c.id == item.session_id) & sessions.c.ended_at.is_(None)
        await connection.execute(update(sessions).where(own).values(ended_at=item.at))
    return [None] * len(items)
