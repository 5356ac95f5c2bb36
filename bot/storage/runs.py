"""Runs of scenarios, and what each has to say in its threads: written before it is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.discussion import Scenario, Thread
from bot.storage.connections import Connections
from bot.storage.gaps import REMOVED
from bot.storage.live_rows import Post, PostKind, Run
from bot.storage.live_tables import posts, runs
from bot.storage.rows import SessionRow
from bot.storage.starting import scenario_row, thread_row
from bot.storage.tables import scenarios, sessions, threads


@dataclass(frozen=True, slots=True)
class _Start:
    session: SessionRow
    scenario: Scenario
    threads: tuple[Thread, ...]
    at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Change:
    """Sets `mark` of the run to `at`, once (None: nothing is marked); then `kind` is to be said."""

    run_id: int
    mark: str | None
    at: datetime | None
    kind: PostKind
    threads: tuple[Thread, ...]


@dataclass(frozen=True, slots=True)
class _Said:
    run_id: int
    thread_id: str
    kind: PostKind
    external_id: str | None
    problem: str | None


class Runs:
    """Reads and writes runs and their posts."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def start(
        self,
        session: SessionRow,
        scenario: Scenario,
        threads: Sequence[Thread],
        ends_at: datetime | None = None,
    ) -> Run:
        """Record a new run that is to be announced in `threads`; return it."""
        at = self._connections.clock()
        start = _Start(session, scenario, tuple(threads), at, ends_at)
        return await self._connections.write(_start, start)

    async def of(self, session_id: int) -> tuple[Run, ...]:
        """Return the session's runs, oldest first."""
        query = _select_runs().where(runs.c.session_id == session_id).order_by(runs.c.id)
        async with self._connections.read() as connection:
            return tuple(_to_run(row) for row in await connection.execute(query))

    async def posts(self, session_id: int) -> tuple[Post, ...]:
        """Return what the session's runs have to say or have said: by run, thread, kind."""
        query = (
            select(
                posts.c.run_id,
                threads.c.external_id.label("thread_key"),
                threads.c.name,
                posts.c.kind,
                posts.c.external_id,
                posts.c.problem,
            )
            .join(threads, threads.c.id == posts.c.thread_id)
            .join(runs, runs.c.id == posts.c.run_id)
            .where(runs.c.session_id == session_id)
            .order_by(posts.c.run_id, posts.c.thread_id, posts.c.kind)
        )
        async with self._connections.read() as connection:
            return tuple(
                Post(row.run_id, Thread(row.thread_key, row.name), row.kind, row[4], row.problem)
                for row in await connection.execute(query)
            )

    async def unfinished(self, study_id: int) -> tuple[SessionRow, ...]:
        """Return the study's sessions, ended or not, in which something is still to be said."""
        open_posts = (
            select(runs.c.session_id)
            .join(posts, posts.c.run_id == runs.c.id)
            .where(posts.c.external_id.is_(None), posts.c.problem.is_(None))
        )
        query = (
            select(sessions)
            .where(sessions.c.study_id == study_id, sessions.c.id.in_(open_posts))
            .order_by(sessions.c.id)
        )
        async with self._connections.read() as connection:
            return tuple(SessionRow(*row) for row in await connection.execute(query))

    async def warn(self, run_id: int, at: datetime, threads: Sequence[Thread]) -> bool:
        """Record that a run warns in `threads` that it ends soon; False if it has before."""
        change = _Change(run_id, "warned_at", at, "warning", tuple(threads))
        return await self._connections.write(_change, change)

    async def end(self, run_id: int, at: datetime, threads: Sequence[Thread]) -> bool:
        """Record that a run ended, and says so in `threads`; False if it had before."""
        change = _Change(run_id, "ended_at", at, "end", tuple(threads))
        return await self._connections.write(_change, change)

    async def add(self, run_id: int, thread: Thread) -> None:
        """Record that a run is to be announced in one thread more, or once more."""
        change = _Change(run_id, None, None, "start", (thread,))
        await self._connections.write(_change, change)

    async def said(self, post: Post, external_id: str) -> None:
        """Record the message that says what `post` was to say."""
        said = _Said(post.run_id, post.thread.id, post.kind, external_id, None)
        await self._connections.write(_said, said)

    async def failed(self, post: Post, problem: str) -> None:
        """Record why `post` could not be said."""
        said = _Said(post.run_id, post.thread.id, post.kind, None, problem)
        await self._connections.write(_said, said)

    async def removed(self, study_id: int, thread_id: str, external_id: str) -> bool:
        """Record that a message was deleted; False if it is none of the runs'."""
        return await self._connections.write(_removed, (study_id, thread_id, external_id))


