"""The review queue: nobody gets a message twice, sees a code too early, or loses their place."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from coding_room import Room
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.coding import Act, CoderKind, Seen
from bot.domain.errors import InputError
from bot.services.people.queue import Item, Order
from bot.storage.rows import Arrival, Coder, NewCoding, StoredMessage


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with Room.open(tmp_path) as opened:
        yield opened


def rows(items: list[Item]) -> list[int]:
    return [item.stored.id for item in items]


async def last_coding(room: Room, stored: StoredMessage):
    return (await room.store.codings.of_message(stored.id))[-1]


async def test_the_least_certain_comes_first_and_all_ends_coded(room: Room) -> None:
    said = await room.say(5)
    for stored, sure in zip(said, (0.5, 0.9, 0.3, 0.8), strict=False):
        await room.model_codes(stored, sure)
    ann = await room.person("ann")
    items = await room.offered(ann, Order.UNCERTAIN)
    assert rows(items) == [said[n].id for n in (2, 0, 3, 1, 4)]  # the last has no code yet
    assert [(i.done, i.left) for i in items] == [(n, 5 - n) for n in range(5)]


async def test_what_a_model_codes_later_takes_its_place_in_the_order(room: Room) -> None:
    said = await room.say(3)
    ann = await room.person("ann")
    order = []
    for n, sure in ((2, 0.7), (1, 0.6), (2, 0.9), (0, 0.1)):
        await room.model_codes(said[n], sure)
        await room.edit(said[0], f"words {n} {sure}")  # what was coded before is out of date
        item = await room.queue.next(ann, Order.UNCERTAIN)
        assert item is not None
        order.append(item.stored.message.sequence)
    assert order == [3, 2, 2, 2]


async def test_in_sequence_threads_come_one_after_the_other(room: Room) -> None:
    one, two = await room.say(3, "t1"), await room.say(3, "t2")
    ann = await room.person("ann")
    items = await room.offered(ann, Order.SEQUENTIAL)
    assert rows(items) == [s.id for s in (*one, *two)]
    assert [m.sequence for m in items[2].window.messages] == [1, 2]


async def test_a_coder_without_an_assignment_gets_what_nobody_settled(room: Room) -> None:
    said = await room.say(3)
    await room.model_codes(said[0], 0.9)
    ann, bob = await room.person("ann"), await room.person("bob")
    await room.review.decide(said[0], bob, "A")
    await room.review.decide(said[2], bob, "C")
    assert rows(await room.offered(ann, Order.SEQUENTIAL)) == [said[1].id]
    await room.review.undo(said[0], bob)
    assert rows(await room.offered(ann, Order.SEQUENTIAL)) == [said[0].id]


async def test_coders_assigned_the_same_share_code_the_same_messages(room: Room) -> None:
    await room.say(60)
    ann, bob = await room.person("ann"), await room.person("bob")
    await room.assigning.assign(ann, share=0.4)
    await room.assigning.assign(bob, share=0.2)
    by_ann = rows(await room.offered(ann, Order.UNCERTAIN))
    by_bob = rows(await room.offered(bob, Order.UNCERTAIN, "C"))
    assert set(by_bob) < set(by_ann)
    assert len(by_bob) > 2


async def test_a_group_or_a_session_can_be_assigned(room: Room) -> None:
    await room.say(2, "t1")
    two = await room.say(2, "t2")
    room.session = await room.ingest.start_session("tuesday")
    three = await room.say(2, "t3")
    ann, bob = await room.person("ann"), await room.person("bob")
    await room.assigning.assign(ann, threads=["t2"])
    await room.assigning.assign(bob, session="tuesday")
    assert rows(await room.offered(ann, Order.SEQUENTIAL)) == [s.id for s in two]
    assert rows(await room.offered(bob, Order.SEQUENTIAL)) == [s.id for s in three]


async def test_blind_means_no_code_before_ones_own_and_all_of_them_after(room: Room) -> None:
    (stored,) = await room.say(1)
    await room.model_codes(stored, 0.7, "A")
    ann, bob = await room.person("ann"), await room.person("bob")
    for coder in (ann, bob):
        await room.assigning.assign(coder)
    await room.queue.code(stored.id, bob, "C", "sarcasm")
    await room.review.note(stored, bob, "see the manual")
    item = await room.queue.next(ann, Order.UNCERTAIN)
    assert item is not None
    assert (item.blind, item.model, item.codings, item.own) == (True, None, (), None)
    looked = await room.review.look(stored, ann)
    assert (looked.hidden, looked.codings, looked.verified, looked.notes) == (True, (), None, ())
    decided = await room.queue.code(stored.id, ann, "A")
    assert (decided.act, decided.before) == (Act.CODED, None)
    after = await room.queue.item(stored.id, ann)
    assert after.model is not None
    assert [(c.coder, c.code) for c in after.codings] == [
        ("starter", "A"),
        ("bob", "C"),
        ("ann", "A"),
    ]
    looked = await room.review.look(stored, ann)
    assert (looked.hidden, len(looked.codings), len(looked.notes)) == (False, 3, 1)
    given_ = await room.store.codings.of_message(stored.id)
    assert [(c.seen, c.act) for c in given_[1:]] == [(Seen.NOTHING, Act.CODED)] * 2


async def test_the_audit_slice_is_blind_for_everybody(tmp_path: Path) -> None:
    async with Room.open(tmp_path, audit_share=0.5) as room:
        said = await room.say(20)
        for stored in said:
            await room.model_codes(stored, 0.6)
        sampling = await room.store.assignments.sampling(room.study.id)
        audited = {s.id for s in said if sampling.audited("t1", s.message.id)}
        items = await room.offered(await room.person("ann"), Order.UNCERTAIN)
        assert {i.stored.id for i in items if i.blind} == audited
        assert 0 < len(audited) < 20
        for item in items:
            assert (item.model is None) == item.blind
            coding = await last_coding(room, item.stored)
            expected = (Act.CODED, Seen.NOTHING) if item.blind else (Act.CORRECTED, Seen.CODES)
            assert (coding.act, coding.seen) == expected


async def test_who_was_shown_codes_does_not_code_blind_afterwards(room: Room) -> None:
    said = await room.say(3)
    for stored in said:
        await room.model_codes(stored, 0.6)
    ann = await room.person("ann")
    assert (await room.review.look(said[0], ann)).codings
    await room.review.look(said[0], ann)
    marks = await room.store.marks.of_message(said[0].id)
    assert [(m.coder, m.kind) for m in marks] == [("ann", "shown")]  # once
    await room.assigning.assign(ann)
    assert (await room.review.look(said[0], ann)).hidden
    await room.queue.code(said[0].id, ann, "B")
    await room.queue.code(said[1].id, ann, "B")
    await room.queue.undo(ann)
    await room.queue.code(said[1].id, ann, "C")  # taken back, and nothing was shown meanwhile
    await room.queue.code(said[2].id, ann, "B")
    assert (await room.review.look(said[2], ann)).codings
    await room.review.undo(said[2], ann)
    await room.queue.code(said[2].id, ann, "C")
    seen = [(await last_coding(room, s)).seen for s in said]
    assert seen == [Seen.CODES, Seen.NOTHING, Seen.CODES]


async def test_undo_shows_a_blind_message_without_codes_again(room: Room) -> None:
    said = await room.say(2)
    ann, bob = await room.person("ann"), await room.person("bob")
    for coder in (ann, bob):
        await room.assigning.assign(coder)
    await room.queue.code(said[0].id, bob, "C")
    await room.queue.code(said[0].id, ann, "B")
    undone = await room.review.undo(said[0], ann)
    assert (undone.hidden, undone.code, undone.before) == (True, "", None)
    assert (await last_coding(room, said[0])).act is Act.WITHDRAWN
    item = await room.queue.item(said[0].id, ann)
    assert (item.codings, item.own, item.left) == ((), None, 2)
    await room.queue.code(said[0].id, ann, "B")  # the same once more is not lost
    assert (await room.queue.item(said[0].id, ann)).own is not None


async def test_undo_goes_back_step_by_step_through_whatever_was_done(room: Room) -> None:
    said = await room.say(4)
    ann = await room.person("ann")
    await room.queue.code(said[0].id, ann, "A")
    await room.queue.unsure(said[1].id, ann)
    await room.queue.skip(said[2].id, ann)
    await room.review.decide(said[3], ann, "B")  # not through the queue
    back = []
    for _ in range(4):
        item = await room.queue.undo(ann)
        assert item is not None
        back.append((item.stored.id, item.own))
    assert back == [(s.id, None) for s in reversed(said)]
    with pytest.raises(InputError, match="nothing of yours is left to take back"):
        await room.queue.undo(ann)
    assert rows(await room.offered(ann, Order.SEQUENTIAL)) == [s.id for s in said]


async def test_undo_leaves_adjudications_and_deleted_messages_alone(room: Room) -> None:
    said = await room.say(3)
    ann = await room.person("ann")
    for stored in said:
        await room.queue.code(stored.id, ann, "A")
    await room.ingest.deleted("t1", said[2].message.id, said[2].message.sent_at)
    await adjudicate(room, said[1], ann, "D")
    item = await room.queue.undo(ann)
    assert item is not None
    assert item.stored.id == said[0].id


async def adjudicate(room: Room, stored: StoredMessage, coder: Coder, code: str) -> None:
    coding = NewCoding(
        stored.id,
        coder.id,
        room.study.codebook_id,
        code,
        room.store.connections.clock(),
        stored.message.revision,
        stored.context,
        act=Act.ADJUDICATED,
        note="as the manual says",
    )
    await room.store.codings.append([coding])


async def test_an_adjudicated_code_goes_on_counting_and_that_is_told(room: Room) -> None:
    (stored,) = await room.say(1)
    ann, bob = await room.person("ann"), await room.person("bob")
    await adjudicate(room, stored, bob, "D")
    decided = await room.review.decide(stored, ann, "A")
    assert (decided.code, decided.before, decided.adjudicated) == ("A", "D", "D")
    looked = await room.review.look(stored)
    assert looked.verified is not None
    assert (looked.verified.code, looked.verified.basis, looked.counts) == ("D", "adjudicated", "D")
    assert (await last_coding(room, stored)).code == "A"  # kept all the same


async def test_what_was_skipped_comes_last_and_in_turn(room: Room) -> None:
    said = await room.say(3)
    ann = await room.person("ann")
    came = []
    for _ in range(5):
        item = await room.queue.next(ann, Order.SEQUENTIAL)
        assert item is not None
        came.append(item.stored.id)
        await asyncio.gather(*(room.queue.skip(item.stored.id, ann) for _ in range(2)))
    one, two, three = (s.id for s in said)
    assert came == [one, two, three, one, two]


async def test_what_one_is_unsure_of_is_done_with_until_it_reads_otherwise(room: Room) -> None:
    said = await room.say(2)
    ann = await room.person("ann")
    await room.queue.unsure(said[0].id, ann)
    await room.queue.unsure(said[0].id, ann)
    assert len(await room.store.marks.of_message(said[0].id)) == 1
    assert rows(await room.offered(ann, Order.SEQUENTIAL)) == [said[1].id]
    await room.edit(said[0], "other words")
    assert rows(await room.offered(ann, Order.SEQUENTIAL)) == [said[0].id]
    with pytest.raises(InputError, match="you have coded this message as 'B'; take your code"):
        await room.queue.unsure(said[0].id, ann)
    with pytest.raises(InputError, match="you have coded this message"):
        await room.queue.skip(said[1].id, ann)


async def test_an_edited_message_is_offered_again_and_hidden_again(room: Room) -> None:
    said = await room.say(2)
    ann = await room.person("ann")
    await room.assigning.assign(ann)
    await room.offered(ann, Order.SEQUENTIAL)
    await room.edit(said[0], "other words")
    await room.model_codes(said[0], 0.5)
    item = await room.queue.next(ann, Order.SEQUENTIAL)
    assert item is not None
    assert (item.stored.message.text, item.codings, item.own) == ("other words", (), None)


async def test_a_deleted_message_is_not_offered_and_nothing_is_done_to_it(room: Room) -> None:
    said = await room.say(2)
    ann = await room.person("ann")
    await room.ingest.deleted("t1", said[0].message.id, said[0].message.sent_at)
    assert rows(await room.offered(ann, Order.SEQUENTIAL)) == [said[1].id]
    for do in (room.queue.unsure, room.queue.skip, room.queue.flag):
        with pytest.raises(InputError, match="deleted by its author"):
            await do(said[0].id, ann)
    with pytest.raises(InputError, match="deleted by its author"):
        await room.queue.code(said[0].id, ann, "A")
    with pytest.raises(InputError, match="has no message number 999 any more"):
        await room.queue.item(999, ann)


async def test_of_joined_messages_the_last_is_offered_with_all_of_the_thought(room: Room) -> None:
    said = await room.say(4)
    ann, bob = await room.person("ann"), await room.person("bob")
    await room.store.unit_links.add(said[1].id, said[0].id, bob.id, joined=True)
    await room.store.unit_links.add(said[2].id, said[1].id, bob.id, joined=True)
    items = await room.offered(ann, Order.SEQUENTIAL)
    assert [[m.sequence for m in i.unit] for i in items] == [[1, 2, 3], [4]]
    assert (items[0].stored.id, items[0].left) == (said[2].id, 2)
    assert (await room.queue.item(said[0].id, ann)).stored.id == said[2].id
    await room.store.unit_links.add(said[1].id, said[0].id, bob.id, joined=False)
    assert rows(await room.offered(ann, Order.SEQUENTIAL)) == [said[0].id]


async def test_a_thought_is_blind_as_soon_as_one_of_its_messages_is(tmp_path: Path) -> None:
    async with Room.open(tmp_path, audit_share=0.3) as room:
        said = await room.say(20)
        ann, bob = await room.person("ann"), await room.person("bob")
        sampling = await room.store.assignments.sampling(room.study.id)
        audited = [sampling.audited("t1", s.message.id) for s in said]
        n = next(n for n in range(19) if not audited[n] and audited[n + 1])
        await room.model_codes(said[n], 0.6)
        assert (await room.review.look(said[n], ann)).codings
        await room.store.unit_links.add(said[n + 1].id, said[n].id, bob.id, joined=True)
        assert (await room.review.look(said[n], bob)).hidden
        await room.queue.code(said[n + 1].id, ann, "B")
        await room.queue.code(said[n + 1].id, bob, "B")
        given_ = await room.store.codings.of_message(said[n + 1].id)
        assert [c.seen for c in given_] == [Seen.CODES, Seen.NOTHING]  # ann was shown its half


async def test_what_others_are_to_code_is_not_settled_behind_their_backs(room: Room) -> None:
    said = await room.say(3)
    ann, bob, eve = [await room.person(name) for name in ("ann", "bob", "eve")]
    given_ = [await room.assigning.assign(coder) for coder in (ann, bob)]
    assert await room.offered(eve, Order.UNCERTAIN) == []
    await room.offered(ann, Order.SEQUENTIAL, "A")
    await room.offered(bob, Order.SEQUENTIAL, "B")
    assert await room.offered(eve, Order.UNCERTAIN) == []  # that is for adjudication
    for assigned in given_:
        await room.assigning.end(assigned.id)
    assert rows(await room.offered(eve, Order.SEQUENTIAL)) == [s.id for s in said]


async def test_a_thought_whose_end_was_deleted_is_coded_as_it_was(room: Room) -> None:
    said = await room.say(3)
    ann, bob = await room.person("ann"), await room.person("bob")
    await room.assigning.assign(ann)
    await room.store.unit_links.add(said[1].id, said[0].id, bob.id, joined=True)
    await room.offered(ann, Order.SEQUENTIAL)
    await room.ingest.deleted("t1", said[1].message.id, said[1].message.sent_at)
    assert await room.offered(ann, Order.SEQUENTIAL) == []
    assert [(p.coded, p.left) for p in await room.assigning.progress()] == [(2, 0)]


async def test_what_an_unassigned_coder_settled_comes_again_with_other_words(room: Room) -> None:
    said = await room.say(2)
    ann, bob = await room.person("ann"), await room.person("bob")
    await room.offered(ann, Order.SEQUENTIAL)
    await room.edit(said[0], "other words")
    assert rows(await room.offered(bob, Order.SEQUENTIAL)) == [said[0].id]
    assert await room.offered(ann, Order.SEQUENTIAL) == []


async def test_replies_and_flags_are_shown(room: Room) -> None:
    said = await room.say(1)
    again = Arrival("t1", "t1-2", 2, "P2", "no", None, reply_to=said[0].message.id)
    reply = (await room.ingest.receive(again)).stored
    ann, bob = await room.person("ann"), await room.person("bob")
    assert [await room.queue.flag(reply.id, ann) for _ in range(3)] == [True, False, True]
    item = await room.queue.item(reply.id, ann)
    assert (item.flagged, item.reply_to) == (True, said[0].message)
    assert not (await room.queue.item(reply.id, bob)).flagged


async def test_a_code_clicked_twice_is_one_and_no_review_of_itself(tmp_path: Path) -> None:
    async with Room.open(tmp_path, audit_share=1.0) as room:
        (stored,) = await room.say(1)
        await room.model_codes(stored, 0.5, "A")
        ann = await room.person("ann")
        await asyncio.gather(*(room.queue.code(stored.id, ann, "A") for _ in range(3)))
        await room.review.decide(stored, ann, "A")
        given_ = await room.store.codings.of_message(stored.id)
        assert [(c.coder, c.act) for c in given_] == [("starter", Act.CODED), ("ann", Act.CODED)]
        assert (await room.queue.item(stored.id, ann)).model is not None
        await room.queue.code(stored.id, ann, "B")
        changed = await last_coding(room, stored)
        assert (changed.act, changed.seen) == (Act.CORRECTED, Seen.CODES)


ACTS = st.sampled_from(
    ["code", "code", "code", "unsure", "skip", "undo", "edit", "model", "other", "join", "restart"]
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(ACTS, st.integers(0, 7)), max_size=14), st.sampled_from(Order))
def test_no_message_twice_none_left_and_no_code_too_early(events, order) -> None:
    """Whatever happens in whatever order, a restart included."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_play(Path(folder), events, order))


