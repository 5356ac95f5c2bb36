"""Assignments: who is to code what, how far they are, and what a person can get wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from coding_room import Room

from bot.domain.errors import InputError
from bot.services.people.assigning import CoderProgress
from bot.services.people.queue import Order


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with Room.open(tmp_path) as opened:
        yield opened


async def test_progress_counts_what_is_left_of_what_was_assigned(room: Room) -> None:
    said = await room.say(6)
    ann, bob = await room.person("ann"), await room.person("bob")
    cleo = await room.person("cleo")
    await room.assigning.assign(ann)
    await room.assigning.assign(bob)
    await room.store.unit_links.add(said[1].id, said[0].id, bob.id, joined=True)
    await room.queue.code(said[1].id, ann, "A")
    await room.queue.unsure(said[2].id, ann)
    await room.queue.skip(said[3].id, ann)
    await room.queue.code(said[4].id, cleo, "B")
    assert await room.assigning.progress() == (
        CoderProgress("ann", 5, 1, 1, 3),
        CoderProgress("bob", 5, 0, 0, 5),
        CoderProgress("cleo", 0, 1, 0, 0),
    )
    await room.edit(said[1], "other words")
    await room.ingest.deleted("t1", said[5].message.id, said[5].message.sent_at)
    assert (await room.assigning.progress())[0] == CoderProgress("ann", 4, 0, 1, 3)


async def test_an_assignment_that_ends_leaves_what_was_coded(room: Room) -> None:
    said = await room.say(3)
    ann = await room.person("ann")
    row = await room.assigning.assign(ann, threads=["t1"])
    assert await room.assigning.assign(ann, threads=("t1",)) == row  # once more is the same
    await room.queue.code(said[0].id, ann, "A")
    await room.assigning.end(row.id)
    (ended,) = await room.assigning.all()
    assert ended.ended_at is not None
    assert await room.assigning.progress() == (CoderProgress("ann", 0, 1, 0, 0),)
    assert len(await room.offered(ann, Order.SEQUENTIAL)) == 2  # as anybody without a task
    with pytest.raises(InputError, match=f"no assignment {row.id} is open; there are: none"):
        await room.assigning.end(row.id)


async def test_what_the_study_does_not_have_is_named_with_what_it_has(room: Room) -> None:
    await room.say(1)
    ann = await room.person("ann")
    assign = room.assigning.assign
    with pytest.raises(InputError, match=r"no session is called 'x'; it has 'monday'\."):
        await assign(ann, session="x")
    with pytest.raises(InputError, match=r"the study has no group 't9'; it has 't1'\."):
        await assign(ann, threads=["t1", "t9"])
    with pytest.raises(InputError, match="no group is named"):
        await assign(ann, threads=[])
    for share in (0, -0.5, 1.5, float("nan")):
        with pytest.raises(InputError, match="give more than 0, and 1"):
            await assign(ann, share=share)
    with pytest.raises(InputError, match="'starter' is a model, which codes by itself"):
        await assign(room.model)
    assert await room.assigning.all() == ()


async def test_the_audit_share_is_from_0_to_1_and_a_larger_slice_holds_the_smaller(
    room: Room,
) -> None:
    said = await room.say(40)

    async def audited() -> set[str]:
        sampling = await room.store.assignments.sampling(room.study.id)
        return {s.message.id for s in said if sampling.audited("t1", s.message.id)}

    slices = []
    for share in (0, 0.2, 0.6, 1):
        await room.assigning.set_audit_share(share)
        assert await room.assigning.audit_share() == share
        slices.append(await audited())
    assert slices[0] == set()
    assert slices[0] < slices[1] < slices[2] < slices[3]
    assert len(slices[3]) == 40
    for wrong in (-0.1, 1.01, 10, float("nan")):
        with pytest.raises(InputError, match="is no share of the messages; give a share from 0"):
            await room.assigning.set_audit_share(wrong)
    assert await room.assigning.audit_share() == 1
