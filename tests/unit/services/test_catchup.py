"""History against the log: what was missed comes in, what is gone is gone or a gap."""

from __future__ import annotations

import asyncio

import pytest
from stage import CLOCK, FOX, GROUPS, Platform, Set

from bot.domain.discussion import NO_SCENARIO
from bot.services.catchup import Caught, catch_up, unknown_deletion
from bot.storage.live_rows import Gap
from bot.storage.rows import SessionRow


async def caught(stage: Set, session: SessionRow, *, counted: bool = True, **more) -> Caught:
    deleted = stage.platform.deleted.get("11", 0) if counted else None
    history = stage.platform.history("11")
    return await catch_up(
        stage.table.ingest, stage.holding, session, "11", history, deleted, **more
    )


async def words(stage: Set) -> list[tuple[str, str]]:
    """Return (scenario, text) of every message of the thread in the order of the log."""
    store = stage.table.store
    found = []
    for session in await store.sessions.all(stage.table.study.id):
        for each in await store.sessions.discussions(session.id):
            if each.thread.id == "11":
                said = await store.messages.of_discussion(each.id)
                found += [(each.scenario.id, s.message.text) for s in said]
    return found


def there(platform: Platform) -> list[str]:
    return [said.text for said in platform.said["11"] if not said.own]


async def test_more_than_a_page_comes_in_in_order(stage: Set) -> None:
    session = await stage.begin()
    for _ in range(120):
        stage.platform.say("11")
    await stage.conduct.start_scenario(session, FOX, stage.platform)
    for _ in range(130):
        stage.platform.say("11")
    assert await caught(stage, session) == Caught(250, 0, 0, None)
    log = await words(stage)
    assert [text for _, text in log] == there(stage.platform)
    assert [scenario for scenario, _ in log] == [NO_SCENARIO] * 120 + ["fox"] * 130
    assert await caught(stage, session) == Caught(0, 0, 0, None)


async def test_edits_and_deletions_while_away_are_made_good(stage: Set) -> None:
    session = await stage.begin()
    keys = [int(await stage.say("11")) for _ in range(4)]
    await stage.log()
    stage.platform.edit("11", keys[1], "changed")
    stage.platform.delete("11", keys[2])
    assert await caught(stage, session) == Caught(0, 1, 1, None)
    assert [text for _, text in await words(stage)] == [
        f"point {keys[0]}",
        "changed",
        "",
        f"point {keys[3]}",
    ]
    assert await caught(stage, session) == Caught(0, 0, 0, None)


async def test_a_study_may_keep_the_words_of_deleted_messages(stage: Set) -> None:
    session = await stage.begin()
    key = int(await stage.say("11", "kept"))
    await stage.log()
    store = stage.table.store
    stage.table.ingest.study = await store.studies.set_setting(
        stage.table.study.id, "deleted_text", "keep"
    )
    stage.platform.delete("11", key)
    assert (await caught(stage, session)).deleted == 1
    assert await words(stage) == [(NO_SCENARIO, "kept")]


async def test_what_arrives_meanwhile_waits_for_its_place(stage: Set) -> None:
    session = await stage.begin()
    missed = [stage.platform.say("11") for _ in range(3)]
    live: list[str] = []

    async def reading(key: int) -> None:
        if key == missed[1].order_key:
            assert stage.holding.held("11")
            live.append(await stage.say("11", "live"))
            again = missed[2]
            stage.holding.admit(
                "11", again.order_key, lambda: stage.table.ingest.submit(again) and None
            )
            assert [text for _, text in await words(stage)] == []

    stage.platform.reading = reading
    moved: list[int] = []
    stage.table.ingest.listen(lambda event: moved.append(event.moved))  # type: ignore[union-attr]
    assert (await caught(stage, session)).received == 3
    await stage.log()
    assert [text for _, text in await words(stage)] == there(stage.platform)
    assert moved == [0, 0, 0, 0]


async def test_a_live_edit_is_not_undone_by_history_read_before_it(stage: Set) -> None:
    session = await stage.begin()
    key = int(await stage.say("11", "first"))
    await stage.log()

    async def reading(_key: int) -> None:
        await stage.table.ingest.edited("11", str(key), "second", stage.table.study.created_at)

    stage.platform.reading = reading
    assert await caught(stage, session, at_most=0.0) == Caught(0, 0, 0, None)
    assert await words(stage) == [(NO_SCENARIO, "second")]


async def test_what_was_never_seen_and_is_deleted_is_a_gap(stage: Set) -> None:
    stage.platform.deleted["11"] = 7  # long before the session
    session = await stage.begin()
    seen = int(await stage.say("11"))
    await stage.log()
    lost = [stage.platform.say("11").order_key for _ in range(2)]
    left = stage.platform.say("11")
    for key in (seen, *lost):
        stage.platform.delete("11", key)
    until = stage.platform.now()
    first = await caught(stage, session, until=until)
    assert (first.received, first.deleted) == (1, 1)
    assert first.gap is not None
    assert (first.gap.after_key, first.gap.before_key, first.gap.missing) == (seen, until, 2)
    assert "before they were seen" in first.gap.reason
    assert (await caught(stage, session)).gap is None
    assert await stage.table.store.gaps.of_session(session.id) == (first.gap,)
    stage.platform.delete("11", stage.platform.say("11").order_key)
    second = await caught(stage, session)
    assert second.gap is not None
    assert (second.gap.after_key, second.gap.missing) == (left.order_key, 1)
    assert len(await stage.table.store.gaps.of_session(session.id)) == 2


