"""Adjudication: what people differ on is found, decided with a reason, and nobody is unblinded."""

from __future__ import annotations

import asyncio
import random
import threading

import pytest
from group import assigns, gives, joins, marks, person, said
from table import START, WINDOW, Table

from bot.domain.coding import Act, Basis, Coding, Seen, standing
from bot.domain.errors import InputError
from bot.domain.settling import to_adjudicate
from bot.domain.units import members
from bot.services.ingest import Arrival
from bot.services.people import adjudication
from bot.services.people.adjudication import Adjudication, Case, Left
from bot.services.people.open_cases import is_case
from bot.services.people.review import Review
from bot.storage import disagreements
from bot.storage.marks import standing_marks
from bot.storage.rows import StoredMessage


def desk(table: Table) -> Adjudication:
    return Adjudication(table.store, table.study, WINDOW)


async def first(table: Table) -> Case:
    found = await desk(table).next()
    assert found is not None
    return found


async def rows(table: Table, coder=None) -> list[int]:
    """Return the rows of all cases, as somebody who skips each goes through them."""
    found: list[int] = []
    while (case := await desk(table).next(found[-1] if found else None, coder=coder)) is not None:
        found.append(case.stored.id)
    return found


async def test_people_who_differ_are_a_case_with_everything_that_was_said(table: Table) -> None:
    _, _, third, fourth = await said(table)
    await table.live.start([third.session_id])
    await table.live.drain()
    await gives(table, "C1", fourth, "A", note="a guess")
    await gives(table, "C2", fourth, "B")
    await gives(table, "C1", third, "A")
    await gives(table, "C2", third, "A")
    await table.store.notes.add(fourth.id, (await person(table, "C3")).id, "see rule 4")
    await marks(table, "C1", fourth, "edge_case")
    case = await first(table)
    assert case.stored.id == fourth.id
    assert [m.text for m in case.window.messages] == ["point 0", "point 1", "point 2"]
    model, one, two = case.codings
    assert (model.coder, model.confidence is not None) == (table.coder.name, True)
    assert [(c.coder, c.code, c.note) for c in (one, two)] == [
        ("C1", "A", "a guess"),
        ("C2", "B", None),
    ]
    assert [n.text for n in case.notes] == ["see rule 4"]
    assert [m.kind for m in case.marks] == ["edge_case"]
    assert (case.verified, case.why, case.left) == (None, "C1 says A, C2 says B", 1)


async def test_what_waits_for_a_coder_is_told_with_their_name(table: Table) -> None:
    differ, agree, open_, alone = await said(table)
    for each, code in ((differ, "B"), (agree, "A"), (open_, "B")):
        await gives(table, "C1", each, "A")
        await gives(table, "C2", each, code)
    await gives(table, "C1", alone, "A")
    assert await desk(table).left() == Left(2, 0, ())
    for name in ("C1", "C2", "C4"):
        await assigns(table, name)
    assert await desk(table).next() is None
    assert await desk(table).left() == Left(0, 2, ("C4",))
    await gives(table, "C4", open_, "A")
    assert await desk(table).left() == Left(1, 1, ("C4",))


async def test_a_decision_with_its_reason_counts_and_the_case_is_closed(table: Table) -> None:
    message, other, *_ = await said(table)
    for each in (message, other):
        await gives(table, "C1", each, "A")
        await gives(table, "C2", each, "B")
    judge = await person(table, "C3")
    assert (await first(table)).left == 2
    decided = await desk(table).decide(message.id, judge, " C ", " rule 4 \x00")
    assert (decided.code, decided.act, decided.before) == ("C", Act.ADJUDICATED, None)
    coding = (await table.store.codings.of_message(message.id))[-1]
    assert (coding.act, coding.coder, coding.note) == (Act.ADJUDICATED, "C3", "rule 4 \ufffd")
    assert (coding.seen, coding.window_size) == (Seen.CODES, 0)
    assert await rows(table) == [other.id]
    closed = await desk(table).case(message.id)
    assert closed.verified is not None
    assert (closed.verified.code, closed.verified.basis) == ("C", Basis.ADJUDICATED)
    assert (closed.why, closed.left) == ("adjudicated by C3: rule 4 \ufffd", 1)