async def _play(folder: Path, events, order: Order) -> None:
    async with Room.open(folder, audit_share=0.4) as room:
        said = await room.say(8)
        ann = await room.person("ann")
        await room.assigning.assign(ann)
        done: set[int] = set()
        for what, n in events:
            item = await _checked(room, ann, order, done)
            if what == "restart":
                room.seat()
                assert await room.queue.next(ann, order) == item
            elif what == "undo":
                with suppress(InputError):  # nothing was done yet
                    back = await room.queue.undo(ann)
                    done.discard(back.stored.id if back is not None else 0)
            elif what in ("code", "unsure", "skip"):
                if item is not None:
                    await _work(room, ann, what, item)
                    done |= {item.stored.id} - ({item.stored.id} if what == "skip" else set())
            else:
                await _happen(room, what, said, n)
                # What reads otherwise, or is another unit, is to be coded again.
                done -= {said[n].id} if what == "edit" else done if what == "join" else set()
        while (item := await _checked(room, ann, order, done)) is not None:
            await room.queue.code(item.stored.id, ann, "B")
            done.add(item.stored.id)
        (progress,) = [p for p in await room.assigning.progress() if p.coder == "ann"]
        assert (progress.left, progress.assigned) == (0, progress.coded + progress.unsure)


async def _work(room: Room, coder: Coder, what: str, item: Item) -> None:
    if what == "code":
        await room.queue.code(item.stored.id, coder, "B")
    elif what == "unsure":
        await room.queue.unsure(item.stored.id, coder)
    else:
        await room.queue.skip(item.stored.id, coder)


