"""The target error of a study: whom messages go to, on what grounds, and what the queue offers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from coding_room import Room
from table import BOOK

from bot.domain.errors import InputError
from bot.reliability.risk_control import EVERYTHING, HeldOut, packed
from bot.services.people.abstaining import AUDIT_GROUPS, Abstaining, Basis, abstention
from bot.services.people.queue import Order
from bot.storage.audit_slice import Audited
from bot.storage.rows import Coder, StoredMessage
from bot.storage.studies import NewBundle

# Forty groups of ten messages: one is wrong, with a confidence of .6.
HELD = packed([HeldOut(np.array([0.6, *[0.9] * 9]), np.array([False, *[True] * 9]))] * 40)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with Room.open(tmp_path) as room:
        bundle = NewBundle("a" * 64, "kept", "thread", BOOK, {"held_out": list(HELD)})
        room.model = await room.store.studies.model(room.study.id, bundle)
        yield room


def abstaining(room: Room) -> Abstaining:
    return Abstaining(room.store, room.study)


async def rows(room: Room, coder: Coder, order: Order) -> list[int]:
    return [item.stored.id for item in await room.offered(coder, order)]


async def coded(room: Room, *sure: float) -> list[StoredMessage]:
    said = await room.say(len(sure))
    for stored, confidence in zip(said, sure, strict=True):
        await room.model_codes(stored, confidence)
    return said


async def test_without_a_target_error_nothing_changes(room: Room) -> None:
    said = await coded(room, 0.95, 0.5)
    assert await abstaining(room).target() is None
    assert await abstaining(room).all() == {}
    assert await abstaining(room).waiting(room.session) is None
    ann = await room.person("ann")
    assert await rows(room, ann, Order.BELOW) == [said[1].id, said[0].id]


async def test_the_threshold_is_that_of_the_bundles_validation_groups(room: Room) -> None:
    await abstaining(room).set_target(0.05)
    found = (await abstaining(room).all())[room.model.id]
    assert found.threshold.below == pytest.approx(0.601)
    assert (found.basis, found.threshold.groups) == (Basis.VALIDATION, 40)
    assert found.sentence.startswith("by the validation groups of the bundle: of a new group's")


async def test_only_what_lies_below_is_offered_and_counted_if_one_wants(room: Room) -> None:
    said = await coded(room, 0.95, 0.5, 0.601, 0.6)
    await abstaining(room).set_target(0.05)
    waiting = await abstaining(room).waiting(room.session)
    assert waiting is not None
    assert (waiting.waiting, waiting.target) == (2, 0.05)
    ann = await room.person("ann")
    assert await rows(room, ann, Order.BELOW) == [said[1].id, said[3].id]
    after = await abstaining(room).waiting(room.session)
    assert after is not None
    assert after.waiting == 0
    assert await rows(room, ann, Order.UNCERTAIN) == [said[2].id, said[0].id]


async def test_the_audit_goes_on_above_the_threshold(room: Room) -> None:
    said = await coded(room, 0.95, 0.5)
    await abstaining(room).set_target(0.05)
    await room.assigning.set_audit_share(1.0)
    assert sorted(await rows(room, await room.person("ann"), Order.BELOW)) == [s.id for s in said]


async def test_what_no_model_or_an_unknown_one_coded_goes_to_people(room: Room) -> None:
    await abstaining(room).set_target(0.05)
    said = await room.say(3)
    await room.model_codes(said[0], 0.99)
    room.model = await room.store.studies.model(
        room.study.id, NewBundle("b" * 64, "old", "thread", BOOK, {})
    )
    await room.model_codes(said[1], 0.99)
    found = (await abstaining(room).all())[room.model.id]
    assert (found.basis, found.threshold.below) == (Basis.NOTHING, EVERYTHING)
    assert await rows(room, await room.person("ann"), Order.BELOW) == [said[1].id, said[2].id]


async def test_a_target_that_changes_is_taken_over_at_once_and_can_be_taken_away(
    room: Room,
) -> None:
    said = await coded(room, 0.95, 0.5)
    ann = await room.person("ann")
    await abstaining(room).set_target(0.05)
    first = await room.queue.next(ann, Order.BELOW)
    assert first is not None
    assert first.stored.id == said[1].id
    await room.queue.code(first.stored.id, ann, "B")
    assert await room.queue.next(ann, Order.BELOW) is None
    await abstaining(room).set_target(None)
    assert await rows(room, ann, Order.BELOW) == [said[0].id]


async def test_a_thought_in_several_messages_goes_if_one_of_them_does(room: Room) -> None:
    said = await coded(room, 0.95, 0.5, 0.95)
    await abstaining(room).set_target(0.05)
    ann = await room.person("ann")
    await room.store.unit_links.add(said[1].id, said[0].id, ann.id, joined=True)
    items = await room.offered(await room.person("bob"), Order.BELOW)
    assert [len(item.unit) for item in items] == [2]


@pytest.mark.parametrize("target", [-0.1, 0.51, float("nan")])
async def test_what_is_no_target_error_is_refused(room: Room, target: float) -> None:
    with pytest.raises(InputError, match="target error of"):
        await abstaining(room).set_target(target)
    assert await abstaining(room).target() is None


async def test_the_audit_tells_what_model_and_people_gave_blind(room: Room) -> None:
    await room.assigning.set_audit_share(1.0)
    said = await coded(room, 0.95, 0.5)
    ann = await room.person("ann")
    await room.queue.code(said[0].id, ann, "A")
    await room.queue.code(said[1].id, ann, "B")
    await room.queue.code(said[1].id, await room.person("bob"), "A")  # the first counts
    found = await room.store.audit_slice.of(room.study.id, room.model.id)
    assert found == (Audited("t1", "A", 0.95, "A"), Audited("t1", "A", 0.5, "B"))
    await room.queue.undo(ann)
    found = await room.store.audit_slice.of(room.study.id, room.model.id)
    assert found == (Audited("t1", "A", 0.95, "A"), Audited("t1", "A", 0.5, "A"))


async def test_what_was_not_audited_or_seen_first_is_no_judge(room: Room) -> None:
    said = await coded(room, 0.95, 0.5)
    await room.queue.code(said[0].id, await room.person("ann"), "A")  # with the code in sight
    assert await room.store.audit_slice.of(room.study.id, room.model.id) == ()


async def test_a_group_that_may_have_taught_a_coder_does_not_judge_it(room: Room) -> None:
    await room.assigning.set_audit_share(1.0)
    first, second = await room.say(1, "t1"), await room.say(1, "t2")
    ann = await room.person("ann")
    await room.queue.code(first[0].id, ann, "A")  # before the coder came
    for stored in (*first, *second):
        await room.model_codes(stored, 0.9)
    await room.queue.code(second[0].id, ann, "A")
    found = await room.store.audit_slice.of(room.study.id, room.model.id)
    assert [a.thread_id for a in found] == ["t2"]


def test_enough_audited_groups_take_the_place_of_the_bundles_own() -> None:
    own = [Audited(f"t{n}", "A", 0.8, "B" if n < 1 else "A") for n in range(AUDIT_GROUPS)]
    assert abstention(tuple(own), HELD, 0.1).basis is Basis.AUDIT
    assert abstention(tuple(own[1:]), HELD, 0.1).basis is Basis.VALIDATION
    assert abstention(tuple(own[1:]), (), 0.1).basis is Basis.NOTHING
    # A target that needs more groups than the audit has is left to the bundle's.
    assert abstention(tuple(own), HELD, 0.03).basis is Basis.VALIDATION


async def test_the_study_looks_again_when_people_have_decided_more(room: Room) -> None:
    kept = abstaining(room)
    await kept.set_target(0.1)
    await room.assigning.set_audit_share(1.0)
    ann = await room.person("ann")
    for n in range(AUDIT_GROUPS):
        (stored,) = await room.say(1, f"t{n}")
        await room.model_codes(stored, 0.7)
        if n == 0:
            assert (await kept.all())[room.model.id].basis is Basis.VALIDATION
        await room.queue.code(stored.id, ann, "A")
    assert (await abstaining(room).all())[room.model.id].basis is Basis.AUDIT
    assert (await kept.all())[room.model.id].basis is Basis.AUDIT
