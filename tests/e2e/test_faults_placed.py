"""Faults at a place of their own: between a run and its posts, in one thread, in two servers."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict

import pytest

from bot.domain.coding import CoderKind
from bot.services.decide import Decision
from bot.storage.store import Store
from tests.e2e.fault_bed import Bed, MakeBed
from tests.e2e.fault_kinds import dropped, forgotten
from tests.e2e.fault_room import SCENARIOS, hoped
from tests.e2e.fault_truth import stored

pytest_plugins = ["tests.e2e.fault_fixtures"]

FOX, BRIDGE = SCENARIOS


class Held:
    """How long the loop was held by what it computes, so that no heartbeat could be answered.

    In seconds of its own processor time: how late a beat is in the end is the machine's affair.
    """

    def __init__(self) -> None:
        self._longest = 0.0
        self._task = asyncio.create_task(self._look())

    async def longest(self) -> float:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        return self._longest

    async def _look(self) -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.02)
            self._longest = max(self._longest, time.thread_time() - before)


async def talk(bed: Bed) -> None:
    """Begin, and talk about the first scenario."""
    await bed.set_up()
    for room in bed.rooms:
        room.say(2)
        await room.next()
        room.say(3)


async def test_a_burst_that_outruns_the_coder_is_stored_at_once_and_coded_in_order(
    bed: Bed,
) -> None:
    decided: defaultdict[str, list[int]] = defaultdict(list)

    def hear(decision: Decision) -> None:
        decided[decision.stored.message.thread_id].append(decision.stored.message.sequence)

    async with bed:
        await bed.start()
        await talk(bed)
        await bed.settled()
        room = bed.room
        assert room.desk.live is not None
        room.desk.live.listen(hear)
        bed.gate.open.clear()
        connections, held = (bed.hub.ready, bed.hub.resumed), Held()
        burst = {message["id"] for message in room.say(200)}

        async def unstored() -> list[str]:
            return [line for line in await room.wrong() if line.startswith("lost")]

        await bed.until(unstored)
        table = await stored(room.desk.ingest.store, room.desk.study.id)
        assert {line.code for lines in table.values() for line in lines if line.id in burst} == {
            "-"
        }
        assert not decided
        # Staff are answered while the coder is behind.
        await hoped(room.coder.slash("code show", message=max(burst)), "no model has")
        bed.gate.open.set()
        beats = len(bed.hub.heartbeat_delays)
        while len(bed.hub.heartbeat_delays) < beats + 2:  # people talk on until two more came
            room.say(20)
            await bed.settled()
        assert await held.longest() < 0.5
        assert (bed.hub.ready, bed.hub.resumed) == connections  # no beat was missed
        await bed.end()
    assert set(decided) == {thread.id for thread in room.threads}
    assert all(order == list(range(4, len(order) + 4)) for order in decided.values())
    await bed.judge()


async def test_edits_and_deletions_heard_of_missed_and_doubled(bed: Bed) -> None:
    async with bed:
        await bed.start()
        await talk(bed)
        room, world = bed.room, bed.world
        first, second = room.threads
        said = [m["id"] for m in room.say(12, first)]
        also = [m["id"] for m in room.say(6, second)]
        await bed.settled()
        bed.hub.double(4)
        world.edit(said[0], bed.text())
        world.embed_only_edit(said[1])
        world.delete(said[2])
        world.delete_many(said[3:6])
        await bed.settled()

        def while_away() -> None:
            world.edit(said[6], bed.text())
            world.edit(said[6], bed.text())
            world.embed_only_edit(said[7])
            world.delete(said[8])
            world.delete_many(also[:2])
            never = room.say(1, second)[0]["id"]
            room.unseen.add(never)
            world.delete(never)
            room.say(1)

        await forgotten(bed, while_away)
        await bed.settled()
        bed.hub.lose(1)
        (lost,) = room.say(1, second)
        room.unseen.add(lost["id"])
        world.delete(lost["id"])  # which is heard, and tells of a message that was not
        bed.hub.shuffle(6)
        late = room.say(2, second)
        world.edit(late[0]["id"], bed.text())
        world.edit(late[0]["id"], bed.text())
        world.delete(late[1]["id"])
        world.embed_only_edit(said[9])
        await bed.settled()
        study, store = room.desk.study, room.desk.ingest.store
        gaps = await store.gaps.of_thread(study.id, second.id)
        assert sorted(gap.missing or 0 for gap in gaps) == [1, 1]
        assert await store.gaps.of_thread(study.id, first.id) == ()
        by_revision: dict[str, list[int]] = {}
        async for coded in store.transcripts.stream(study.id):
            for message, given in coded.codings.items():
                own = [c.revision for c in given if c.kind is CoderKind.MODEL]
                by_revision[message] = sorted(set(own))
        assert by_revision[said[0]] == [1, 2]
        assert by_revision[said[6]] == [1, 2]
        assert [by_revision[said[n]] for n in (1, 7, 9)] == [[1]] * 3
        await bed.end()
    await bed.judge()


@pytest.mark.parametrize("half", [False, True], ids=["before any post", "after half of the posts"])
async def test_a_scenario_is_started_by_a_process_that_is_killed(
    half: bool, bed: Bed, capfd: pytest.CaptureFixture[str]
) -> None:
    async with bed:
        await bed.start(apart=True)
        await talk(bed)
        room = bed.room
        refused = room.threads[1:] if half else room.threads
        for thread in refused:
            bed.faults.storm(f"^POST /channels/{thread.id}/messages", 1, 60.0)
        change = asyncio.create_task(room.next())
        await bed.happened(len(refused))
        await room.posted(BRIDGE, len(room.threads) - len(refused))
        room.say(2)
        await room.coder.slash("code show", message=room.say(1)[-1]["id"])
        await bed.kill()
        change.cancel()
        room.say(2)
        await bed.start()
        await room.posted(BRIDGE, len(room.threads))
        room.say(2)
        await bed.settled()
        await hoped(room.researcher.slash("scenario list"), "▶")
        await bed.end()
    await bed.judge()
    bed.check_words(capfd.readouterr().err)


@pytest.mark.parametrize("connected", [True, False], ids=["connected", "connecting anew"])
async def test_it_is_removed_from_a_thread_and_comes_back(connected: bool, bed: Bed) -> None:
    async with bed:
        room, world = bed.room, bed.world
        private = room.channel.add_thread("group 3", private=True, members=room.people)
        world.threads.join(private, world.bot.id)
        room.threads.append(private)
        await bed.start()
        await talk(bed)
        await bed.settled()
        world.threads.leave(private, world.bot.id)
        room.say(2)
        await room.told("removed from this private thread")
        room.threads.remove(private)

        async def strange() -> list[str]:
            return [d for d in await room.wrong() if not d.startswith("strange")]

        await bed.until(strange)  # the other groups are coded on
        room.say(2, private)
        if not connected:
            await forgotten(bed, lambda: room.say(2))
            await bed.until(strange)
        room.threads.append(private)
        world.threads.join(private, world.bot.id)
        room.say(2)
        await bed.settled()  # with what was said meanwhile
        await bed.end()
    await bed.judge()


@pytest.mark.parametrize("shards", [None, 2])
async def test_two_servers_with_a_session_each(
    shards: int | None, make_bed: MakeBed, capfd: pytest.CaptureFixture[str]
) -> None:
    async with make_bed(servers=2, shards=shards) as bed:
        await bed.start()
        if shards:
            assert {(int(room.guild.id) >> 22) % shards for room in bed.rooms} == {0, 1}
        await talk(bed)
        await bed.settled()

        def everybody() -> None:
            for room in bed.rooms:
                room.say(4)

        one, other = bed.rooms
        change = asyncio.create_task(one.next())
        await one.posted(BRIDGE, 1)
        everybody()
        await forgotten(bed, everybody)
        await change
        await dropped(bed, everybody)
        await other.next()
        everybody()
        await bed.settled()
        assert await one.desk.conduct.running() != await other.desk.conduct.running()
        await hoped(one.researcher.slash("session end"), "has ended")
        other.say(2)
        await bed.settled()
        await bed.end()
    await bed.judge()
    bed.check_words(capfd.readouterr().err)


async def test_what_was_said_before_the_end_of_a_session_and_missed_is_in_it(bed: Bed) -> None:
    async with bed:
        await bed.start()
        await talk(bed)
        await bed.settled()
        room = bed.room
        bed.hub.lose(4)
        room.say(2)
        await hoped(room.researcher.slash("session end"), "has ended")
        await bed.settled()
        await bed.end()
    await bed.judge()


async def test_the_log_is_read_by_the_next_start_as_it_was_left(bed: Bed) -> None:
    async with bed:
        await bed.start()
        await talk(bed)
        await bed.end()
        async with await Store.open(bed.url) as store:
            (name,) = await store.studies.names()
            study = await store.studies.find(name)
            assert study is not None
            before = await stored(store, study.id)
        await bed.start()
        await bed.settled()
        await bed.end()
    assert {line.id for lines in before.values() for line in lines}
    await bed.judge()


async def test_it_is_killed_while_it_reads_what_it_missed(bed: Bed) -> None:
    async with bed:
        await bed.start()
        await talk(bed)
        await bed.settled()
        await bed.end()
        room = bed.room
        room.say(150, room.threads[0])
        bed.faults.slow(r"^GET /channels/\d+/messages", 0.3, 3)
        await bed.start(apart=True)
        await bed.happened(3)  # a page was read, and another is under way
        await bed.kill()
        bed.faults.clear()
        room.say(2)
        await bed.start()
        room.say(2)
        await bed.settled()
        await bed.end()
    await bed.judge()


@pytest.mark.parametrize("by_its_roles", [False, True])
async def test_it_may_not_see_the_channel_for_a_while(by_its_roles: bool, bed: Bed) -> None:
    async with bed:
        await bed.start()
        await talk(bed)
        await bed.settled()
        room, me = bed.room, bed.room.guild.me
        own = list(me.roles)
        shut_out = room.guild.add_role("shut out")
        room.channel.deny(shut_out, "view_channel")
        if by_its_roles:
            bed.world.structure.set_roles(me, [*own, shut_out])
        else:
            room.channel.deny(me, "view_channel")
        await room.told("group 1, group 2: the bot may not see this any more")
        room.say(2)
        if by_its_roles:
            bed.world.structure.set_roles(me, own)
        else:
            room.channel.allow(me, "view_channel")
        room.say(2)
        await bed.settled()
        await bed.end()
    await bed.judge()
