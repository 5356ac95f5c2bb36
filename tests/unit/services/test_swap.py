"""A coder is changed while people talk: no message twice, none never, no discussion with two."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from model_on_disk import bundle_in, pool_of
from stage import DiedError, Fuse
from table import BOOK, LABELS, START

from bot.domain.codebook import codebook_from_codes
from bot.domain.discussion import Provenance, Scenario, Thread
from bot.domain.errors import InputError
from bot.inference.pool import Pool
from bot.services.conduct import Joining
from bot.services.desk import Desk, Setup
from bot.services.desks import Desks
from bot.services.ingest import Account, Arrival
from bot.services.promoting import promote, roll_back
from bot.services.summary import summary
from bot.storage.check import check
from bot.storage.errors import StorageError
from bot.storage.promotions import PromotionAct
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store

NAMES = ("a", "b", "c")


class Lab:
    """A bot's desk over one database, which may be left and opened again."""

    desk: Desk
    desks: Desks
    store: Store
    pool: Pool

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.default = folder / "a"
        self.url = sqlite_url(folder / "study.db")
        self.keys: dict[str, int] = {}
        self.loaded: list[str] = []

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Lab]:
        async with await Store.open(self.url) as self.store:
            self.pool = pool_of(self.default)
            load = self.pool._open

            def noted(folder: Path) -> object:
                self.loaded.append(folder.name)
                return load(folder)

            self.pool._open = noted  # type: ignore[assignment]
            self.desks = Desks(self.store, self.pool, Provenance.DISCORD)
            try:
                await self.desks.open()
                found = self.desks.of("5")
                self.desk = found or await self.desks.set_up("5", Setup("Lab", BOOK))
                yield self
            finally:
                await self.desks.close()
        assert self.pool.models == ()

    async def begin(self, name: str = "monday", threads: Sequence[str] = ("t1",)) -> None:
        joinings = [Joining(Thread(t, t), self._key(t)) for t in threads]
        await self.desk.conduct.begin(name, joinings, [])

    async def scenario(self, number: int, *threads: str) -> None:
        (session, *_) = await self.desk.conduct.running()
        case = Scenario(f"s{number}", f"Case {number}", f"what of {number}?")
        for thread in threads or ("t1",):
            await self.desk.ingest.start_discussion(
                session, Thread(thread, thread), case, self._key(thread)
            )

    async def say(self, thread: str = "t1", key: int | None = None) -> str:
        key = self._key(thread) if key is None else key
        who = Account("discord", "9")
        await self.desk.ingest.receive(
            Arrival(thread, f"{thread}-{key}", key, who, f"point {key}", START)
        )
        return f"{thread}-{key}"

    async def promote(self, name: str, look: bool = True) -> tuple[str, ...]:
        study = self.desk.study
        await promote(self.store, study, self.folder / name, "it is better", default=self.default)
        return await self.desk.look() if look else ()

    async def roll_back(self) -> tuple[str, ...]:
        await roll_back(self.store, self.desk.study, self.default, "it was worse")
        return await self.desk.look()

    async def coders(self) -> dict[str, list[str]]:
        """Return the folders' names of the coders of each message, in order, after all is coded."""
        assert await self.desks.drain(60)
        names = {}
        for coder in await self.store.studies.coders(self.desk.study.id):
            place = await self.store.pins.folder(coder.id)
            names[coder.name] = "?" if place is None else place.name
        return {
            message: [names[c.coder] for c in given]
            async for coded in self.store.transcripts.stream(self.desk.study.id)
            for message, given in coded.codings.items()
        }

    def _key(self, thread: str) -> int:
        self.keys[thread] = self.keys.get(thread, 0) + 10
        return self.keys[thread]


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    for day, name in enumerate(NAMES, 1):
        bundle_in(tmp_path / name, f"2026-01-0{day}")
    return Lab(tmp_path)


def engines(lab: Lab) -> list[str]:
    return sorted(seat.bundle.path.name for seat in lab.desk.coders)


async def test_what_is_there_stays_with_its_coder(lab: Lab) -> None:
    async with lab.open():
        await lab.begin(threads=("t1", "t2"))
        await lab.scenario(1, "t1", "t2")
        before = [await lab.say("t1"), await lab.say("t2")]
        (told,) = await lab.promote("b")
        assert "codes every discussion that begins from now on (it is better)" in told
        running = [await lab.say("t1"), await lab.say("t2")]
        assert engines(lab) == ["a", "b"]
        await lab.scenario(2, "t1")  # moved on alone
        begun, still = await lab.say("t1"), await lab.say("t2")
        found = await lab.coders()
        assert found == {**{said: ["a"] for said in (*before, *running, still)}, begun: ["b"]}
        (seat, _) = lab.desk.coders
        assert seat.serving
        assert lab.desk.coder == seat.coder
    assert await check(lab.url) == []