async def _happen(room: Room, what: str, said: list[StoredMessage], n: int) -> None:
    stored = await room.store.queue.message(room.study.id, said[n].id)
    assert stored is not None
    bob = await room.person("bob")
    if what == "model":
        await room.model_codes(stored, n / 8)
    elif what == "other":
        await room.queue.code(stored.id, bob, "C")
    elif what == "edit":
        await room.edit(stored, f"{stored.message.text} and more")
    elif what == "join" and n:
        joined = n % 2 == 0
        await room.store.unit_links.add(stored.id, said[n - 1].id, bob.id, joined=joined)


async def _checked(room: Room, coder: Coder, order: Order, done: set[int]) -> Item | None:
    """Return the next item, having looked at it as the coder and through other doors."""
    item = await room.queue.next(coder, order)
    assert await room.queue.next(coder, order) == item
    if item is None:
        return None
    assert item.stored.id not in done
    assert item.own is None
    assert (item.blind, item.model, item.codings) == (True, None, ())
    looked = await room.review.look(item.stored, coder)
    assert (looked.codings, looked.verified) == ((), None)
    assert not any(
        m.kind == "shown" and m.coder == coder.name
        for m in await room.store.marks.of_message(item.stored.id)
    )
    people = [
        c
        for c in await room.store.codings.of_message(item.stored.id)
        if c.kind is CoderKind.HUMAN and c.coder == coder.name and c.act is not Act.WITHDRAWN
    ]
    assert all(c.seen is not None for c in people)
    return item
