"""Automatic ends: a warning one minute before, then the end, each once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from stage import CLOCK, FOX, GROUPS, START_OF_FOX, Set
from table import Table

from bot.domain.discussion import NO_SCENARIO
from bot.services.conduct import Conduct
from bot.services.holding import Holding
from bot.storage.live_rows import Run

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
ALL = [START_OF_FOX, "One minute left.", "Time is up."]


async def begun(stage: Set, minutes: float | None = 5) -> tuple[Run, datetime]:
    session = await stage.begin()
    run = (await stage.conduct.start_scenario(session, FOX, stage.platform, minutes=minutes)).run
    return run, run.ends_at or run.started_at


async def kinds(stage: Set, now: datetime) -> list[str]:
    return [h.kind for h in await stage.conduct.tick(stage.platform, now)]


async def test_it_warns_one_minute_before_and_ends_each_once(stage: Set) -> None:
    _, end = await begun(stage)
    assert await kinds(stage, end - MINUTE - SECOND) == []
    assert await kinds(stage, end - MINUTE) == ["warned"]
    assert await kinds(stage, end - SECOND) == []
    assert stage.platform.own("11") == ALL[:2]
    during = await stage.say("11")
    assert await kinds(stage, end) == ["ended"]
    after = await stage.say("11")
    assert await kinds(stage, end + MINUTE) == []
    assert stage.platform.own("11") == stage.platform.own("12") == ALL
    assert (await stage.log())["11"] == [
        (NO_SCENARIO, 1, []),
        ("fox", 1, [during]),
        (NO_SCENARIO, 2, [after]),
    ]


async def test_once_also_across_restarts(stage: Set) -> None:
    _, end = await begun(stage)
    for now in (end - MINUTE, end):
        for _ in range(2):
            anew = Conduct(stage.table.ingest, None, Holding())
            await anew.resume(stage.platform)
            await anew.tick(stage.platform, now)
    assert stage.platform.own("11") == ALL


async def test_who_was_away_at_the_warning_only_ends(stage: Set) -> None:
    _, end = await begun(stage)
    assert await kinds(stage, end + MINUTE) == ["ended"]
    assert stage.platform.own("11") == [ALL[0], ALL[2]]


@pytest.mark.parametrize(("minutes", "happens"), [(1, []), (0.5, []), (1.5, ["warned"])])
async def test_a_minute_in_all_needs_no_warning(
    stage: Set, minutes: float, happens: list[str]
) -> None:
    _, end = await begun(stage, minutes)
    assert await kinds(stage, end - SECOND) == happens
    assert await kinds(stage, end) == ["ended"]


async def test_without_minutes_nothing_ends(stage: Set) -> None:
    _, start = await begun(stage, None)
    assert await kinds(stage, start + timedelta(days=9)) == []


async def test_what_was_overtaken_does_not_end_the_next(stage: Set) -> None:
    run, end = await begun(stage)
    session = await stage.conduct.session(None)
    await stage.conduct.start_scenario(session, CLOCK, stage.platform, threads=["11"])
    happened = await stage.conduct.tick(stage.platform, end)
    assert [(h.kind, h.run.id) for h in happened] == [("ended", run.id)]
    assert stage.platform.own("11")[-1] != "Time is up."
    assert stage.platform.own("12")[-1] == "Time is up."
    await stage.conduct.start_scenario(session, FOX, stage.platform, minutes=5)
    await stage.conduct.start_scenario(session, CLOCK, stage.platform)
    assert await kinds(stage, end + timedelta(days=1)) == []


async def test_where_the_end_cannot_be_said_the_scenario_goes_on(stage: Set) -> None:
    _, end = await begun(stage)
    stage.platform.closed = {"12"}
    (happened,) = await stage.conduct.tick(stage.platform, end)
    assert happened.failed == ((GROUPS[1], "thread 12 is locked; unlock it."),)
    said = await stage.say("12")
    assert (await stage.log())["12"][-1] == ("fox", 1, [said])
    session = await stage.conduct.session(None)
    assert ("12", "end") in await stage.problems(session)


async def test_each_session_has_its_own_time(table: Table) -> None:
    stage = Set(table)
    monday = await stage.begin("monday", GROUPS[0])
    tuesday = await stage.begin("tuesday", GROUPS[1])
    await stage.conduct.start_scenario(monday, FOX, stage.platform, minutes=5)
    late = (await stage.conduct.start_scenario(tuesday, FOX, stage.platform, minutes=9)).run
    assert late.ends_at is not None
    assert await kinds(stage, late.ends_at - 2 * MINUTE) == ["ended"]
    assert stage.platform.own("12") == ALL[:1]
