"""Review: what people decide on counts, is appended, and can be taken back."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from group import joins
from group import said as talk
from table import ENCODER, LABELS, START, WINDOW, Table

from bot.domain.coding import Act, Basis, Seen, verified_code
from bot.domain.discussion import Scenario, Thread
from bot.domain.errors import InputError
from bot.domain.window import window
from bot.services.ingest import Account, Arrival
from bot.services.people.assigning import Assigning
from bot.services.people.queue import CodingQueue
from bot.services.people.review import Review
from bot.services.people.trail import trail
from bot.storage.rows import Coder, StoredMessage

CASE = Scenario("case", "Case", "Is it fair?")
THREAD = "100000000000000001"
FIRST = 200000000000000001


async def said(table: Table, count: int = 6, *, coded: bool = True) -> list[StoredMessage]:
    """Store `count` messages of one thread, and have them coded."""
    session = await table.ingest.start_session("monday")
    await table.ingest.start_discussion(session, Thread(THREAD, "Group 1"), CASE, 0)
    stored = [(await table.ingest.receive(arrival(n))).stored for n in range(count)]
    if coded:
        await table.live.start([session.id])
        await table.live.drain()
    return stored


def arrival(n: int) -> Arrival:
    who = Account("discord", f"90000000000000000{n % 3}")
    sent = START + timedelta(seconds=n)
    return Arrival(THREAD, str(FIRST + n), FIRST + n, who, f"point {n}", sent)


def review(table: Table) -> Review:
    return Review(table.store, table.study, WINDOW)


async def people(desk: Review, count: int = 2) -> list[Coder]:
    return [await desk.coder(Account("discord", str(n))) for n in range(count)]


async def model_code(table: Table, stored: StoredMessage) -> str:
    return [
        c.code
        for c in await table.store.codings.of_message(stored.id)
        if c.coder == table.coder.name
    ][-1]


def others(code: str) -> list[str]:
    return [label for label in LABELS if label != code]


async def verified(table: Table, stored: StoredMessage) -> str | None:
    return verified_code(await table.store.codings.of_message(stored.id))


@pytest.mark.parametrize(
    "named",
    [
        str(FIRST),
        f" {FIRST} ",
        f"https://discord.com/channels/5/{THREAD}/{FIRST}",
        f"<https://canary.discord.com/channels/5/{THREAD}/{FIRST}>",
        f"http://127.0.0.1:99/channels/5/{THREAD}/{FIRST}/",
        f"{THREAD}-{FIRST}",
    ],
)
async def test_a_message_is_found_by_id_and_link(table: Table, named: str) -> None:
    first, *_ = await said(table, 2, coded=False)
    assert await review(table).find(named) == first


async def test_a_message_that_is_not_there_is_named(table: Table) -> None:
    await said(table, 2, coded=False)
    desk = review(table)
    unknown = [(str(FIRST + 50), None), (str(FIRST), "7")]
    unknown.append((f"https://discord.com/channels/5/7/{FIRST}", THREAD))
    for message, thread in unknown:
        with pytest.raises(InputError, match="is stored in this study; give the link or id"):
            await desk.find(message, thread)
    for words in ("hello there", " ", "https://discord.com/channels"):
        with pytest.raises(InputError, match="is stored in this study; give the link or id"):
            await desk.find(words)


async def test_an_id_that_two_threads_have_needs_the_link(table: Table) -> None:
    await said(table, 1, coded=False)
    session = await table.ingest.start_session("monday")
    await table.ingest.start_discussion(session, Thread("t2", "Group 2"), CASE, 0)
    await table.ingest.receive(Arrival("t2", str(FIRST), 1, "P9", "hi", START))
    desk = review(table)
    with pytest.raises(InputError, match=r"2 threads .* give the message's link"):
        await desk.find(str(FIRST))
    assert (await desk.find(str(FIRST), "t2")).message.text == "hi"


async def test_what_is_shown_is_what_the_coder_saw(table: Table) -> None:
    stored = await said(table)
    looked = await review(table).look(stored[4])
    log = [s.message for s in stored]
    assert looked.window == window(log, CASE, stored[4].message, WINDOW)
    assert len(looked.window.messages) == WINDOW
    (coding,) = looked.codings
    assert coding.window_size == WINDOW
    # The very input that was scored.
    assert ENCODER.encode(looked.window) == table.scorer.seen[4]
    assert (looked.verified, looked.notes, looked.edits) == (None, (), ())


async def test_where_the_model_read_less_less_is_shown(table: Table) -> None:
    stored = await said(table)
    wide = Review(table.store, table.study, 5)  # as if the budget of tokens had cut it to 3
    looked = await wide.look(stored[5])
    assert [m.sequence for m in looked.window.messages] == [3, 4, 5]


async def test_looking_shows_edits_notes_and_everybodys_decisions(table: Table) -> None:
    stored = await said(table)
    desk = review(table)
    ann, bob = await people(desk)
    await desk.decide(stored[2], ann, others(await model_code(table, stored[2]))[0], "sarcasm")
    await desk.note(stored[2], bob, " look again ")
    await table.ingest.edited(THREAD, stored[2].message.id, "other words", START)
    await table.live.drain()
    await table.ingest.deleted(THREAD, stored[2].message.id, START)
    looked = await desk.look(stored[2])  # which still has the old words
    assert looked.stored.message.text == "other words"
    assert looked.stored.deleted_at == START
    assert [(e.kind, e.before, e.after, e.revision) for e in looked.edits] == [
        ("edited", "point 2", "other words", 2),
        ("deleted", "other words", None, 2),
    ]
    assert [(n.coder, n.text) for n in looked.notes] == [("C2", "look again")]
    acts = [(c.coder, str(c.act), c.revision) for c in looked.codings]
    name = table.coder.name
    assert acts == [(name, "coded", 1), ("C1", "corrected", 1), (name, "coded", 2)]
    assert looked.codings[1].note == "sarcasm"


async def test_another_code_corrects_and_the_models_own_confirms(table: Table) -> None:
    first, second, *_ = await said(table)
    desk = review(table)
    (ann,) = await people(desk, 1)
    model = await model_code(table, first)
    other = others(model)[0]
    decided = await desk.decide(first, ann, f" {other} ")
    assert (decided.code, decided.act, decided.before) == (other, Act.CORRECTED, model)
    back = await desk.decide(first, ann, model)
    assert (back.act, back.before) == (Act.CONFIRMED, other)
    assert await verified(table, first) == model
    assert await verified(table, second) is None


async def test_before_the_model_has_decided_a_code_is_a_correction(table: Table) -> None:
    first, *_ = await said(table, 1, coded=False)
    desk = review(table)
    (ann,) = await people(desk, 1)
    decided = await desk.decide(first, ann, "A")
    assert (decided.act, decided.before) == (Act.CORRECTED, None)
    await table.live.start([first.session_id])
    await table.live.drain()
    assert await verified(table, first) == "A"  # the model's code comes later and counts less


async def test_a_decision_is_on_the_message_as_it_stands(table: Table) -> None:
    first, *_ = await said(table)
    desk = review(table)
    (ann,) = await people(desk, 1)
    model = await model_code(table, first)
    table.scorer.gate.clear()
    table.scorer.asked.clear()
    await table.ingest.edited(THREAD, first.message.id, "other words", START)
    await table.scorer.asked.wait()  # the model is thinking about the new words
    decided = await desk.decide(first, ann, model)
    assert decided.stored.message.text == "other words"
    assert decided.act is Act.CORRECTED  # that code was for other words
    codings = await table.store.codings.of_message(first.id)
    assert codings[-1].revision == 2
    table.scorer.gate.set()
    await table.live.drain()


async def test_a_code_that_is_not_in_the_codebook_is_refused_with_near_ones(table: Table) -> None:
    first, *_ = await said(table)
    desk = review(table)
    (ann,) = await people(desk, 1)
    with pytest.raises(InputError, match=r"'a' is not in codebook 'book'; the nearest: 'A'"):
        await desk.decide(first, ann, "a")
    with pytest.raises(InputError, match=r"'xyz' .* it has A, B, C, D\."):
        await desk.decide(first, ann, "xyz")
    assert await verified(table, first) is None


async def test_a_deleted_message_is_not_decided_on(table: Table) -> None:
    first, *_ = await said(table)
    desk = review(table)
    (ann,) = await people(desk, 1)
    await desk.decide(first, ann, "A")
    await table.ingest.deleted(THREAD, first.message.id, START)
    before = await table.store.codings.of_message(first.id)
    with pytest.raises(InputError, match="deleted by its author"):
        await desk.decide(first, ann, "B")
    with pytest.raises(InputError, match="deleted by its author"):
        await desk.undo(first, ann)
    assert await table.store.codings.of_message(first.id) == before


async def test_the_same_decision_sent_twice_is_one(table: Table) -> None:
    first, *_ = await said(table)
    desk = review(table)
    ann, bob = await people(desk)
    other = others(await model_code(table, first))[0]
    await asyncio.gather(*(desk.decide(first, ann, other, "why") for _ in range(3)))
    assert len(await table.store.codings.of_message(first.id)) == 2
    await desk.decide(first, ann, other, "another reason")
    await desk.decide(first, bob, other)  # another person's word is one more
    assert len(await table.store.codings.of_message(first.id)) == 4


async def test_undo_gives_the_message_back_to_the_model(table: Table) -> None:
    first, *_ = await said(table)
    desk = review(table)
    (ann,) = await people(desk, 1)
    model = await model_code(table, first)
    other = others(model)[0]
    await desk.decide(first, ann, other)
    undone = await desk.undo(first, ann)
    assert (undone.code, undone.act, undone.before) == (model, Act.WITHDRAWN, other)
    assert await verified(table, first) is None
    given = (await table.store.codings.of_message(first.id))[1:]
    assert [(c.coder, c.act, c.code) for c in given] == [
        ("C1", Act.CORRECTED, other),
        ("C1", Act.WITHDRAWN, model),
    ]
    with pytest.raises(InputError, match="nothing to take back"):
        await desk.undo(first, ann)


async def test_undo_goes_back_one_decision_at_a_time(table: Table) -> None:
    first, *_ = await said(table)
    desk = review(table)
    (ann,) = await people(desk, 1)
    model = await model_code(table, first)
    one, two, three = others(model)
    for code in (one, two, three):
        await desk.decide(first, ann, code)
    assert [(await desk.undo(first, ann)).code for _ in range(2)] == [two, one]
    assert (await desk.decide(first, ann, three)).before == one
    codes = [await desk.undo(first, ann) for _ in range(2)]
    assert [d.code for d in codes] == [one, model]
    assert await verified(table, first) is None


async def test_undo_leaves_others_decisions_alone(table: Table) -> None:
    first, *_ = await said(table)
    desk = review(table)
    ann, bob = await people(desk)
    one, two, _ = others(await model_code(table, first))
    await desk.decide(first, ann, one)
    await desk.decide(first, bob, two)
    undone = await desk.undo(first, ann)
    assert (undone.code, undone.before) == (two, two)
    await desk.decide(first, ann, one)
    assert (await desk.undo(first, ann)).code == two
    with pytest.raises(InputError, match="nothing to take back"):
        await desk.undo(first, ann)
    assert await verified(table, first) == two
    await desk.undo(first, bob)
    assert await verified(table, first) is None


async def test_a_decision_taken_back_can_be_made_again(table: Table) -> None:
    first, *_ = await said(table)
    desk = review(table)
    (ann,) = await people(desk, 1)
    one, *_ = others(await model_code(table, first))
    for _ in range(2):
        await desk.decide(first, ann, one)
        await desk.undo(first, ann)
        assert await verified(table, first) is None
    await desk.decide(first, ann, one)
    await desk.decide(first, ann, one)  # once more is no more
    assert await verified(table, first) == one
    await desk.undo(first, ann)
    assert await verified(table, first) is None


async def test_undo_after_the_model_coded_anew_takes_its_new_code(table: Table) -> None:
    first, *_ = await said(table)
    desk = review(table)
    (ann,) = await people(desk, 1)
    before = await model_code(table, first)
    await desk.decide(first, ann, others(before)[0])
    words = 0
    while await model_code(table, first) == before:  # until it thinks otherwise
        words += 1
        await table.ingest.edited(THREAD, first.message.id, f"words {words}", START)
        await table.live.drain()
    undone = await desk.undo(first, ann)
    assert (undone.code, undone.act) == (await model_code(table, first), Act.WITHDRAWN)


async def test_undo_of_the_first_decision_leaves_no_code_at_all(table: Table) -> None:
    first, *_ = await said(table, 1, coded=False)
    desk = review(table)
    (ann,) = await people(desk, 1)
    await desk.decide(first, ann, "A")
    undone = await desk.undo(first, ann)
    assert (undone.code, undone.act, undone.before) == ("", Act.WITHDRAWN, "A")
    looked = await desk.look(first)
    assert (looked.verified, len(looked.codings)) == (None, 2)


async def test_nobody_undoes_what_they_have_not_done(table: Table) -> None:
    first, *_ = await said(table)
    desk = review(table)
    (ann,) = await people(desk, 1)
    with pytest.raises(InputError, match="no decision of yours"):
        await desk.undo(first, ann)


async def test_an_empty_note_is_refused_and_a_half_character_stored(table: Table) -> None:
    first, *_ = await said(table, 1, coded=False)
    desk = review(table)
    (ann,) = await people(desk, 1)
    with pytest.raises(InputError, match="the note is empty"):
        await desk.note(first, ann, " \n")
    await desk.note(first, ann, "half \ud83d")
    await desk.decide(first, ann, "A", "half \ud83d")
    looked = await desk.look(first)
    assert (looked.notes[0].text, looked.codings[0].note) == ("half \ufffd", "half \ufffd")


async def test_a_correction_while_the_model_codes_is_kept_beside_its_code(table: Table) -> None:
    first, *_ = await said(table, 1, coded=False)
    desk = review(table)
    (ann,) = await people(desk, 1)
    table.scorer.gate.clear()
    await table.live.start([first.session_id])
    await table.scorer.asked.wait()  # the window is read, and the model thinks about it
    decided = await desk.decide(first, ann, "B")
    assert (decided.act, decided.before) == (Act.CORRECTED, None)
    table.scorer.gate.set()
    await table.live.drain()
    given = await table.store.codings.of_message(first.id)
    assert [(c.coder, c.act) for c in given] == [
        ("C1", Act.CORRECTED),
        (table.coder.name, Act.CODED),
    ]
    looked = await desk.look(first)
    assert looked.verified is not None
    assert (looked.verified.code, looked.counts) == ("B", "B")


async def test_two_coders_who_correct_at_once_are_both_kept_and_the_last_counts(
    table: Table,
) -> None:
    first, *_ = await said(table)
    lock = asyncio.Lock()
    desk = Review(table.store, table.study, WINDOW, lock)
    queue = CodingQueue(table.store, table.study, WINDOW, lock)
    ann, bob = await people(desk)
    one, two, _ = others(await model_code(table, first))
    decided = await asyncio.gather(
        desk.decide(first, ann, one), queue.code(first.id, bob, two), desk.decide(first, ann, one)
    )
    given = [c for c in await table.store.codings.of_message(first.id) if c.act is Act.CORRECTED]
    assert {c.coder for c in given} == {"C1", "C2"}
    assert await verified(table, first) == given[-1].code
    # Each was told what counted just before: one after the other.
    assert decided[1].before in (one, await model_code(table, first))
    assert [d.before for d in decided].count(await model_code(table, first)) == 1


async def test_what_counts_is_what_the_assigned_coders_agree_on(table: Table) -> None:
    first, *_ = await said(table)
    desk = review(table)
    ann, bob = await people(desk)
    model = await model_code(table, first)
    one, two, _ = others(model)
    assigning = Assigning(table.store, table.study)
    for coder in (ann, bob):
        await assigning.assign(coder, blind=False)
    decided = await desk.decide(first, ann, one)
    assert (decided.act, decided.before) == (Act.CODED, model)
    looked = await desk.look(first)
    assert (looked.verified, looked.counts) == (None, model)  # bob has not coded it
    assert (await desk.decide(first, bob, one)).before == model
    looked = await desk.look(first)
    assert looked.verified is not None
    assert (looked.verified.basis, looked.verified.coders) == (Basis.AGREED, ("C1", "C2"))
    assert (await desk.decide(first, bob, two)).before == one
    assert (await desk.undo(first, bob)).code == one


async def test_of_a_joined_thought_the_code_of_all_of_it_counts(table: Table) -> None:
    one, _, two, *_ = await talk(table)
    desk = review(table)
    ann, bob = await people(desk)
    await joins(table, "eve", one, two)
    assigning = Assigning(table.store, table.study)
    for coder in (ann, bob):
        await assigning.assign(coder, blind=False)
        await desk.decide(two, coder, "A")
    looked = await desk.look(one)
    told = await trail(table.store, table.study, one)
    assert looked.verified == told.verified
    assert looked.counts == "A"
    undone = await desk.undo(two, bob)
    assert (undone.before, undone.code) == ("A", "")
    assert (await desk.decide(one, bob, "A")).before is None


async def test_a_withdrawal_tells_what_its_coder_had_been_shown(table: Table) -> None:
    first, *_ = await said(table)
    desk = review(table)
    ann, bob = await people(desk)
    await Assigning(table.store, table.study).assign(ann)
    for coder in (ann, bob):
        await desk.decide(first, coder, "A")
        await desk.undo(first, coder)
    given = await table.store.codings.of_message(first.id)
    undone = {c.coder: c.seen for c in given if c.act is Act.WITHDRAWN}
    assert undone == {ann.name: Seen.NOTHING, bob.name: Seen.CODES}