async def test_late_and_edited_messages_go_to_the_coder_of_their_discussion(lab: Lab) -> None:
    async with lab.open():
        await lab.begin()
        await lab.scenario(1)
        first, last = await lab.say(), await lab.say()
        await lab.promote("b")
        await lab.scenario(2)
        await lab.say()
        late = await lab.say(key=lab.keys["t1"] - 15)
        assert int(late[3:]) < int(last[3:]) + 10
        await lab.desk.ingest.edited("t1", first, "another word", START)
        found = await lab.coders()
        assert set(found[late]) == set(found[first]) == {"a"}
        assert len(found[first]) == 2  # as it was, and as it is
        assert await lab.desk.look() == ()
        assert engines(lab) == ["b"]  # nothing of the old one's goes on
        loaded = list(lab.loaded)
        await lab.desk.ingest.edited("t1", first, "a third word", START)
        found = await lab.coders()
        assert (found[first][-1], len(found[first])) == ("a", 3)
        assert lab.loaded == loaded  # the default stays in memory
    assert await check(lab.url) == []


async def test_a_rollback_is_one_step_and_needs_no_loading(lab: Lab) -> None:
    async with lab.open():
        await lab.begin()
        await lab.scenario(1)
        await lab.say()
        await lab.promote("b")
        await lab.scenario(2)
        of_b = await lab.say()
        loaded = list(lab.loaded)
        await lab.roll_back()
        assert lab.loaded == loaded
        assert lab.desk.coder is not None
        of_b_too = await lab.say()
        await lab.scenario(3)
        of_a = await lab.say()
        found = await lab.coders()
        assert (found[of_b], found[of_b_too], found[of_a]) == (["b"], ["b"], ["a"])
        history = await lab.store.promotions.history(lab.desk.study.id)
        assert [p.act for p in history] == [PromotionAct.PROMOTED, PromotionAct.ROLLED_BACK]
        with pytest.raises(InputError, match="there is nothing to go back to"):
            await lab.roll_back()


async def test_an_old_coder_leaves_when_nothing_of_its_own_goes_on(lab: Lab) -> None:
    async with lab.open():
        await lab.begin(threads=("t1", "t2"))
        await lab.promote("b")
        await lab.scenario(1, "t1")
        await lab.desks.drain(60)
        await lab.promote("c")
        assert engines(lab) == ["a", "b", "c"]
        await lab.scenario(2, "t1")
        await lab.desks.drain(60)
        await lab.desk.look()
        assert engines(lab) == ["a", "c"]
        assert sorted(m.bundle.path.name for m in lab.pool.models) == ["a", "c"]
        await lab.scenario(2, "t2")
        await lab.desks.drain(60)
        await lab.desk.look()
        assert engines(lab) == ["c"]


def _missing(folder: Path) -> str:
    shutil.rmtree(folder)
    return "there is no such bundle"


def _tampered(folder: Path) -> str:
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    return "do not match their hash"


def _replaced(folder: Path) -> str:
    shutil.rmtree(folder)
    bundle_in(folder, "2027-01-01")
    return "another bundle stands there now"


@pytest.mark.parametrize("damage", [_missing, _tampered, _replaced])
async def test_a_bundle_that_cannot_be_loaded_leaves_the_old_one(lab: Lab, damage) -> None:
    async with lab.open():
        await lab.begin()
        await lab.promote("b", look=False)
        sentence = damage(lab.folder / "b")
        (told,) = await lab.desk.look()
        assert told.startswith("Coder 'b' could not be loaded, so the one before goes on: ")
        assert sentence in told
        assert "\n" not in told
        assert await lab.desk.look() == ()
        await lab.scenario(1)
        said = await lab.say()
        assert (await lab.coders())[said] == ["a"]
        last = await lab.store.promotions.serving(lab.desk.study.id)
        assert last is not None
        assert (last.act, last.folder.name) == (PromotionAct.REFUSED, "a")
    async with lab.open():
        assert lab.desk.coder is not None
        assert engines(lab) == ["a"]


async def test_at_a_start_the_one_before_serves_where_the_last_cannot(lab: Lab) -> None:
    async with lab.open():
        await lab.promote("b")
        await lab.promote("c")
    _missing(lab.folder / "c")
    async with lab.open():
        assert engines(lab) == ["b"]
        (told,) = await lab.desk.look()
        assert "Coder 'c' could not be loaded" in told
    _missing(lab.folder / "b")
    async with lab.open():
        assert engines(lab) == ["a"]
        said = [await lab.begin(), await lab.say()][1]
        assert (await lab.coders())[said] == ["a"]


