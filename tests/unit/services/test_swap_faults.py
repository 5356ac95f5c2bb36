"""A coder is changed while all else happens, and while the process dies: nothing is lost."""

from __future__ import annotations

import asyncio
import random
import shutil
from contextlib import suppress
from types import SimpleNamespace

import pytest
from stage import DiedError, Fuse
from swap_lab import NAMES, Lab
from table import START

from bot.domain.errors import InputError
from bot.storage.check import check
from bot.storage.errors import StorageError


async def test_what_a_swap_pins_is_one_transaction(lab: Lab, monkeypatch) -> None:
    """A swap that cannot be written leaves everything as it was, and the next look does it."""
    async with lab.open():
        await lab.begin()
        await lab.promote("b", look=False)
        seat = lab.store.pins.seat

        def full(*_: object) -> asyncio.Future[object]:
            done: asyncio.Future[object] = asyncio.get_running_loop().create_future()
            done.set_exception(StorageError("the disk is full"))
            return done

        monkeypatch.setattr(lab.store.pins, "seat", full)
        with pytest.raises(StorageError):
            await lab.desk.look()
        assert lab.desk.coder is not None
        await lab.scenario(1)
        of_a = await lab.say()
        monkeypatch.setattr(lab.store.pins, "seat", seat)
        await lab.desk.look()
        await lab.scenario(2)
        of_b = await lab.say()
        found = await lab.coders()
        assert (found[of_a], found[of_b]) == (["a"], ["b"])


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_in_whatever_order(  # noqa: C901 - what may happen is one list
    lab: Lab, seed: int
) -> None:
    """Each message as it stands has one coding, by the coder of its discussion."""
    chance = random.Random(seed)  # noqa: S311 - a plan, no secret
    said: list[tuple[str, str]] = []
    for start in range(3):
        lab.default = lab.folder / chance.choice(NAMES)
        async with lab.open():
            if not start:
                await lab.begin(threads=("t1", "t2"))
            for step in range(25):
                thread = chance.choice(("t1", "t2"))
                match chance.choice(("say", "say", "say", "late", "edit", "case", "swap", "back")):
                    case "say":
                        said.append((thread, await lab.say(thread)))
                    case "late":
                        lowest = 11  # not before the thread was joined
                        key = chance.randint(lowest, max(lowest, lab.keys[thread]))
                        said.append((thread, await lab.say(thread, key * 1)))
                    case "edit" if said:
                        where, which = chance.choice(said)
                        text = f"edited {seed} {start} {step}"
                        await lab.desk.ingest.edited(where, which, text, START)
                    case "case":
                        await lab.scenario(start * 100 + step, thread)
                    case "swap":
                        with suppress(InputError):
                            await lab.promote(chance.choice(NAMES))
                    case "back":
                        with suppress(InputError):
                            await lab.roll_back()
            if chance.random() < 0.5:
                await lab.desks.drain(60)
    lab.default = lab.folder / "a"
    async with lab.open():
        await lab.coders()
        (session,) = await lab.desk.conduct.running()
        numbers = await lab.desk.numbers.of(session)
        assert (numbers.waiting, numbers.coded) == (0, numbers.messages)
        pins = await lab.store.pins.of_study(lab.desk.study.id)
        serving = lab.desk.coder
        assert serving is not None
        names = {c.id: c.name for c in await lab.store.studies.coders(lab.desk.study.id)}
        for discussion in await lab.store.sessions.discussions(session.id):
            whose = names[pins.get(discussion.id, serving.id)]
            for stored in await lab.store.messages.of_discussion(discussion.id):
                given = await lab.store.codings.of_message(stored.id)
                assert given[-1].coder == whose
    assert await check(lab.url) == []


async def test_a_process_may_die_at_each_write_of_a_swap(lab: Lab) -> None:
    """Killed before its first write, between any two, after its last: the next start goes on."""
    async with lab.open():
        await lab.begin(threads=("t1", "t2"))
        await lab.scenario(1, "t1", "t2")
        await lab.say("t1")
        await lab.coders()
    for steps in range(30):
        own = Lab(lab.folder / str(steps))
        own.folder.mkdir()
        shutil.copy(lab.folder / "study.db", own.folder)
        own.folder, own.default, own.keys = lab.folder, lab.default, dict(lab.keys)
        async with own.open():
            fuse = Fuse(own.store.connections, SimpleNamespace(), steps)
            with suppress(DiedError):
                await own.promote("b")
                await own.say("t2")
                await own.scenario(2, "t1")
                await own.say("t1")
                await own.roll_back()
                await own.scenario(3, "t2")
        async with own.open():
            await own.say("t1")
            await own.say("t2")
            found = await own.coders()
            assert all(len(given) == 1 for given in found.values()), (steps, found)
            assert found["t1-30"] == ["a"]
        assert await check(own.url) == []
        if not fuse.blown:
            return
    pytest.fail("it never came to its end")
