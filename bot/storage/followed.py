"""Which threads and channels a running session follows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.discussion import Thread
from bot.domain.errors import InputError
from bot.storage.connections import Connections
from bot.storage.live_rows import Followed, Joining
from bot.storage.live_tables import session_channels, session_threads
from bot.storage.rows import SessionRow, Started
from bot.storage.starting import Begin, Start, begin_one, start_one, thread_row
from bot.storage.tables import sessions, threads


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was begun, and the discussions in its threads."""

    session: SessionRow
    started: tuple[Started, ...]


@dataclass(frozen=True, slots=True)
class _Opening:
    begin: Begin
    joinings: tuple[Joining, ...]
    channels: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class _Join:
    session: SessionRow
    joining: Joining
    at: datetime


class SessionThreads:
    """Reads and writes what sessions follow."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def begin(
        self,
        study_id: int,
        name: str,
        joinings: Sequence[Joining],
        channels: Sequence[str],
        at: datetime | None = None,
    ) -> asyncio.Future[Opened]:
        """Begin a session with its threads, each talking before any scenario: all or nothing.

        It begins `at`, by its platform's clock; None: now, by ours. Ends with InputError if the
        name is in use or a thread is in another running session.
        """
        now = self._connections.clock()
        begin = Begin(study_id, name, at or now)
        opening = _Opening(begin, tuple(joinings), tuple(channels), now)
        return self._connections.submit(_begin, opening)

    def join(self, session: SessionRow, joining: Joining) -> asyncio.Future[Started | None]:
        """Make a session follow one thread more; None if it does so already.

        Ends with InputError if the thread is in another running session.
        """
        return self._connections.submit(_join, _Join(session, joining, self._connections.clock()))

    async def running(self, study_id: int) -> tuple[SessionRow, ...]:
        """Return the study's sessions that follow something and have not ended, oldest first."""
        follows = or_(
            exists().where(session_threads.c.session_id == sessions.c.id),
            exists().where(session_channels.c.session_id == sessions.c.id),
        )
        query = (
            select(sessions)
            .where(sessions.c.study_id == study_id, sessions.c.ended_at.is_(None), follows)
            .order_by(sessions.c.id)
        )
        async with self._connections.read() as connection:
            return tuple(SessionRow(*row) for row in await connection.execute(query))

    async def of(self, session: SessionRow) -> tuple[Followed, ...]:
        """Return the threads that a session follows, in the order in which it met them."""
        query = (
            select(
                threads.c.external_id,
                threads.c.name,
                session_threads.c.joined_at,
                session_threads.c.deleted_before,
            )
            .join(threads, threads.c.id == session_threads.c.thread_id)
            .where(session_threads.c.session_id == session.id)
            .order_by(session_threads.c.joined_at, threads.c.id)
        )
        async with self._connections.read() as connection:
            return tuple(
                Followed(session, Thread(row.external_id, row.name), row.joined_at, row[3])
                for row in await connection.execute(query)
            )

    async def channels(self, session_id: int) -> tuple[str, ...]:
        """Return the channels all of whose threads a session follows."""
        query = select(session_channels.c.external_id).where(
            session_channels.c.session_id == session_id
        )
        async with self._connections.read() as connection:
            found = await connection.execute(query.order_by(session_channels.c.external_id))
            return tuple(found.scalars())


async def _begin(connection: AsyncConnection, items: Sequence[_Opening]) -> list[Opened]:
    return [await _begin_one(connection, item) for item in items]


async def _begin_one(connection: AsyncConnection, item: _Opening) -> Opened:
    begin = item.begin
    named = (sessions.c.study_id == begin.study_id) & (sessions.c.name == begin.name)
    if await connection.scalar(select(sessions.c.id).where(named)) is not None:
        raise InputError(
            f"there is a session {begin.name!r} already", "give the new one another name"
        )
    session = await begin_one(connection, begin)
    started = [await _follow(connection, session, j, item.at) for j in item.joinings]
    if item.channels:
        values = [{"session_id": session.id, "external_id": c} for c in item.channels]
        await connection.execute(insert(session_channels), values)
    return Opened(session, tuple(started))


async def _join(connection: AsyncConnection, items: Sequence[_Join]) -> list[Started | None]:
    return [await _join_one(connection, item) for item in items]


async def _join_one(connection: AsyncConnection, item: _Join) -> Started | None:
    known = (
        select(session_threads.c.thread_id)
        .join(threads, threads.c.id == session_threads.c.thread_id)
        .where(
            session_threads.c.session_id == item.session.id,
            threads.c.external_id == item.joining.thread.id,
        )
    )
    if await connection.scalar(known) is not None:
        return None
    return await _follow(connection, item.session, item.joining, item.at)


async def _follow(
    connection: AsyncConnection, session: SessionRow, joining: Joining, at: datetime
) -> Started:
    row = await thread_row(connection, session.study_id, joining.thread)
    elsewhere = (
        select(sessions.c.name)
        .join(session_threads, session_threads.c.session_id == sessions.c.id)
        .where(
            session_threads.c.thread_id == row,
            sessions.c.ended_at.is_(None),
            sessions.c.id != session.id,
        )
    )
    other: str | None = await connection.scalar(elsewhere)
    if other is not None:
        raise InputError(
            f"thread {joining.thread.name!r} is in session {other!r}, which is running",
            "end that session first, or leave the thread out",
        )
    values = {
        "session_id": session.id,
        "thread_id": row,
        "joined_at": at,
        "deleted_before": joining.deleted_before,
    }
    await connection.execute(insert(session_threads).values(values))
    start = Start(session.study_id, session.name, joining.thread, None, joining.start_key)
    return await start_one(connection, start, at)
