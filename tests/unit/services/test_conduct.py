"""Sessions and scenarios: what is posted, where each thread then stands, what is refused."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from stage import CLOCK, FOX, GROUPS, START_OF_FOX, THIRD, Platform, Set
from table import ENCODER, LABELS, Scorer, Table

from bot.domain.discussion import NO_SCENARIO, Scenario, Thread
from bot.domain.errors import InputError
from bot.services.conduct import Conduct, Joining, PostError
from bot.services.holding import Holding
from bot.services.live import LiveCoder


async def test_a_session_talks_before_any_scenario(stage: Set) -> None:
    session = await stage.begin()
    said = await stage.say("11")
    assert (await stage.log())["11"] == [(NO_SCENARIO, 1, [said])]
    assert await stage.conduct.running() == (session,)
    assert await stage.conduct.threads(session) == GROUPS
    assert await stage.conduct.session(None) == session
    assert await stage.conduct.session("monday") == session


async def test_a_session_may_follow_a_channel_without_threads_yet(stage: Set) -> None:
    session = await stage.conduct.begin("monday", [], ["7", "7"])
    assert await stage.conduct.channels(session) == ("7",)
    assert await stage.conduct.running() == (session,)
    with pytest.raises(InputError, match="follows no thread yet"):
        await stage.conduct.start_scenario(session, FOX, stage.platform)


async def test_what_cannot_begin_leaves_nothing(stage: Set) -> None:
    await stage.begin()
    before = await stage.table.store.sessions.all(stage.table.study.id)
    for name, joinings, problem in (
        ("monday", [Joining(THIRD, 5)], "there is a session 'monday' already"),
        ("tuesday", [Joining(THIRD, 5), Joining(GROUPS[0], 5)], "'Group 1' is in session 'monday'"),
        ("tuesday", [], "no thread to follow"),
        (" ", [Joining(THIRD, 5)], "no name"),
    ):
        with pytest.raises(InputError, match=problem):
            await stage.conduct.begin(name, joinings, ())
    assert await stage.table.store.sessions.all(stage.table.study.id) == before


async def test_the_running_session_is_named_or_the_only_one(stage: Set) -> None:
    with pytest.raises(InputError, match="no session is running"):
        await stage.conduct.session(None)
    await stage.begin("monday", GROUPS[0])
    tuesday = await stage.begin("tuesday", GROUPS[1])
    with pytest.raises(InputError, match=r"2 sessions .* session: one of 'monday', 'tuesday'"):
        await stage.conduct.session(None)
    with pytest.raises(InputError, match="no session 'friday'"):
        await stage.conduct.session("friday")
    await stage.conduct.end(await stage.conduct.session("monday"), 9_999, stage.platform)
    assert await stage.conduct.session(None) == tuesday
    await stage.table.ingest.start_session("an imported one")
    assert await stage.conduct.running() == (tuesday,)


async def test_a_scenario_is_posted_everywhere_and_starts_there(stage: Set) -> None:
    session = await stage.begin()
    before = await stage.say("11")
    outcome = await stage.conduct.start_scenario(session, FOX, stage.platform)
    after = await stage.say("11")
    assert outcome.posted == GROUPS
    assert outcome.failed == ()
    assert outcome.run.ends_at is None
    assert stage.platform.own("11") == stage.platform.own("12") == [START_OF_FOX]
    assert (await stage.log())["11"] == [(NO_SCENARIO, 1, [before]), ("fox", 1, [after])]


async def test_the_same_scenario_again_is_another_round(stage: Set) -> None:
    session = await stage.begin()
    for _ in range(2):
        await stage.conduct.start_scenario(session, FOX, stage.platform)
        await stage.say("12")
    assert [(s, r) for s, r, _ in (await stage.log())["12"]] == [
        (NO_SCENARIO, 1),
        ("fox", 1),
        ("fox", 2),
    ]
    assert len(stage.platform.own("12")) == 2


async def test_a_message_during_the_start_is_coded_in_the_light_of_its_side(stage: Set) -> None:
    session = await stage.begin()
    before = stage.platform.say("11", "late on the wire")
    heard: list[str] = []

    async def posting(thread_id: str) -> None:
        if thread_id == "11":
            heard.append(await stage.say("11", "already on the fox"))
            stage.holding.admit(
                "11", before.order_key, lambda: stage.table.ingest.submit(before) and None
            )
            assert (await stage.log())["11"] == [(NO_SCENARIO, 1, [])]

    stage.platform.posting = posting
    moved: list[int] = []
    stage.table.ingest.listen(lambda event: moved.append(event.moved))  # type: ignore[union-attr]
    await stage.conduct.start_scenario(session, FOX, stage.platform)
    assert (await stage.log())["11"] == [
        (NO_SCENARIO, 1, [before.external_id]),
        ("fox", 1, heard),
    ]
    assert not any(moved)


async def test_where_it_cannot_be_posted_it_does_not_start_and_can_be_tried_again(
    stage: Set,
) -> None:
    session = await stage.begin()
    stage.platform.closed = {"12"}
    outcome = await stage.conduct.start_scenario(session, FOX, stage.platform, minutes=5)
    assert outcome.posted == GROUPS[:1]
    assert outcome.failed == ((GROUPS[1], "thread 12 is locked; unlock it."),)
    assert await stage.problems(session) == {("12", "start"): "thread 12 is locked; unlock it."}
    assert [s for s, _, _ in (await stage.log())["12"]] == [NO_SCENARIO]
    stage.platform.closed = set()
    again = await stage.conduct.start_scenario(session, FOX, stage.platform, threads=["12"])
    assert again.posted == GROUPS[1:]
    assert again.run == outcome.run
    assert await stage.problems(session) == {}
    assert [s for s, _, _ in (await stage.log())["12"]] == [NO_SCENARIO, "fox"]
    assert stage.platform.own("11") == stage.platform.own("12") == [START_OF_FOX]


async def test_what_stands_though_posting_failed_is_not_posted_again(stage: Set) -> None:
    session = await stage.begin()

    async def posting(thread_id: str) -> None:
        if thread_id == "12":
            raise PostError("no answer came; look into the thread.")

    stage.platform.posting = posting
    assert (await stage.conduct.start_scenario(session, FOX, stage.platform)).failed
    stage.platform.posting = None
    said = await stage.say("12")
    again = await stage.conduct.start_scenario(session, FOX, stage.platform, threads=["12"])
    assert again.failed == ()
    assert stage.platform.own("12") == [START_OF_FOX]
    assert (await stage.log())["12"][-1] == ("fox", 1, [said])


async def test_a_thread_can_be_moved_alone(stage: Set) -> None:
    session = await stage.begin()
    await stage.conduct.start_scenario(session, FOX, stage.platform)
    outcome = await stage.conduct.start_scenario(session, CLOCK, stage.platform, threads=["12"])
    assert outcome.posted == GROUPS[1:]
    assert [s for s, _, _ in (await stage.log())["11"]] == [NO_SCENARIO, "fox"]
    assert [s for s, _, _ in (await stage.log())["12"]] == [NO_SCENARIO, "fox", "clock"]
    states = dict(await stage.conduct.scenarios(session))
    assert states == {FOX: "running", CLOCK: "running"}
    await stage.conduct.start_scenario(session, CLOCK, stage.platform)
    assert dict(await stage.conduct.scenarios(session)) == {FOX: "started", CLOCK: "running"}


async def test_what_cannot_be_started_posts_nothing(stage: Set) -> None:
    session = await stage.begin()
    live = LiveCoder(stage.table.ingest, ENCODER, Scorer(), stage.table.coder, LABELS)
    strict = Conduct(stage.table.ingest, live, stage.holding)
    for scenario, more, problem in (
        (Scenario("x", "X", " "), {}, "has no text"),
        (Scenario(NO_SCENARIO, "X", "words"), {}, "talk before any scenario"),
        (FOX, {"minutes": 0.0}, "cannot take 0 minutes"),
        (FOX, {"minutes": float("nan")}, "cannot take nan minutes"),
        (FOX, {"threads": ["11", "99"]}, "1 of the threads named are not in session"),
        (FOX, {"threads": []}, "none of the threads named"),
        (Scenario("x", "X", "word " * 500), {}, "scenario"),
    ):
        with pytest.raises(InputError, match=problem):
            await strict.start_scenario(session, scenario, stage.platform, **more)
    assert stage.platform.own("11") == []
    assert await stage.table.store.runs.of(session.id) == ()
    assert live.coder


async def test_one_start_at_a_time(stage: Set) -> None:
    session = await stage.begin()
    refused: list[str] = []

    async def posting(_thread: str) -> None:
        with pytest.raises(InputError, match="is being started") as caught:
            await stage.conduct.start_scenario(session, CLOCK, stage.platform)
        refused.append(str(caught.value))

    stage.platform.posting = posting
    await stage.conduct.start_scenario(session, FOX, stage.platform)
    assert len(refused) == 2
    stage.platform.posting = None
    assert (await stage.conduct.start_scenario(session, CLOCK, stage.platform)).failed == ()


async def test_next_goes_through_the_list(stage: Set) -> None:
    session = await stage.begin()
    with pytest.raises(InputError, match="no scenario list"):
        await stage.conduct.next_scenario(session)
    await stage.table.store.scenario_lists.replace(stage.table.study.id, [FOX, CLOCK])
    assert await stage.conduct.scenarios(None) == ((FOX, "waiting"), (CLOCK, "waiting"))
    for scenario in (FOX, CLOCK):
        assert await stage.conduct.next_scenario(session) == scenario
        await stage.conduct.start_scenario(session, scenario, stage.platform)
    assert await stage.conduct.scenarios(session) == ((FOX, "started"), (CLOCK, "running"))
    with pytest.raises(InputError, match="all 2 scenarios"):
        await stage.conduct.next_scenario(session)


async def test_a_scenario_that_reached_nobody_is_still_next(stage: Set) -> None:
    session = await stage.begin()
    await stage.table.store.scenario_lists.replace(stage.table.study.id, [FOX, CLOCK])
    stage.platform.closed = {"11", "12"}
    assert len((await stage.conduct.start_scenario(session, FOX, stage.platform)).failed) == 2
    assert await stage.conduct.next_scenario(session) == FOX
    assert dict(await stage.conduct.scenarios(session))[FOX] == "waiting"


async def test_a_scenario_is_meant_by_title_id_or_words(stage: Set) -> None:
    await stage.table.store.scenario_lists.replace(stage.table.study.id, [FOX])
    assert await stage.conduct.scenario("the FOX") == FOX
    assert await stage.conduct.scenario("fox", "Other words") == Scenario(
        "fox", "The fox", "Other words"
    )
    assert await stage.conduct.scenario("Fox!", "Words") == Scenario("fox-2", "Fox!", "Words")
    with pytest.raises(InputError, match="no scenario 'nothing'"):
        await stage.conduct.scenario("nothing")


async def test_a_thread_that_is_opened_later_gets_the_running_scenario(stage: Set) -> None:
    session = await stage.begin()
    await stage.conduct.join(session, stage.platform.joining(THIRD), stage.platform)
    assert stage.platform.own("13") == []
    await stage.conduct.start_scenario(session, FOX, stage.platform)
    await stage.conduct.start_scenario(session, CLOCK, stage.platform, threads=["12"])
    fourth = Thread("14", "Group 4")
    joining = stage.platform.joining(fourth)
    said = await stage.say("14", "first words")
    for _ in range(2):  # the platform says so twice
        await stage.conduct.join(session, joining, stage.platform)
    assert stage.platform.own("13") == stage.platform.own("14") == [START_OF_FOX]
    assert await stage.conduct.threads(session) == (*GROUPS, THIRD, fourth)
    again = stage.platform.arrival("14", stage.platform.said["14"][0])
    assert (await stage.table.ingest.receive(again)).new
    assert (await stage.log())["14"] == [(NO_SCENARIO, 1, [said]), ("fox", 1, [])]


async def test_a_thread_is_joined_though_nothing_can_be_posted(stage: Set) -> None:
    session = await stage.begin()
    await stage.conduct.start_scenario(session, FOX, stage.platform)
    stage.platform.closed = {"13"}
    with pytest.raises(PostError, match="13 is locked"):
        await stage.conduct.join(session, stage.platform.joining(THIRD), stage.platform)
    assert THIRD in await stage.conduct.threads(session)
    stage.platform.closed = set()
    await stage.conduct.start_scenario(session, FOX, stage.platform, threads=["13"])
    assert [s for s, _, _ in (await stage.log())["13"]] == [NO_SCENARIO, "fox"]


async def test_a_thread_of_another_session_is_not_joined(stage: Set) -> None:
    monday = await stage.begin("monday", GROUPS[0])
    tuesday = await stage.begin("tuesday", GROUPS[1])
    await stage.conduct.start_scenario(monday, FOX, stage.platform)
    with pytest.raises(InputError, match="'Group 2' is in session 'tuesday'"):
        await stage.conduct.join(monday, stage.platform.joining(GROUPS[1]), stage.platform)
    assert stage.platform.own("12") == []
    assert await stage.conduct.threads(tuesday) == GROUPS[1:]


async def test_the_end_ends_everything_and_says_so_where_a_scenario_ran(stage: Set) -> None:
    session = await stage.begin()
    await stage.conduct.start_scenario(session, FOX, stage.platform, threads=["11"])
    said = await stage.say("11")
    end_key = stage.platform.now()
    for _ in range(2):
        await stage.conduct.end(session, end_key, stage.platform)
    assert stage.platform.own("11") == [START_OF_FOX, "Time is up."]
    assert stage.platform.own("12") == []
    await stage.say("11", "after the end")
    assert (await stage.log())["11"] == [(NO_SCENARIO, 1, []), ("fox", 1, [said])]
    assert await stage.conduct.running() == ()
    (run,) = await stage.table.store.runs.of(session.id)
    assert run.ended_at is not None
    with pytest.raises(InputError, match="has ended"):
        await stage.conduct.start_scenario(session, CLOCK, stage.platform)
    with pytest.raises(InputError, match="has ended"):
        await stage.conduct.join(session, stage.platform.joining(THIRD), stage.platform)
    await stage.begin("tuesday")  # the threads are free again


async def test_minutes_set_the_end(stage: Set) -> None:
    session = await stage.begin()
    run = (await stage.conduct.start_scenario(session, FOX, stage.platform, minutes=1.5)).run
    assert run.ends_at is not None
    assert abs(run.ends_at - run.started_at - timedelta(seconds=90)) < timedelta(seconds=5)


async def test_the_live_coder_follows_a_session_that_begins(table: Table) -> None:
    platform = Platform()
    conduct = Conduct(table.ingest, table.live, Holding())
    await table.live.start()
    session = await conduct.begin("monday", [platform.joining(t) for t in GROUPS], ())
    await conduct.start_scenario(session, FOX, platform)
    await asyncio.gather(*(table.ingest.receive(platform.say("11")) for _ in range(3)))
    await table.live.drain()
    assert table.live.coded == 3
