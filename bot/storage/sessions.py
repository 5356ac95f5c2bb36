"""Sessions, and the discussions that their threads have in them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.discussion import NO_SCENARIO, Scenario, Thread
from bot.storage.connections import Connections
from bot.storage.moving import move_into
from bot.storage.rows import DiscussionRow, SessionRow, Started
from bot.storage.selecting import select_discussions, to_discussion
from bot.storage.tables import discussions, scenarios, sessions, threads

_TOGETHER = 500  # threads a query


@dataclass(frozen=True, slots=True)
class Start:
    """Thread `thread` starts on `scenario` (None: talk before any) with `start_key`.

    The session is begun if there is none of that name. `round` is counted unless it is given.
    """

    study_id: int
    session: str
    thread: Thread
    scenario: Scenario | None
    start_key: int
    round: int | None = None


@dataclass(frozen=True, slots=True)
class _Begin:
    study_id: int
    name: str
    at: datetime


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
        return await self._connections.write(_begin, _Begin(study_id, name, at))

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


async def _begin(connection: AsyncConnection, items: Sequence[_Begin]) -> list[SessionRow]:
    return [await _begin_one(connection, item) for item in items]


async def _begin_one(connection: AsyncConnection, item: _Begin) -> SessionRow:
    named = (sessions.c.study_id == item.study_id) & (sessions.c.name == item.name)
    row = (await connection.execute(select(sessions).where(named))).one_or_none()
    if row is None:
        values = {"study_id": item.study_id, "name": item.name, "started_at": item.at}
        await connection.execute(insert(sessions).values(values))
        row = (await connection.execute(select(sessions).where(named))).one()
    return SessionRow(*row)


async def _start(
    connection: AsyncConnection, items: Sequence[tuple[Start, datetime]]
) -> list[Started]:
    return [await _start_one(connection, start, at) for start, at in items]


async def _start_one(connection: AsyncConnection, start: Start, at: datetime) -> Started:
    study_id = start.study_id
    thread_id = await _thread_row(connection, study_id, start.thread)
    own = (discussions.c.thread_id == thread_id) & (discussions.c.start_key == start.start_key)
    known = (await connection.execute(select_discussions().where(own))).one_or_none()
    if known is not None:
        return Started(to_discussion(known), new=False, moved=0)
    scenario = start.scenario or Scenario(NO_SCENARIO, "", "")
    session = await _begin_one(connection, _Begin(study_id, start.session, at))
    values = {
        "session_id": session.id,
        "thread_id": thread_id,
        "scenario_id": await _scenario_row(connection, study_id, scenario),
        "round": start.round or await _next_round(connection, thread_id, scenario),
        "start_key": start.start_key,
        "started_at": at,
    }
    await connection.execute(insert(discussions).values(values))
    started = to_discussion((await connection.execute(select_discussions().where(own))).one())
    moved = await move_into(connection, thread_id, started)
    return Started(started, new=True, moved=moved)


async def _next_round(connection: AsyncConnection, thread_id: int, scenario: Scenario) -> int:
    rounds = (
        select(func.coalesce(func.max(discussions.c.round), 0))
        .join(scenarios, scenarios.c.id == discussions.c.scenario_id)
        .where(discussions.c.thread_id == thread_id, scenarios.c.key == scenario.id)
    )
    return int(await connection.scalar(rounds) or 0) + 1


async def _thread_row(connection: AsyncConnection, study_id: int, thread: Thread) -> int:
    query = select(threads.c.id).where(
        threads.c.study_id == study_id, threads.c.external_id == thread.id
    )
    found: int | None = await connection.scalar(query)
    if found is not None:
        return found
    values = {"study_id": study_id, "external_id": thread.id, "name": thread.name}
    made = insert(threads).values(values).returning(threads.c.id)
    return int((await connection.execute(made)).scalar_one())


async def _scenario_row(connection: AsyncConnection, study_id: int, scenario: Scenario) -> int:
    """Return the row of this wording of a scenario; another wording is another version."""
    versions = (
        await connection.execute(
            select(scenarios)
            .where(scenarios.c.study_id == study_id, scenarios.c.key == scenario.id)
            .order_by(scenarios.c.version)
        )
    ).all()
    for row in versions:
        if Scenario(row.key, row.title, row.text) == scenario:
            return int(row.id)
    values = {
        "study_id": study_id,
        "key": scenario.id,
        "version": len(versions) + 1,
        "title": scenario.title,
        "text": scenario.text,
    }
    made = insert(scenarios).values(values).returning(scenarios.c.id)
    return int((await connection.execute(made)).scalar_one())


async def _end(connection: AsyncConnection, items: Sequence[_End]) -> list[None]:
    for item in items:
        running = (discussions.c.session_id == item.session_id) & discussions.c.ended_at.is_(None)
        closing = {"ended_at": item.at, "end_key": item.end_key}
        await connection.execute(update(discussions).where(running).values(closing))
        own = (sessions.c.id == item.session_id) & sessions.c.ended_at.is_(None)
        await connection.execute(update(sessions).where(own).values(ended_at=item.at))
    return [None] * len(items)
