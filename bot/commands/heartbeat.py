"""The file by which a running bot tells that it is well: `run` writes it, `health` reads it.

The event loop itself keeps the time of its beats, so the file goes stale when the loop does.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from bot.commands.json_file import check_writable, write_json
from bot.domain.errors import InputError, IntercoderError

EVERY = 10.0  # seconds between two beats, if nothing changes
_LOOK = 1.0  # seconds until a change is told
STALE = timedelta(seconds=45)  # four beats missed: the loop stands still, or nobody runs

_KEYS = ("at", "problem")
_log = structlog.get_logger(__name__)
Problem = Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class Beat:
    """When the bot last told of itself (UTC), and what was wrong then (None: nothing)."""

    at: datetime
    problem: str | None = None


@asynccontextmanager
async def beating(file: Path, problem: Problem, every: float = EVERY) -> AsyncIterator[None]:
    """Write a beat to `file` now, every `every` seconds of the block and at a change of `problem`.

    After the block the file is gone. `problem` gives one clause on what is wrong, or None.
    Raises InputError or WritingError where the first beat cannot be written; a later one that
    fails is logged, for it must not end a session.
    """
    check_writable(file, _KEYS)
    found = problem()
    await _beat(file, found)
    task = asyncio.create_task(_go_on(file, problem, every, found), name="heartbeat file")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await asyncio.to_thread(file.unlink, missing_ok=True)


def read_beat(file: Path) -> Beat:
    """Return the last beat in `file`; raises InputError if there is none."""
    try:
        found = json.loads(file.read_bytes())
        return Beat(datetime.fromtimestamp(found["at"], UTC), found["problem"])
    except FileNotFoundError:
        remedy = "start one with `intercoder run --health FILE`"
        raise InputError("no bot writes its state here", remedy, source=file) from None
    except OSError as error:
        raise InputError(
            f"this cannot be read ({error.strerror})",
            "name the file of `run --health`",
            source=file,
        ) from None
    except (ValueError, KeyError, TypeError, OverflowError):
        raise InputError(
            "this is no state of a bot", "name the file of `run --health`", source=file
        ) from None


def judge(beat: Beat, now: datetime) -> str | None:
    """Return what is wrong with a bot whose last beat is `beat`, as a clause; None: nothing."""
    age = now - beat.at
    if abs(age) > STALE:  # one from the future was written before the clock was put back
        return f"it last told of itself {age.total_seconds():.0f} seconds ago"
    return beat.problem


async def _go_on(file: Path, problem: Problem, every: float, told: str | None) -> None:
    loop = asyncio.get_running_loop()
    due = loop.time() + every
    while True:
        await asyncio.sleep(min(_LOOK, every))
        found = problem()
        if found == told and loop.time() < due:
            continue
        told, due = found, loop.time() + every
        try:
            await _beat(file, found)
        except IntercoderError as error:
            _log.warning("the bot's state was not written", reason=str(error))


async def _beat(file: Path, problem: str | None) -> None:
    state = {"at": datetime.now(UTC).timestamp(), "problem": problem}
    await asyncio.to_thread(write_json, file, state)
