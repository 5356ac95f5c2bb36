"""A coder is changed while people talk: no message twice, none never, no discussion with two."""

from __future__ import annotations

import pytest
from swap_lab import Lab
from table import LABELS, START

from bot.domain.errors import InputError
from bot.inference.bundle import BundleError
from bot.services.ingest import Account
from bot.services.promoting import promote
from bot.services.summary import summary
from bot.storage.check import check
from bot.storage.promotions import PromotionAct
from bot.storage.store import Store


async def test_what_is_there_stays_with_its_coder(lab: Lab) -> None:
    async with lab.open():
        await lab.begin(threads=("t1", "t2"))
        await lab.scenario(1, "t1", "t2")
        before = [await lab.say("t1"), await lab.say("t2")]
        (told,) = await lab.promote("b")
        assert "codes every discussion that begins from now on (it is better)" in told
        running = [await lab.say("t1"), await lab.say("t2")]
        assert lab.seated == ["a", "b"]
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
        assert lab.seated == ["b"]  # nothing of the old one's goes on
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


async def test_a_rollback_to_the_settings_bundle_that_is_gone_says_which_it_is(lab: Lab) -> None:
    async with lab.open():
        await lab.promote("b")
        lab.default = lab.folder / "gone"
        said = r"bundle of the settings \(INTERCODER_MODEL__BUNDLE\) would serve again.*gone"
        with pytest.raises(BundleError, match=said):
            await lab.roll_back()
        assert len(await lab.store.promotions.history(lab.desk.study.id)) == 1


async def test_an_old_coder_leaves_when_nothing_of_its_own_goes_on(lab: Lab) -> None:
    async with lab.open():
        await lab.begin(threads=("t1", "t2"))
        await lab.promote("b")
        await lab.scenario(1, "t1")
        await lab.desks.drain(60)
        await lab.promote("c")
        assert lab.seated == ["a", "b", "c"]
        await lab.scenario(2, "t1")
        await lab.desks.drain(60)
        await lab.desk.look()
        assert lab.seated == ["a", "c"]
        assert sorted(m.bundle.path.name for m in lab.pool.models) == ["a", "c"]
        await lab.scenario(2, "t2")
        await lab.desks.drain(60)
        await lab.desk.look()
        assert lab.seated == ["c"]


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
        assert lab.seated == ["a", "b"]
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