async def test_without_reason_or_with_an_unknown_code_or_deleted_nothing_is_written(
    table: Table,
) -> None:
    message, *_ = await said(table)
    await gives(table, "C1", message, "A")
    await gives(table, "C2", message, "B")
    judge = await person(table, "C3")
    with pytest.raises(InputError, match="needs its reason; say in a sentence"):
        await desk(table).decide(message.id, judge, "A", " ")
    with pytest.raises(InputError, match="code 'Z' is not in codebook 'book'"):
        await desk(table).decide(message.id, judge, "Z", "because")
    with pytest.raises(InputError, match="is not stored in this study"):
        await desk(table).decide(999, judge, "A", "because")
    await table.ingest.deleted("t1", message.message.id, START)
    with pytest.raises(InputError, match="was deleted by its author"):
        await desk(table).decide(message.id, judge, "A", "because")
    assert len(await table.store.codings.of_message(message.id)) == 2
    assert await rows(table) == []


async def test_the_same_decision_sent_twice_is_one_and_another_replaces_it(table: Table) -> None:
    message, *_ = await said(table)
    await gives(table, "C1", message, "A")
    await gives(table, "C2", message, "B")
    ann, bob = await person(table, "C3"), await person(table, "C4")
    adjudication = desk(table)
    await asyncio.gather(*(adjudication.decide(message.id, ann, "A", "why") for _ in range(2)))
    assert len(await table.store.codings.of_message(message.id)) == 3
    decided = await adjudication.decide(message.id, bob, "B", "better")
    assert decided.before == "A"
    case = await adjudication.case(message.id)
    assert case.verified is not None
    assert (case.verified.code, case.verified.coders) == ("B", ("C4",))
    await adjudication.decide(message.id, ann, "A", "why")  # no repetition of the last any more
    assert (await adjudication.case(message.id)).why == "adjudicated by C3: why"


async def test_two_who_adjudicate_at_once_are_both_kept(table: Table) -> None:
    message, *_ = await said(table)
    await gives(table, "C1", message, "A")
    await gives(table, "C2", message, "B")
    ann, bob = await person(table, "C3"), await person(table, "C4")
    adjudication = desk(table)
    await asyncio.gather(
        adjudication.decide(message.id, ann, "C", "one"),
        adjudication.decide(message.id, bob, "D", "two"),
    )
    case = await adjudication.case(message.id)
    both = [(c.coder, c.code) for c in case.codings if c.act is Act.ADJUDICATED]
    assert sorted(both) == [("C3", "C"), ("C4", "D")]
    assert case.verified is not None
    assert (case.verified.coders[0], case.verified.code) == both[-1]


async def test_two_who_correct_at_once_and_a_correction_while_it_is_coded_are_kept(
    table: Table,
) -> None:
    message, *_ = await said(table, ["point"])
    review = Review(table.store, table.study, WINDOW)
    ann, bob = await person(table, "C1"), await person(table, "C2")
    table.scorer.gate.clear()
    await table.live.start([message.session_id])
    await table.scorer.asked.wait()  # the model is at it
    await asyncio.gather(review.decide(message, ann, "C"), review.decide(message, bob, "D"))
    table.scorer.gate.set()
    await table.live.drain()
    case = await desk(table).case(message.id)
    people = [c for c in case.codings if c.coder != table.coder.name]
    assert sorted((c.coder, c.code) for c in people) == [("C1", "C"), ("C2", "D")]
    assert len(case.codings) == 3
    assert case.verified is not None
    assert (case.verified.basis, case.verified.code) == (Basis.REVIEWED, people[-1].code)
    assert await rows(table) == [], "a correction settles it"