async def test_what_serves_goes_on_where_it_does_not_fit_either(lab: Lab) -> None:
    """The first coder of a new codebook cannot be loaded: that is refused once, not for ever."""
    foreign = codebook_from_codes(["X", "Y"], "foreign")
    bundle_in(lab.folder / "x", book=foreign, labels=("X", "Y"))
    async with lab.open():
        await lab.desks.set_up("5", Setup("Lab", foreign))
        problem = lab.desk.problem
        await lab.promote("x", look=False)
        _missing(lab.folder / "x")
        async with asyncio.timeout(20):
            (told,) = await lab.desk.look()
        assert "Coder 'x' could not be loaded" in told
        assert await lab.desk.look() == ()
        assert lab.desk.problem == problem is not None
    async with asyncio.timeout(20), lab.open():  # nor is it at a start
        assert lab.desk.problem == problem
        assert len(await lab.desk.look()) == 1
        assert await lab.desk.look() == ()


async def test_what_does_not_fit_is_not_promoted(lab: Lab) -> None:
    foreign = codebook_from_codes(["X", "Y"], "foreign")
    bundle_in(lab.folder / "x", book=foreign, labels=("X", "Y"))
    async with lab.open():
        with pytest.raises(InputError, match="gives codes X, Y, which the study's codebook"):
            await lab.promote("x")
        with pytest.raises(InputError, match="serves study 'Lab' already"):
            await lab.promote("a")
        await lab.promote("b")
        with pytest.raises(InputError, match="serves study 'Lab' already"):
            await lab.promote("b")
        assert len(await lab.store.promotions.history(lab.desk.study.id)) == 1


async def test_a_decision_on_what_has_changed_is_refused(lab: Lab) -> None:
    async with lab.open():
        await lab.promote("b")
        study, (first,) = (
            lab.desk.study,
            await lab.store.promotions.history(lab.desk.study.id),
        )
        await lab.promote("c")
        with pytest.raises(InputError, match="a moment ago; look at the history"):
            await lab.store.promotions.append(
                study.id,
                first.bundle_id,
                first.folder,
                PromotionAct.PROMOTED,
                "",
                after=first.id,
            )


async def test_promoted_while_the_bot_was_away(lab: Lab) -> None:
    async with lab.open():
        await lab.begin()
        await lab.scenario(1)
        first = await lab.say()
        await lab.coders()
        study = lab.desk.study
    async with await Store.open(lab.url) as store:
        await promote(store, study, lab.folder / "b", "by hand", default=lab.default)
    async with lab.open():
        assert engines(lab) == ["a", "b"]
        second = await lab.say()
        await lab.scenario(2)
        third = await lab.say()
        assert await lab.coders() == {first: ["a"], second: ["a"], third: ["b"]}
    assert await check(lab.url) == []


async def test_another_bundle_in_the_settings_begins_with_what_begins(lab: Lab) -> None:
    async with lab.open():
        await lab.begin()
        first = await lab.say()
        await lab.coders()
    lab.default = lab.folder / "b"
    async with lab.open():
        second = await lab.say()
        await lab.scenario(1)
        third = await lab.say()
        assert await lab.coders() == {first: ["a"], second: ["a"], third: ["b"]}


async def test_what_waits_for_a_coder_that_is_gone_is_told_and_coded_later(lab: Lab) -> None:
    async with lab.open():
        await lab.begin()
        await lab.say()
        await lab.coders()
    lab.default = lab.folder / "b"
    aside = lab.folder / "aside"
    (lab.folder / "a").rename(aside)
    async with lab.open():
        (told,) = await lab.desk.look()
        assert "stored and waits, for that coder cannot be loaded" in told
        assert lab.desk.lost == (told,)
        said = await lab.say()
        assert said not in {m for m, given in (await lab.coders()).items() if given}
        (session,) = await lab.desk.conduct.running()
        assert (await lab.desk.numbers.of(session)).waiting == 1
        aside.rename(lab.folder / "a")
        assert lab.desk.live is not None
        lab.desk.live.retry()
        assert (await lab.coders())[said] == ["a"]
        assert lab.desk.lost == ()


async def test_counts_hold_with_two_coders_in_one_session(lab: Lab) -> None:
    async with lab.open():
        await lab.begin()
        await lab.scenario(1)
        old = await lab.say()
        await lab.promote("b")
        await lab.scenario(2)
        new = await lab.say()
        await lab.coders()
        desk = lab.desk
        (session,) = await desk.conduct.running()
        ann = await desk.review.coder(Account("discord", "70"))
        for said in (old, new):
            place = await desk.review.find(said)
            await desk.review.decide(place, ann, LABELS[0])
        numbers = await desk.numbers.of(session)
        assert (numbers.messages, numbers.coded, numbers.waiting) == (2, 2, 0)
        found = await summary(lab.store, desk.study, session, desk.coder)
        assert (found.messages, found.coded, found.n) == (2, 2, 2)
        assert dict(numbers.codes) == {LABELS[0]: 2}


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