async def test_without_a_count_nobody_can_tell(stage: Set) -> None:
    session = await stage.begin()
    stage.platform.delete("11", stage.platform.say("11").order_key)
    assert await caught(stage, session, counted=False) == Caught(0, 0, 0, None)


async def test_what_happened_several_scenarios_ago_is_made_good(stage: Set) -> None:
    session = await stage.begin()
    keys = [int(await stage.say("11")) for _ in range(2)]
    missed = stage.platform.say("11").order_key
    for scenario in (FOX, CLOCK, FOX):
        await stage.conduct.start_scenario(session, scenario, stage.platform)
        await stage.say("11", scenario.id)
    await stage.log()
    stage.platform.delete("11", keys[0])
    stage.platform.edit("11", keys[1], "changed")
    assert await caught(stage, session) == Caught(1, 1, 1, None)
    assert (await stage.log())["11"][0] == (NO_SCENARIO, 1, [*map(str, keys), str(missed)])


async def test_deleted_posts_of_a_scenario_are_no_gap(stage: Set) -> None:
    session = await stage.begin()
    await stage.conduct.start_scenario(session, FOX, stage.platform)
    post = stage.platform.said["11"][-1].key
    stage.platform.delete("11", post)
    for _ in range(2):
        await unknown_deletion(stage.table.ingest, "11", post)
    assert await caught(stage, session) == Caught(0, 0, 0, None)
    said = await stage.say("11")  # and the thread still discusses it
    assert (await stage.log())["11"][-1] == ("fox", 1, [said])


async def test_a_deletion_of_what_was_never_seen_is_a_gap_once(stage: Set) -> None:
    session = await stage.begin()
    known = int(await stage.say("11"))
    lost = stage.platform.say("11").order_key
    stage.platform.delete("11", lost)
    for key in (lost, lost, known):
        await unknown_deletion(stage.table.ingest, "11", key)
    await unknown_deletion(stage.table.ingest, "99", lost)
    (gap,) = await stage.table.store.gaps.of_session(session.id)
    assert (gap.after_key, gap.before_key, gap.missing) == (lost - 1, lost + 1, 1)
    assert (await caught(stage, session)).gap is None


async def test_what_is_heard_to_be_deleted_while_history_brings_it_stays_away(stage: Set) -> None:
    session = await stage.begin()
    doomed = stage.platform.say("11").order_key

    async def reading(key: int) -> None:
        await unknown_deletion(stage.table.ingest, "11", key)
        stage.platform.delete("11", key)

    stage.platform.reading = reading
    assert await caught(stage, session, at_most=0.0) == Caught(0, 0, 0, None)
    assert await words(stage) == []
    gaps = await stage.table.store.gaps.of_thread(stage.table.study.id, "11")
    assert [(g.after_key, g.missing) for g in gaps] == [(doomed - 1, 1)]


async def test_a_gap_before_or_after_a_session_is_none_of_it(stage: Set) -> None:
    early = stage.platform.now()
    session = await stage.begin()
    await stage.conduct.end(session, stage.platform.now(), stage.platform)
    at = stage.table.study.created_at
    for key in (early, stage.platform.now()):
        gap = Gap(GROUPS[0], key - 1, key + 1, 1, at, "deleted")
        assert await stage.table.store.gaps.add(stage.table.study.id, gap, once=True)
        assert not await stage.table.store.gaps.add(stage.table.study.id, gap, once=True)
    assert await stage.table.store.gaps.of_session(session.id) == ()


async def test_history_that_breaks_off_deletes_nothing(stage: Set) -> None:
    session = await stage.begin()
    for _ in range(2):
        await stage.say("11", "known")
    await stage.log()
    later = [stage.platform.say("11") for _ in range(150)]

    async def reading(key: int) -> None:
        if key == later[-1].order_key:
            raise ConnectionError

    stage.platform.reading = reading
    with pytest.raises(ConnectionError):
        await caught(stage, session)
    assert not stage.holding.held("11")
    assert 2 < len(await words(stage)) < 152
    stage.platform.reading = None
    again = await caught(stage, session)
    assert again.deleted == 0
    assert [text for _, text in await words(stage)] == there(stage.platform)


async def test_what_history_leaves_out_and_is_there_keeps_its_words(stage: Set) -> None:
    session = await stage.begin()
    kept, doomed = int(await stage.say("11", "kept")), int(await stage.say("11", "doomed"))
    await stage.log()
    stage.platform.hidden = {kept}
    stage.platform.delete("11", doomed)
    assert (await caught(stage, session)).deleted == 1
    assert [text for _, text in await words(stage)] == ["kept", ""]


async def test_a_process_that_dies_in_between_does_no_harm(stage: Set) -> None:
    session = await stage.begin()
    reached = asyncio.Event()
    later = [stage.platform.say("11") for _ in range(150)]

    async def reading(key: int) -> None:
        if key == later[-1].order_key:
            reached.set()
            await asyncio.Event().wait()

    stage.platform.reading = reading
    task = asyncio.create_task(caught(stage, session))
    await asyncio.wait_for(reached.wait(), 10)
    task.cancel()
    await asyncio.wait([task])
    stage.platform.reading = None
    assert (await caught(stage, session)).received == 50
    assert [text for _, text in await words(stage)] == there(stage.platform)


async def test_a_thread_that_is_not_followed_is_left_alone(stage: Set) -> None:
    session = await stage.begin("monday", GROUPS[1])
    stage.platform.say("11")
    assert await caught(stage, session) == Caught(0, 0, 0, None)