async def test_nobodys_blindness_is_broken(table: Table) -> None:
    message, *_ = await said(table)
    await assigns(table, "C1", "C2", "C3")
    await gives(table, "C1", message, "A")
    await gives(table, "C2", message, "B")
    outsider, c3 = await person(table, "C9"), await person(table, "C3")
    adjudication = desk(table)
    assert await adjudication.next(coder=outsider) is None
    for coder in (None, outsider):
        with pytest.raises(InputError, match="C3 has still to code this message without seeing"):
            await adjudication.case(message.id, coder)
    for attempt in (
        adjudication.case(message.id, c3),
        adjudication.decide(message.id, c3, "A", "because"),
    ):
        with pytest.raises(InputError, match="you are to code this message without seeing"):
            await attempt
    with pytest.raises(InputError, match="adjudicate it afterwards"):
        await adjudication.decide(message.id, outsider, "A", "because")
    await marks(table, "C3", message, "unsure")
    assert (await first(table)).why == "C1 says A, C2 says B, C3 is unsure"
    assert await rows(table, c3) == [], "who is unsure has not coded it"
    assert await rows(table, outsider) == [message.id]
    await gives(table, "C3", message, "C")
    assert (await first(table)).why == "C1 says A, C2 says B, C3 says C"
    assert await rows(table, c3) == [message.id]


async def test_who_is_to_code_it_again_after_an_edit_stays_blind(table: Table) -> None:
    message, *_ = await said(table)
    await assigns(table, "C1", "C2")
    await gives(table, "C1", message, "A")
    await gives(table, "C2", message, "B")
    await table.ingest.edited("t1", message.message.id, "other words", START)
    assert await rows(table) == []
    with pytest.raises(InputError, match="C1 and C2 have still to code"):
        await desk(table).case(message.id)


async def test_what_is_shown_to_a_coder_is_noted_once(table: Table) -> None:
    message, *_ = await said(table)
    await gives(table, "C1", message, "A")
    await gives(table, "C2", message, "B")
    judge = await person(table, "C3")
    await desk(table).next(coder=judge)
    await desk(table).case(message.id, judge)
    shown = await table.store.marks.of_message(message.id)
    assert [(m.coder, m.kind) for m in shown] == [("C3", "shown")]


async def test_unsure_counts_until_it_is_taken_back_or_a_code_is_given(table: Table) -> None:
    one, two, *_ = await said(table)
    await marks(table, "C1", one, "unsure")
    await marks(table, "C1", two, "unsure")
    assert await rows(table) == [one.id, two.id]
    await gives(table, "C1", one, "A")
    (mark,) = standing_marks(await table.store.marks.of_message(two.id))
    await marks(table, "C1", two, "undone", mark.id)
    assert await rows(table) == []
    await Review(table.store, table.study, WINDOW).undo(one, await person(table, "C1"))
    assert await rows(table) == [one.id], "the code was taken back: the doubt stands again"


async def test_a_withdrawn_adjudication_opens_the_case_again(table: Table) -> None:
    message, *_ = await said(table)
    await gives(table, "C1", message, "A")
    await gives(table, "C2", message, "B")
    judge = await person(table, "C3")
    await desk(table).decide(message.id, judge, "C", "why")
    assert await rows(table) == []
    await Review(table.store, table.study, WINDOW).undo(message, judge)
    assert await rows(table) == [message.id]


async def test_cases_come_in_the_order_of_arrival_and_go_on_after_skipped_ones(
    table: Table,
) -> None:
    group = await said(table)
    other = await said(table, thread="t2")
    for message in (other[1], group[2], group[0]):
        await gives(table, "C1", message, "A")
        await gives(table, "C2", message, "B")
    assert await rows(table) == [group[0].id, group[2].id, other[1].id]
    assert (await first(table)).left == 3


async def test_a_joined_thought_is_one_case_by_its_last_message(table: Table) -> None:
    one, two, three = await said(table, ["I think", "and so", "yes"], speakers="PPQ")
    await gives(table, "C1", one, "A")
    await gives(table, "C2", two, "B")
    assert await rows(table) == []
    await joins(table, "C1", one, two)
    case = await first(table)
    assert (case.stored.id, case.why, case.left) == (two.id, "C1 says A, C2 says B", 1)
    assert [m.text for m in case.unit] == ["I think", "and so"]
    assert [c.code for c in case.codings] == ["A", "B"]
    judge = await person(table, "C3")
    await desk(table).decide(one.id, judge, "C", "one thought")
    assert [c.code for c in await table.store.codings.of_message(two.id)] == ["B", "C"]
    async for coded in table.store.transcripts.stream(table.study.id):
        unit = coded.unit_of(two.message.id)
        found = coded.verified_unit(unit)
        assert found is not None
        assert (unit, found.code, found.basis) == (one.message.id, "C", Basis.ADJUDICATED)
    await gives(table, "C1", three, "A")
    await gives(table, "C2", three, "B")
    assert await rows(table) == [three.id]
    await table.ingest.deleted("t1", three.message.id, START)
    assert await rows(table) == []


