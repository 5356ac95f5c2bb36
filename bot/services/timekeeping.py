"""Runs that end by themselves: a warning one minute before, and the end, each once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.services.announcing import Poster
from bot.services.crier import Crier, Failed
from bot.services.standing import Standing, unsaid
from bot.storage.live_rows import PostKind, Run
from bot.storage.rows import SessionRow

_NOTICE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Happened:
    """A run warned of its end or ended; `failed` threads could not be told."""

    kind: Literal["warned", "ended"]
    run: Run
    failed: Failed


async def keep_time(
    crier: Crier, session: SessionRow, poster: Poster, now: datetime
) -> list[Happened]:
    """Say in the session's threads what is due at `now`; return what happened.

    What is due is recorded before it is said, so that it is said once, whoever asks and how
    often, also after a crash.
    """
    happened: list[Happened] = []
    standing = await Standing.read(crier.store, session.id)
    for run in standing.runs:
        if run.ends_at is None or not is_due(run, now):
            continue
        if now >= run.ends_at:
            if await crier.store.runs.end(run.id, now, standing.on(run)):
                failed = await _tell(crier, session, run, "end", poster)
                happened.append(Happened("ended", run, failed))
        elif await crier.store.runs.warn(run.id, now, standing.on(run)):
            failed = await _tell(crier, session, run, "warning", poster)
            happened.append(Happened("warned", run, failed))
    return happened


def is_due(run: Run, now: datetime) -> bool:
    """Tell whether a run has to warn or to end at `now`."""
    if run.ended_at is not None or run.ends_at is None:
        return False
    # Who has a minute in all need not be told at once that a minute is left.
    warns = run.warned_at is None and run.ends_at - run.started_at > _NOTICE
    return now >= (run.ends_at - _NOTICE if warns else run.ends_at)


async def _tell(
    crier: Crier, session: SessionRow, run: Run, kind: PostKind, poster: Poster
) -> Failed:
    standing = await Standing.read(crier.store, session.id)
    return await crier.say(session, run, unsaid(standing.of(run, kind)), poster)


async def end_runs(crier: Crier, session: SessionRow, now: datetime) -> tuple[Run, ...]:
    """Record that every run of a session ends, and is to say so; return them."""
    standing = await Standing.read(crier.store, session.id)
    for run in standing.running:
        await crier.store.runs.end(run.id, now, standing.on(run))
    return standing.running


async def overtake(crier: Crier, session: SessionRow, now: datetime) -> None:
    """End the runs that no thread is in any more: another has started wherever they were."""
    standing = await Standing.read(crier.store, session.id)
    for run in standing.running:
        if not standing.on(run):
            await crier.store.runs.end(run.id, now, ())