async def _start(connection: AsyncConnection, items: Sequence[_Start]) -> list[Run]:
    return [await _start_one(connection, item) for item in items]


async def _start_one(connection: AsyncConnection, item: _Start) -> Run:
    study_id = item.session.study_id
    values = {
        "session_id": item.session.id,
        "scenario_id": await scenario_row(connection, study_id, item.scenario),
        "started_at": item.at,
        "ends_at": item.ends_at,
    }
    made = insert(runs).values(values).returning(runs.c.id)
    run_id = int((await connection.execute(made)).scalar_one())
    await _tell(connection, study_id, run_id, "start", item.threads)
    found = await connection.execute(_select_runs().where(runs.c.id == run_id))
    return _to_run(found.one())


async def _change(connection: AsyncConnection, items: Sequence[_Change]) -> list[bool]:
    return [await _change_one(connection, item) for item in items]


async def _change_one(connection: AsyncConnection, item: _Change) -> bool:
    if item.mark is not None:
        unmarked = and_(runs.c.id == item.run_id, runs.c[item.mark].is_(None))
        marked = await connection.execute(update(runs).where(unmarked).values({item.mark: item.at}))
        if not marked.rowcount:
            return False
    study = select(sessions.c.study_id).join(runs, runs.c.session_id == sessions.c.id)
    study_id = await connection.scalar(study.where(runs.c.id == item.run_id))
    await _tell(connection, int(study_id or 0), item.run_id, item.kind, item.threads)
    return True


async def _tell(
    connection: AsyncConnection,
    study_id: int,
    run_id: int,
    kind: PostKind,
    told: Sequence[Thread],
) -> None:
    """Note what is to be said; what was said already stays, what failed is tried again."""
    for thread in told:
        row = await thread_row(connection, study_id, thread)
        own = and_(posts.c.run_id == run_id, posts.c.thread_id == row, posts.c.kind == kind)
        if await connection.scalar(select(posts.c.run_id).where(own)) is None:
            values = {"run_id": run_id, "thread_id": row, "kind": kind}
            await connection.execute(insert(posts).values(values))
        else:
            again = update(posts).where(own, posts.c.external_id.is_(None))
            await connection.execute(again.values(problem=None))


async def _said(connection: AsyncConnection, items: Sequence[_Said]) -> list[None]:
    for item in items:
        thread = (
            select(threads.c.id)
            .join(sessions, sessions.c.study_id == threads.c.study_id)
            .join(runs, runs.c.session_id == sessions.c.id)
            .where(runs.c.id == item.run_id, threads.c.external_id == item.thread_id)
        )
        own = and_(
            posts.c.run_id == item.run_id,
            posts.c.thread_id == thread.scalar_subquery(),
            posts.c.kind == item.kind,
        )
        values = {"external_id": item.external_id, "problem": item.problem}
        await connection.execute(update(posts).where(own).values(values))
    return [None] * len(items)


async def _removed(
    connection: AsyncConnection, items: Sequence[tuple[int, str, str]]
) -> list[bool]:
    return [await _removed_one(connection, *item) for item in items]


async def _removed_one(
    connection: AsyncConnection, study_id: int, thread_id: str, external_id: str
) -> bool:
    thread = select(threads.c.id).where(
        threads.c.study_id == study_id, threads.c.external_id == thread_id
    )
    own = and_(posts.c.thread_id == thread.scalar_subquery(), posts.c.external_id == external_id)
    changed = await connection.execute(update(posts).where(own).values(problem=REMOVED))
    return bool(changed.rowcount)


def _select_runs() -> Select[Any]:
    return select(
        runs, scenarios.c.key, scenarios.c.title, scenarios.c.text.label("scenario_text")
    ).join(scenarios, scenarios.c.id == runs.c.scenario_id)


def _to_run(row: Row[Any]) -> Run:
    return Run(
        row.id,
        row.session_id,
        Scenario(row.key, row.title, row.scenario_text),
        row.started_at,
        row.ends_at,
        row.warned_at,
        row.ended_at,
    )
