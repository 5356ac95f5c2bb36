"""The process that trains: heard, bounded in time, and ended with all that it has started."""

from __future__ import annotations

import asyncio
import fcntl
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.services.retraining.process import Command, Ended, _Ear, watch
from bot.services.retraining.progress import Progress
from tests.retraining_bench import ROOT, STAND_IN


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "retrainings" / "one"
    made.mkdir(parents=True)
    given = tmp_path / "given"
    given.mkdir()
    (given / "result.json").write_text("{}")
    return made


@pytest.fixture
def lock(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield descriptor
    os.close(descriptor)


def command(how: str, folder: Path) -> Command:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return Command((sys.executable, str(STAND_IN), how, str(folder)), environment)


class Heard:
    """Takes progress, and lets a test wait for the first."""

    def __init__(self) -> None:
        self.all: list[Progress] = []
        self.some = asyncio.Event()

    def __call__(self, progress: Progress) -> None:
        self.all.append(progress)
        self.some.set()


def held(tmp_path: Path, lock: int) -> bool:
    """Tell whether a process lives that inherited the lock; lets go of our own hold."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), lock)
    probe = os.open(tmp_path / "lock", os.O_RDWR)
    try:
        fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(probe)
    return False


async def test_progress_is_heard_and_the_end_is_told(folder: Path, lock: int) -> None:
    heard = Heard()
    assert await watch(command("decides", folder), lock, 60, heard) == Ended(0, "")
    assert [p.done for p in heard.all] == [0, 1, 2, 3]
    assert (folder / "result.json").exists()


async def test_the_last_line_is_its_last_word(folder: Path, lock: int) -> None:
    ended = await watch(command("fails", folder), lock, 60, Heard())
    assert ended == Ended(1, "The gold groups hold one code only; code more.")
    assert await watch(command("fails mutely", folder), lock, 60, Heard()) == Ended(3, "")
    assert (await watch(command("is killed", folder), lock, 60, Heard())).code == -9


async def test_a_flood_of_output_hides_nothing_and_fills_no_memory(folder: Path, lock: int) -> None:
    heard = Heard()
    ended = await watch(command("floods", folder), lock, 60, heard)
    assert ended.code == 0
    assert len(ended.last_words) == 200
    assert heard.all == [Progress("training", 2, 9, "")]


@pytest.mark.parametrize("how", ["hangs", "deaf"])
async def test_one_that_hangs_is_ended_when_its_time_is_over(
    folder: Path, lock: int, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.retraining.process._MERCY", 0.05)
    ended = await watch(command(how, folder), lock, 0.5, Heard())
    assert ended.timed_out
    assert ended.code in ((-15,) if how == "hangs" else (-9, -15))


@pytest.mark.parametrize("how", ["hangs", "deaf"])
async def test_cancelled_it_is_gone_before_the_watch_ends(
    folder: Path, lock: int, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.retraining.process._MERCY", 0.05)
    heard = Heard()
    watching = asyncio.create_task(watch(command(how, folder), lock, 600, heard))
    await heard.some.wait()
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching
    assert not held(tmp_path, lock)


async def test_what_it_started_itself_ends_with_it(folder: Path, lock: int, tmp_path: Path) -> None:
    ended = await watch(command("with a child", folder), lock, 60, Heard())
    assert ended.code == 0
    assert not held(tmp_path, lock)


async def test_a_program_that_is_not_there_is_an_error(folder: Path, lock: int) -> None:
    with pytest.raises(OSError, match="No such file"):
        await watch(Command((str(folder / "none"),), {}), lock, 60, Heard())


def test_the_end_of_an_endless_line_is_no_progress() -> None:
    heard = Heard()
    ear = _Ear(heard)
    whole = b'{"stage": "training", "done": 1, "total": 2}\n'
    for part in (b"x" * 20_000, whole, whole):
        ear.pipe_data_received(1, part)
    assert len(heard.all) == 1
