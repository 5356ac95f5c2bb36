"""Unitising: proposals are confirmed or undone by each coder alone, and can be taken back."""

from __future__ import annotations

import asyncio

import pytest
from group import CASE, joins, person, said
from table import START, WINDOW, Table

from bot.domain.discussion import Thread
from bot.domain.errors import InputError
from bot.services.people.unitising import Proposal, Unitising
from bot.storage.rows import Coder, StoredMessage

SPLIT = [
    "I think because",
    "hm",
    "nobody else sells it",
    "yes.",
    "They will be angry",
    "no.",
    "and tell",
]


def desk(table: Table) -> Unitising:
    return Unitising(table.store, table.study, WINDOW)


def place(found: Proposal | None) -> tuple[str, str] | None:
    return None if found is None else (found.previous.message.text, found.message.message.text)


async def units(table: Table) -> dict[str, str]:
    """Return the unit of each message that is not alone, as exports have them."""
    found: dict[str, str] = {}
    async for coded in table.store.transcripts.stream(table.study.id):
        found |= {m: u for m, u in coded.units.items() if m != u}
    return found


async def decide(
    unitising: Unitising, coder: Coder, found: Proposal | None, *, joined: bool
) -> None:
    assert found is not None
    await unitising.decide(found.message.id, found.previous.id, coder, joined=joined)


async def test_each_coder_goes_through_the_proposals_without_seeing_others(table: Table) -> None:
    stored = await said(table, SPLIT)
    ann, bob = await person(table, "C1"), await person(table, "C2")
    unitising = desk(table)
    found = await unitising.next(ann)
    assert found is not None
    assert place(found) == (SPLIT[0], SPLIT[2])
    assert (found.left, found.decided_by, found.boundary.proposed) == (2, (), True)
    assert [m.text for m in found.window.messages] == SPLIT[:2]
    await decide(unitising, ann, found, joined=True)
    second = await unitising.next(ann)
    assert (place(second), second and second.left) == ((SPLIT[4], SPLIT[6]), 1)
    await decide(unitising, ann, second, joined=False)
    assert await unitising.next(ann) is None
    assert await units(table) == {stored[2].message.id: stored[0].message.id}
    again = await unitising.next(bob)
    assert again is not None
    assert (place(again), again.left) == ((SPLIT[0], SPLIT[2]), 2)
    assert again.decided_by == ("C1",), "that somebody decided, and not what"


async def test_what_is_skipped_waits(table: Table) -> None:
    stored = await said(table, SPLIT)
    await said(table, ["so", "and more"], thread="t2", speakers="P")
    ann = await person(table, "C1")
    unitising = desk(table)
    gone_through, after = [], None
    while (found := await unitising.next(ann, after)) is not None:
        assert found.left == 3
        gone_through.append(found.message.message.text)
        after = found.message.id
    assert gone_through == [SPLIT[2], SPLIT[6], "and more"]
    assert place(await unitising.next(ann, stored[1].id)) == (SPLIT[0], SPLIT[2])
    with pytest.raises(InputError, match="is not stored in this study"):
        await unitising.next(ann, 999)


async def test_the_latest_decision_counts_and_one_sent_twice_is_one(table: Table) -> None:
    stored = await said(table, SPLIT)
    ann, bob = await person(table, "C1"), await person(table, "C2")
    unitising = desk(table)
    found = await unitising.next(ann)
    await asyncio.gather(*(decide(unitising, ann, found, joined=True) for _ in range(3)))
    assert len(await table.store.unit_links.of_discussion(stored[0].discussion_id)) == 1
    await decide(unitising, bob, found, joined=False)
    assert await units(table) == {}
    await decide(unitising, ann, found, joined=True)  # ann's own last one already
    assert len(await table.store.unit_links.of_discussion(stored[0].discussion_id)) == 2


async def test_two_who_decide_at_once_are_both_kept(table: Table) -> None:
    stored = await said(table, SPLIT)
    people = [await person(table, name) for name in ("C1", "C2")]
    unitising = desk(table)
    found = await unitising.next(people[0])
    await asyncio.gather(
        decide(unitising, people[0], found, joined=True),
        decide(unitising, people[1], found, joined=False),
    )
    links = await table.store.unit_links.of_discussion(stored[0].discussion_id)
    assert sorted((k.coder, k.joined) for k in links) == [("C1", True), ("C2", False)]


async def test_undo_takes_the_last_decision_back_and_leaves_others(table: Table) -> None:
    stored = await said(table, SPLIT)
    ann, bob = await person(table, "C1"), await person(table, "C2")
    unitising = desk(table)
    with pytest.raises(InputError, match="no decision of yours on units stands"):
        await unitising.undo(ann)
    first = await unitising.next(ann)
    await decide(unitising, ann, first, joined=True)
    await decide(unitising, ann, await unitising.next(ann), joined=True)
    await decide(unitising, bob, first, joined=True)
    assert len(await units(table)) == 2
    back = await unitising.undo(ann)
    assert (place(back), back.left, back.boundary.proposed) == ((SPLIT[4], SPLIT[6]), 1, True)
    back = await unitising.undo(ann)
    assert (place(back), back.left, back.decided_by) == ((SPLIT[0], SPLIT[2]), 2, ("C2",))
    assert await units(table) == {stored[2].message.id: stored[0].message.id}, "bob's stands"
    with pytest.raises(InputError, match="no decision of yours"):
        await unitising.undo(ann)
    assert place(await desk(table).next(ann)) == (SPLIT[0], SPLIT[2]), "it is undecided again"