async def test_of_a_thought_whose_end_was_deleted_the_rest_is_the_case(table: Table) -> None:
    one, two, _ = await said(table, ["I think", "and so", "yes"], speakers="PPQ")
    await joins(table, "C1", one, two)
    await gives(table, "C1", one, "A")
    await gives(table, "C2", two, "B")
    await table.ingest.deleted("t1", two.message.id, START)
    assert await rows(table) == [one.id]


async def test_another_studys_cases_are_not_ours(table: Table) -> None:
    message, *_ = await said(table)
    await gives(table, "C1", message, "A")
    await gives(table, "C2", message, "B")
    other = await table.store.studies.open("other", table.study.codebook)
    elsewhere = Adjudication(table.store, other, WINDOW)
    assert await elsewhere.next() is None
    with pytest.raises(InputError, match="is not stored in this study"):
        await elsewhere.case(message.id)


async def test_the_message_that_it_replies_to_is_given(table: Table) -> None:
    one, *_ = await said(table, ["I think"])
    arrival = Arrival("t1", "reply", 90, "Q", "no", START, reply_to=one.message.id)
    reply = (await table.ingest.receive(arrival)).stored
    await gives(table, "C1", reply, "A")
    await gives(table, "C2", reply, "B")
    assert (await first(table)).reply_to == one.message


async def test_the_search_finds_what_the_rule_finds_reading_everything(table: Table) -> None:
    chance = random.Random(4)  # noqa: S311 - decisions, not secrets
    stored = [m for g in range(8) for m in await said(table, ["so", "and"] * 3, f"g{g}", "PPQ")]
    review = Review(table.store, table.study, WINDOW)
    for _ in range(160):
        message, name = chance.choice(stored), chance.choice(["C1", "C2", "C3"])
        what = chance.random()
        if what < 0.6:
            await gives(table, name, message, chance.choice("AB"))
        elif what < 0.7:
            await gives(table, name, message, "C", Act.CORRECTED)
        elif what < 0.8:
            await marks(table, name, message, "unsure")
        elif name in {c.coder for c in standing(await _given(table, message))}:
            await review.undo(message, await person(table, name))
    for group in range(0, 48, 12):
        await joins(table, "C1", stored[group], stored[group + 1])
    expected: set[str] = set()
    async for coded in table.store.transcripts.stream(table.study.id):
        for unit, ids in members(coded.units).items():
            codings = coded.of_unit(unit)
            last = {c.coder: c.at for c in standing(codings)}
            doubts = [m for i in ids for m in coded.marks.get(i, ()) if m.kind == "unsure"]
            unsure = {m.coder for m in doubts if last.get(m.coder, START) < m.at}
            if to_adjudicate(codings, None, unsure):
                expected.add(ids[-1])
    found = await table.store.disagreements.contested(table.study.id)
    cases = {u.row for u in found if is_case(u)}
    assert len(expected) >= 10
    assert {m.message.id for m in stored if m.id in cases} == expected


async def _given(table: Table, message: StoredMessage) -> tuple[Coding, ...]:
    return await table.store.codings.of_message(message.id)


async def test_the_live_bot_goes_on_while_cases_are_looked_for(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored, *_ = await said(table)
    await gives(table, "C1", stored, "A")
    await gives(table, "C2", stored, "B")
    where = set()

    def noted(rule):
        def asked(*given):
            where.add(threading.get_ident())
            return rule(*given)

        return asked

    monkeypatch.setattr(adjudication, "is_case", noted(is_case))
    monkeypatch.setattr(disagreements, "to_coding", noted(disagreements.to_coding))
    assert await desk(table).next(after=stored.id) is None
    assert where
    assert threading.get_ident() not in where
