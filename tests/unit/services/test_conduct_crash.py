"""Whatever step the process dies at, the next one finishes it: posted once, started once."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from copy import deepcopy
from datetime import timedelta
from pathlib import Path

import pytest
from stage import CLOCK, FOX, GROUPS, START_OF_FOX, THIRD, DiedError, Fuse, Platform, Set
from table import Table

from bot.domain.discussion import NO_SCENARIO
from bot.services.conduct import Conduct
from bot.services.holding import Holding
from bot.services.ingest import Ingest
from bot.storage.check import check
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store

Step = Callable[[Set], Awaitable[object]]

LATER = timedelta(minutes=5)


async def start(stage: Set) -> None:
    session = await stage.conduct.session(None)
    await stage.conduct.start_scenario(session, FOX, stage.platform, minutes=5)


async def warn(stage: Set) -> None:
    session = await stage.conduct.session(None)
    (run,) = await stage.table.store.runs.of(session.id)
    await stage.conduct.tick(stage.platform, run.started_at + LATER - timedelta(seconds=30))


async def finish(stage: Set) -> None:
    session = await stage.conduct.session(None)
    (run,) = await stage.table.store.runs.of(session.id)
    await stage.conduct.tick(stage.platform, run.started_at + 2 * LATER)


async def join(stage: Set) -> None:
    session = await stage.conduct.session(None)
    joining = stage.platform.joining(THIRD)
    await stage.conduct.join(session, joining, stage.platform)


async def end(stage: Set) -> None:
    for session in await stage.conduct.running():
        await stage.conduct.end(session, stage.platform.now(), stage.platform)


class Scene:
    """What has happened before the step at which processes die, again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.platform = Platform()

    async def set(self, *before: Step) -> None:
        stage = Set(await Table.open(self.folder))
        await stage.begin()
        for each in before:
            await each(stage)
        await stage.table.close()
        self.platform = stage.platform
        self.study = stage.table.study

    async def open(self, folder: Path, platform: Platform) -> Set:
        table = Table()
        table.url = sqlite_url(folder / "study.db")
        table.store = await Store.open(table.url)
        table.study = self.study
        table.ingest = Ingest(table.store, table.study)
        stage = Set(table)
        stage.platform = platform
        return stage

    @asynccontextmanager
    async def died_at(self, steps: int, step: Step) -> AsyncIterator[tuple[Set, bool]]:
        """Die at the given step of `step`; give the stage after the next process has resumed.

        And whether the first one died at all.
        """
        folder = self.folder / str(steps)
        folder.mkdir()
        shutil.copy(self.folder / "study.db", folder)
        platform = deepcopy(self.platform)
        first = await self.open(folder, platform)
        fuse = Fuse(first.table.store.connections, platform, steps)
        try:
            with suppress(DiedError):
                await step(first)
        finally:
            await first.table.store.close()
        platform.alive = lambda: None
        second = await self.open(folder, platform)
        try:
            await second.conduct.resume(platform)
            yield second, fuse.blown
        finally:
            await second.table.store.close()
        assert await check(second.table.url) == []


@pytest.mark.parametrize(
    ("before", "step", "posts", "scenarios"),
    [
        ([], start, [START_OF_FOX], [NO_SCENARIO, "fox"]),
        ([start], warn, [START_OF_FOX, "One minute left."], [NO_SCENARIO, "fox"]),
        ([start], finish, [START_OF_FOX, "Time is up."], [NO_SCENARIO, "fox", NO_SCENARIO]),
        ([start], end, [START_OF_FOX, "Time is up."], [NO_SCENARIO, "fox"]),
    ],
    ids=["start", "warn", "finish", "end"],
)
async def test_a_crash_at_any_step_is_made_good(
    tmp_path: Path, before: list[Step], step: Step, posts: list[str], scenarios: list[str]
) -> None:
    scene = Scene(tmp_path)
    await scene.set(*before)
    for steps in range(99):
        async with scene.died_at(steps, step) as (stage, died):
            # What had not even been recorded is asked for again by whoever asked.
            if step is end or len(stage.platform.own("11")) < len(posts):
                await step(stage)
            for thread in GROUPS:
                assert stage.platform.own(thread.id) == posts, steps
                said = await stage.say(thread.id)
                discussions = (await stage.log())[thread.id]
                found = [s for s, _, _ in discussions]
                # A session that dies between the end of its runs and its own goes on till then.
                assert found == scenarios or (step is end and found == [*scenarios, NO_SCENARIO])
                assert (discussions[-1][2] == [said]) is (step is not end)
            await stage.conduct.resume(stage.platform)
            assert stage.platform.own("11") == posts
            assert await stage.table.store.runs.unfinished(stage.table.study.id) == ()
        if not died:
            assert steps > 3
            return
    raise AssertionError("it never came through")