async def test_what_the_rule_did_not_propose_may_be_joined_and_undone(table: Table) -> None:
    stored = await said(table, ["First.", "hm", "Second.", "Third."], speakers="PQPP")
    ann = await person(table, "C1")
    unitising = desk(table)
    assert await unitising.next(ann) is None
    await unitising.decide(stored[2].id, stored[0].id, ann, joined=True)
    await unitising.decide(stored[3].id, stored[2].id, ann, joined=True)
    first = stored[0].message.id
    assert await units(table) == {stored[2].message.id: first, stored[3].message.id: first}
    back = await unitising.undo(ann)
    assert (place(back), back.left, back.boundary.proposed) == (("Second.", "Third."), 0, False)
    assert await units(table) == {stored[2].message.id: first}


async def test_only_neighbours_of_one_speaker_can_be_one_thought(table: Table) -> None:
    stored = await said(table, ["a", "b", "c", "d"], speakers="PQPP")
    other = await said(table, ["e"], thread="t2", speakers="P")
    ann = await person(table, "C1")
    unitising = desk(table)
    wrong: list[tuple[StoredMessage, StoredMessage]] = [
        (stored[1], stored[0]),  # another speaker
        (stored[3], stored[0]),  # something lies between
        (stored[0], stored[2]),  # the wrong way round
        (stored[2], stored[2]),
        (other[0], stored[3]),  # another thread
    ]
    for message, previous in wrong:
        with pytest.raises(InputError, match="do not follow each other among one speaker's own"):
            await unitising.decide(message.id, previous.id, ann, joined=True)
    with pytest.raises(InputError, match="is not stored in this study"):
        await unitising.decide(999, stored[0].id, ann, joined=True)
    await table.ingest.deleted("t1", stored[2].message.id, START)
    with pytest.raises(InputError, match="was deleted by its author"):
        await unitising.decide(stored[2].id, stored[0].id, ann, joined=True)
    assert await table.store.unit_links.of_discussion(stored[0].discussion_id) == ()


async def test_what_is_said_edited_and_deleted_meanwhile_is_seen(table: Table) -> None:
    stored = await said(table, ["I think because", "It is fair."], speakers="P")
    ann = await person(table, "C1")
    unitising = desk(table)
    assert place(await unitising.next(ann)) == ("I think because", "It is fair.")
    await table.ingest.edited("t1", stored[0].message.id, "I think.", START)
    assert await unitising.next(ann) is None
    await table.ingest.edited("t1", stored[0].message.id, "I think,", START)
    assert place(await unitising.next(ann)) == ("I think,", "It is fair.")
    await table.ingest.deleted("t1", stored[1].message.id, START)
    assert await unitising.next(ann) is None


async def test_a_discussion_that_did_not_change_is_not_read_again(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    await said(table, SPLIT)
    await said(table, SPLIT, thread="t2")
    ann = await person(table, "C1")
    unitising = desk(table)
    read: list[int] = []
    of_discussion = table.store.messages.of_discussion

    async def noted(discussion_id: int):
        read.append(discussion_id)
        return await of_discussion(discussion_id)

    monkeypatch.setattr(table.store.messages, "of_discussion", noted)
    await unitising.next(ann)
    assert len(read) == 2
    await unitising.next(ann)
    assert len(read) == 2
    session = await table.ingest.start_session("monday")
    await table.ingest.start_discussion(session, Thread("t2", "Group 2"), CASE, 500)
    await table.ingest.edited("t2", "t2-0", "I think", START)
    await unitising.next(ann)
    assert len(read) == 3


async def test_agreement_is_over_the_boundaries_that_two_decided(table: Table) -> None:
    pytest.importorskip("krippendorff")
    unitising = desk(table)
    nothing = await unitising.agreement()
    assert (nothing.n, nothing.coders, nothing.percent, nothing.alpha) == (0, (), None, None)
    decisions = ["11", "11", "10", "00", "00", "11", "01", "00"]
    for group, given in enumerate(decisions):
        before, message = await said(table, ["so", "and"], thread=f"g{group}", speakers="P")
        for name, joined in zip(("C1", "C2"), given, strict=True):
            await joins(table, name, before, message, joined=joined == "1")
    alone = await said(table, ["so", "and"], thread="alone", speakers="P")
    await joins(table, "C3", *alone)
    found = await unitising.agreement()
    assert (found.n, found.coders) == (8, ("C1", "C2"))
    assert found.percent == pytest.approx(6 / 8)
    # Coincidences: 1-1 6, 0-0 6, 1-0 4, 16 values; D_o = 4/16, D_e = 2*8*8/(16*15).
    assert found.alpha == pytest.approx(1 - (4 / 16) / (2 * 8 * 8 / (16 * 15)))
    assert found.alpha_low is not None
    assert found.alpha_high is not None
    assert found.alpha_low <= found.alpha <= found.alpha_high
    taken = await unitising.undo(await person(table, "C2"))
    assert taken.decided_by == ("C1",)
    assert (await unitising.agreement()).n == 7
