"""How a study's retrainings stand: what runs, how far it is, what came last, what comes next."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.services.retraining.due import next_due
from bot.services.retraining.progress import Kept, kept_in
from bot.services.retraining.retrainer import Retrainer
from bot.storage.retrainings import Retraining, State
from bot.storage.rows import Study

_BAR = 12  # characters
_STAGES = {
    "records": "reading what people verified",
    "gold": "choosing the groups that judge",
    "training": "training",
    "parity": "comparing the two forms of the new coder",
    "judging": "judging both coders",
    "deciding": "deciding",
}


@dataclass(frozen=True, slots=True)
class Status:
    """What runs (of any study: one at a time) and its last progress; what ended last; what is due.

    `last` is the study's own.
    """

    running: Retraining | None
    progress: Kept | None
    last: Retraining | None
    due: datetime | None


async def status(retrainer: Retrainer, study: Study) -> Status:
    """Return how things stand; a retraining whose process died is noted as failed first."""
    await retrainer.clear()
    store = retrainer.store
    running = await store.retrainings.running()
    rows = await store.retrainings.of_study(study.id)
    ended = [row for row in rows if row.state is not State.RUNNING]
    folder = running[0].folder if running else None
    return Status(
        running=running[0] if running else None,
        progress=None if folder is None else await asyncio.to_thread(kept_in, folder),
        last=ended[-1] if ended else None,
        due=next_due(retrainer.settings.retraining.cron, store.connections.clock()),
    )


def stage(name: str) -> str:
    """Return what a stage of the process that trains is called for people."""
    return _STAGES.get(name, name)


def progress_line(kept: Kept | None) -> str:
    """Return stage, bar and the time that the stage will still take, in one line."""
    if kept is None:
        return "it has just begun."
    now = kept.progress
    share = now.done / now.total if now.total else 0.0
    full = round(min(share, 1.0) * _BAR)
    bar = "▰" * full + "▱" * (_BAR - full)
    left = kept.left()
    ahead = "" if left is None else f", about {span(left)} left of this stage"
    return f"{stage(now.stage)} {bar} {min(share, 1.0):.0%}{ahead}."


def span(time: timedelta) -> str:
    """Return a span of time as people say it: `40 s`, `3 min`, `2 h 5 min`."""
    seconds = max(0, round(time.total_seconds()))
    if seconds < 100:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
