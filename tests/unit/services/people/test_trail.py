"""The audit trail: who decided what, when, having seen what, and why the verified code counts."""

from __future__ import annotations

import json

import pytest
from group import assigns, gives, joins, marks, person, said
from table import START, WINDOW, Table

from bot.domain.coding import Act, Basis, Seen
from bot.services.people.adjudication import Adjudication
from bot.services.people.review import Review
from bot.services.people.trail import Saw, Trail, trail
from bot.services.people.unitising import Unitising
from bot.storage.marks import standing_marks
from bot.storage.rows import StoredMessage


async def read(table: Table, stored: StoredMessage) -> Trail:
    found = await trail(table.store, table.study, stored)
    assert [e.at for e in found.events] == sorted(e.at for e in found.events)
    assert found.to_dict() == json.loads(json.dumps(found.to_dict(), allow_nan=False))
    return found


def told(found: Trail, *what: str) -> list[tuple[str, str | None, str | None]]:
    return [(e.what, e.who, e.code) for e in found.events if not what or e.what in what]


async def test_everything_is_told_in_the_order_of_time(table: Table) -> None:
    _, message, *_ = await said(table)
    await table.live.start([message.session_id])
    await table.live.drain()
    review = Review(table.store, table.study, WINDOW)
    await assigns(table, "C1", "C2")
    await gives(table, "C1", message, "A", note="a guess")
    await gives(table, "C2", message, "B", seen=Seen.CODES)
    await gives(table, "C4", message, "C", seen=None)
    await marks(table, "C2", message, "edge_case")
    await review.note(message, await person(table, "C2"), "see rule 4")
    await Adjudication(table.store, table.study, WINDOW).decide(
        message.id, await person(table, "C3"), "D", "rule 4 says so"
    )
    found = await read(table, message)
    (model,) = (e for e in found.events if e.bundle is not None)
    assert told(found) == [
        ("received", "Q", None),
        ("coded", table.coder.name, model.code),
        ("assigned", "C1", None),
        ("assigned", "C2", None),
        ("coded", "C1", "A"),
        ("coded", "C2", "B"),
        ("coded", "C4", "C"),
        ("edge_case", "C2", None),
        ("noted", "C2", None),
        ("adjudicated", "C3", "D"),
    ]
    assert (model.bundle, model.fingerprint) == (table.coder.name, table.coder.fingerprint)
    assert (model.window_size, model.cut, model.saw) == (1, False, None)
    assert model.confidence is not None
    assert (model.codebook, model.codebook_hash) == ("book 1", table.study.codebook.hash)
    people = {e.who: e for e in found.events if e.what in ("coded", "adjudicated")}
    assert [people[f"C{n}"].saw for n in (1, 2, 4, 3)] == [
        Saw.NOTHING,
        Saw.CODES,
        Saw.UNKNOWN,
        Saw.CODES,
    ]
    assert (people["C1"].note, people["C3"].note) == ("a guess", "rule 4 says so")
    assert found.assigned == ("C1", "C2")
    assert found.verified is not None
    assert (found.verified.code, found.verified.basis) == ("D", Basis.ADJUDICATED)
    assert found.rule == "adjudicated by C3: rule 4 says so"


async def test_what_was_taken_back_no_longer_stands(table: Table) -> None:
    message, *_ = await said(table)
    review = Review(table.store, table.study, WINDOW)
    ann = await person(table, "C1")
    await gives(table, "C1", message, "A")
    await gives(table, "C1", message, "B", Act.CORRECTED)
    await review.undo(message, ann)
    await marks(table, "C1", message, "unsure")
    (mark,) = standing_marks(await table.store.marks.of_message(message.id))
    await marks(table, "C1", message, "undone", mark.id)
    found = await read(table, message)
    assert [(e.what, e.code, e.stands) for e in found.events[1:]] == [
        ("coded", "A", True),
        ("corrected", "B", False),
        ("withdrawn", "A", None),
        ("unsure", None, False),
        ("undone", None, None),
    ]
    assert found.rule == "coded by C1 alone"


async def test_edits_and_deletions_with_their_words(table: Table) -> None:
    message, *_ = await said(table)
    now = table.store.connections.clock
    await table.ingest.edited("t1", message.message.id, "other words", now())
    await table.ingest.deleted("t1", message.message.id, now())
    found = await read(table, message)
    assert [(e.what, e.before, e.after, e.revision) for e in found.events[1:]] == [
        ("edited", "point 0", "other words", 2),
        ("deleted", "other words", None, 2),
    ]
    assert found.rule == "nobody has coded it"


async def test_why_there_is_no_verified_code(table: Table) -> None:
    message, *_ = await said(table)
    await assigns(table, "C1", "C2")
    await gives(table, "C1", message, "A")
    found = await read(table, message)
    assert (found.verified, found.rule) == (None, "C2 has not coded it yet")
    await gives(table, "C2", message, "B")
    assert (await read(table, message)).rule == "C1 says A, C2 says B"
    await gives(table, "C2", message, "A")
    assert (await read(table, message)).rule == "agreed by C1 and C2"


async def test_an_assignment_that_does_not_cover_it_is_no_part_of_it(table: Table) -> None:
    message, *_ = await said(table)
    await assigns(table, "C1", blind=False)
    (row,) = await table.store.assignments.all(table.study.id)
    await table.store.assignments.end(row.id)
    found = await read(table, message)
    assert [(e.what, e.who, e.blind) for e in found.events[1:]] == [
        ("assigned", "C1", False),
        ("assignment_ended", "C1", None),
    ]
    assert found.assigned == ()


async def test_of_a_joined_thought_the_other_messages_codings_are_told_too(table: Table) -> None:
    one, two, three = await said(table, ["I think", "and so", "yes"], speakers="PPP")
    unitising = Unitising(table.store, table.study, WINDOW)
    ann, bob = await person(table, "C1"), await person(table, "C2")
    await gives(table, "C2", one, "A")
    await unitising.decide(two.id, one.id, ann, joined=True)
    await unitising.decide(three.id, two.id, ann, joined=False)
    await unitising.decide(two.id, one.id, bob, joined=True)
    await unitising.undo(bob)
    found = await read(table, two)
    assert found.unit == (one.message.id, two.message.id)
    assert [(e.what, e.who, e.message_id, e.stands) for e in found.events[1:]] == [
        ("coded", "C2", one.message.id, True),
        ("joined", "C1", two.message.id, True),
        ("separated", "C1", three.message.id, True),
        ("joined", "C2", two.message.id, False),
        ("taken_back", "C2", two.message.id, None),
    ]
    assert found.rule == "coded by C2 alone"


async def test_of_another_study_there_is_nothing(table: Table) -> None:
    message, *_ = await said(table)
    await joins(table, "C1", message)
    other = await table.store.studies.open("other", table.study.codebook)
    with pytest.raises(LookupError, match="is not in study 'other'"):
        await trail(table.store, other, message)
    assert (await read(table, message)).events[0].at > START


async def test_both_messages_that_somebody_joined_have_a_trail(table: Table) -> None:
    one, _, two, _ = await said(table)
    await joins(table, "C1", one, two)
    handled = await table.store.trails.handled(table.study.id)
    assert [s.id for s in handled] == [one.id, two.id]
