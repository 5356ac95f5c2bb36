"""Starting a scenario in threads of a session."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.discussion import Scenario, Thread
from bot.domain.errors import InputError
from bot.services.announcing import Poster
from bot.services.crier import Crier, Failed
from bot.services.standing import Standing, unsaid
from bot.services.timekeeping import overtake
from bot.storage.live_rows import Run
from bot.storage.rows import SessionRow


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """A run that was started: where it was announced, and where it could not be, and why.

    `replaced` are the runs that were on, till then, in threads where it was announced.
    """

    run: Run
    posted: tuple[Thread, ...]
    failed: Failed
    replaced: tuple[Run, ...] = ()


async def start_run(
    crier: Crier,
    session: SessionRow,
    scenario: Scenario,
    poster: Poster,
    now: datetime,
    *,
    minutes: float | None,
    named: Sequence[str] | None,
) -> RunOutcome:
    """Record a run of `scenario` in the session's threads, or those named, then announce it.

    Where the same scenario failed to be announced, and nothing else is asked for, its run goes
    on. Raises InputError, with nothing done, if there is no such thread.
    """
    threads = await _targets(crier, session, named)
    before = await Standing.read(crier.store, session.id)
    run = None
    if named is not None and minutes is None:
        run = await _failed_there(crier, session, scenario, threads)
    again = run is not None
    if run is None:
        ends_at = None if minutes is None else now + timedelta(minutes=minutes)
        run = await crier.store.runs.start(session, scenario, threads, ends_at)
    else:
        for thread in threads:
            await crier.store.runs.add(run.id, thread)
    failed = await announce(crier, session, run, {t.id for t in threads}, poster, look=again)
    await overtake(crier, session, now)
    missed = {thread.id for thread, _ in failed}
    posted = tuple(t for t in threads if t.id not in missed)
    on = {earlier.id: earlier for t in posted if (earlier := before.current(t.id)) is not None}
    replaced = tuple(r for r in on.values() if r.ended_at is None and r.id != run.id)
    return RunOutcome(run, posted, failed, replaced)


async def announce(
    crier: Crier,
    session: SessionRow,
    run: Run,
    thread_ids: Collection[str],
    poster: Poster,
    *,
    look: bool,
) -> Failed:
    """Say in those threads, as far as it is not said yet, that `run` starts."""
    standing = await Standing.read(crier.store, session.id)
    posts = [p for p in unsaid(standing.of(run, "start")) if p.thread.id in thread_ids]
    return await crier.say(session, run, posts, poster, look=look)


async def _targets(
    crier: Crier, session: SessionRow, named: Sequence[str] | None
) -> tuple[Thread, ...]:
    followed = tuple(f.thread for f in await crier.store.followed.of(session))
    if not followed:
        raise InputError(
            f"session {session.name!r} follows no thread yet", "open one in its channel first"
        )
    if named is None:
        return followed
    foreign = set(named) - {t.id for t in followed}
    if foreign or not named:
        raise InputError(
            f"{len(foreign) or 'none'} of the threads named are not in session {session.name!r}",
            "name threads that it follows",
        )
    return tuple(t for t in followed if t.id in named)


async def _failed_there(
    crier: Crier, session: SessionRow, scenario: Scenario, threads: Sequence[Thread]
) -> Run | None:
    """Return the run of `scenario` that could not be announced in these threads."""
    standing = await Standing.read(crier.store, session.id)
    for run in reversed(standing.running):
        silent = {p.thread.id for p in standing.of(run, "start") if p.external_id is None}
        if run.scenario == scenario and silent.issuperset(t.id for t in threads):
            return run
    return None
