"""Starting: the rows of sessions, threads, scenarios and discussions, made where there are none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.discussion import NO_SCENARIO, Scenario, Thread
from bot.storage.moving import move_into
from bot.storage.rows import SessionRow, Started
from bot.storage.selecting import select_discussions, to_discussion
from bot.storage.tables import discussions, scenarios, sessions, threads


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
class Begin:
    """A study's session called `name` begins `at`, if there is none."""

    study_id: int
    name: str
    at: datetime


async def begin_one(connection: AsyncConnection, item: Begin) -> SessionRow:
    """Return the session, begun if there is none of that name; an ended one goes on."""
    named = (sessions.c.study_id == item.study_id) & (sessions.c.name == item.name)
    row = (await connection.execute(select(sessions).where(named))).one_or_none()
    if row is None:
        values = {"study_id": item.study_id, "name": item.name, "started_at": item.at}
        await connection.execute(insert(sessions).values(values))
        row = (await connection.execute(select(sessions).where(named))).one()
    return SessionRow(*row)


async def start_one(connection: AsyncConnection, start: Start, at: datetime) -> Started:
    """Start a discussion; see Sessions.start."""
    study_id = start.study_id
    thread_id = await thread_row(connection, study_id, start.thread)
    own = (discussions.c.thread_id == thread_id) & (discussions.c.start_key == start.start_key)
    known = (await connection.execute(select_discussions().where(own))).one_or_none()
    if known is not None:
        return Started(to_discussion(known), new=False, moved=0)
    scenario = start.scenario or Scenario(NO_SCENARIO, "", "")
    session = await begin_one(connection, Begin(study_id, start.session, at))
    values = {
        "session_id": session.id,
        "thread_id": thread_id,
        "scenario_id": await scenario_row(connection, study_id, scenario),
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


async def thread_row(connection: AsyncConnection, study_id: int, thread: Thread) -> int:
    """Return the row of a thread of the study, made if new."""
    query = select(threads.c.id).where(
        threads.c.study_id == study_id, threads.c.external_id == thread.id
    )
    found: int | None = await connection.scalar(query)
    if found is not None:
        return found
    values = {"study_id": study_id, "external_id": thread.id, "name": thread.name}
    made = insert(threads).values(values).returning(threads.c.id)
    return int((await connection.execute(made)).scalar_one())


async def scenario_row(connection: AsyncConnection, study_id: int, scenario: Scenario) -> int:
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