async def test_a_crash_while_a_thread_joins_is_made_good_when_it_is_found_again(
    tmp_path: Path,
) -> None:
    scene = Scene(tmp_path)
    await scene.set(start)
    for steps in range(99):
        async with scene.died_at(steps, join) as (stage, died):
            await join(stage)
            assert stage.platform.own("13") == [START_OF_FOX], steps
            said = await stage.say("13")
            assert (await stage.log())["13"] == [(NO_SCENARIO, 1, []), ("fox", 1, [said])]
        if not died:
            return
    raise AssertionError("it never came through")


async def died_before_posting(stage: Set, minutes: float | None = None) -> None:
    def alive() -> None:
        raise DiedError

    stage.platform.alive = alive
    session = await stage.conduct.session(None)
    with pytest.raises(DiedError):
        await stage.conduct.start_scenario(session, FOX, stage.platform, minutes=minutes)
    stage.platform.alive = lambda: None


async def test_what_was_to_be_posted_is_not_posted_after_its_time(stage: Set) -> None:
    session = await stage.begin()
    await died_before_posting(stage, minutes=5)
    clock = stage.table.store.connections.clock
    stage.table.store.connections.clock = lambda: clock() + LATER
    await stage.conduct.resume(stage.platform)
    assert stage.platform.own("11") == []
    assert "was over" in (await stage.problems(session))["11", "start"]
    await stage.conduct.tick(stage.platform, clock() + 2 * LATER)
    assert stage.platform.own("11") == []


async def test_what_was_overtaken_is_not_posted_any_more(stage: Set) -> None:
    session = await stage.begin()
    await died_before_posting(stage)
    await stage.conduct.start_scenario(session, CLOCK, stage.platform)
    await stage.conduct.resume(stage.platform)
    assert len(stage.platform.own("11")) == 1
    assert [s for s, _, _ in (await stage.log())["11"]] == [NO_SCENARIO, "clock"]
    assert dict(await stage.conduct.scenarios(session)) == {FOX: "waiting", CLOCK: "running"}


async def test_nobody_is_told_long_after_a_session_that_time_is_up(stage: Set) -> None:
    session = await stage.begin()
    await stage.conduct.start_scenario(session, FOX, stage.platform)

    def alive() -> None:
        raise DiedError

    stage.platform.alive = alive
    with pytest.raises(DiedError):
        await stage.conduct.end(session, stage.platform.now(), stage.platform)
    stage.platform.alive = lambda: None
    clock = stage.table.store.connections.clock
    stage.table.store.connections.clock = lambda: clock() + timedelta(hours=1)
    await stage.conduct.resume(stage.platform)
    assert stage.platform.own("11") == [START_OF_FOX]
    assert "long over" in (await stage.problems(session))["11", "end"]


async def test_what_resume_cannot_post_is_noted_and_returned(stage: Set) -> None:
    session = await stage.begin()
    await died_before_posting(stage)
    stage.platform.closed = {"12"}
    failed = await Conduct(stage.table.ingest, None, Holding()).resume(stage.platform)
    assert stage.platform.own("11") == [START_OF_FOX]
    assert await stage.problems(session) == {("12", "start"): "thread 12 is locked; unlock it."}
    assert [(t.id, why) for t, why in failed] == [("12", "thread 12 is locked; unlock it.")]
