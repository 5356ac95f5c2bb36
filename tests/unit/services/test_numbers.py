"""Numbers: the panel's figures follow the log, people's codes count, speed is as heard."""

from __future__ import annotations

from stage import CLOCK, FOX, Set
from stage import GROUPS as STAGED
from table import LABELS, START, WINDOW, Table

from bot.domain.discussion import Scenario, Thread
from bot.services.ingest import Account, Arrival
from bot.services.numbers import Numbers
from bot.services.people.assigning import Assigning
from bot.services.people.review import Review
from bot.services.summary import summary
from bot.storage.live_rows import Gap, Joining
from bot.storage.rows import SessionRow

CASE = Scenario("case", "The case", "Is it fair?")
GROUPS = [Thread("t1", "Group 1"), Thread("t2", "Group 2")]


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def begin(table: Table) -> SessionRow:
    session = await table.ingest.begin_session("monday", [Joining(t, 0) for t in GROUPS], [])
    await table.live.start([session.id])
    return session


async def say(table: Table, key: int, thread: str = "t1") -> None:
    who = Account("discord", "9")
    await table.ingest.receive(Arrival(thread, f"m{key}", key, who, f"point {key}", START))


async def test_a_session_in_numbers(table: Table) -> None:
    session = await begin(table)
    numbers = Numbers(table.store, table.ingest, table.live)
    empty = await numbers.of(session)
    assert (empty.messages, empty.codes, empty.median_ms) == (0, (), None)
    assert [(g.thread, g.scenario, g.messages) for g in empty.groups] == [
        (GROUPS[0], "none", 0),
        (GROUPS[1], "none", 0),
    ]
    await say(table, 1)
    await table.ingest.start_discussion(session, GROUPS[0], CASE, 10)
    for key in range(11, 18):
        await say(table, key)
    await say(table, 5, "t2")
    await table.live.drain()
    table.scorer.gate.clear()
    await say(table, 18)
    await table.ingest.store.gaps.add(
        table.study.id, Gap(GROUPS[0], 11, 12, 2, START, "deleted while nobody listened")
    )
    found = await numbers.of(session)
    table.scorer.gate.set()
    await table.live.drain()
    assert [(g.scenario, g.messages, g.coded, g.waiting) for g in found.groups] == [
        ("The case", 9, 8, 1),
        ("none", 1, 1, 0),
    ]
    assert (found.messages, found.coded, found.waiting, found.gaps) == (10, 9, 1, 1)
    given = [codes[-1] for codes in (await table.codes()).values()]
    del given[8]  # m18, coded since
    assert dict(found.codes) == {c: given.count(c) for c in LABELS if c in given}
    assert [n for _, n in found.codes] == sorted((n for _, n in found.codes), reverse=True)
    assert found.session is session


async def test_peoples_codes_count_and_what_they_decided_on_is_certain(table: Table) -> None:
    session = await begin(table)
    for key in range(1, 8):
        await say(table, key)
    await table.live.drain()
    numbers = Numbers(table.store, table.ingest, table.live)
    before = await numbers.of(session)
    sure = [u.confidence for u in before.uncertain]
    assert len(sure) == 5
    assert sure == sorted(sure)
    least = before.uncertain[0]
    review = Review(table.store, table.study, WINDOW)
    ann = await review.coder(Account("discord", "70"))
    other = next(label for label in LABELS if label != least.code)
    await review.decide(await review.find(least.message_id), ann, other)
    after = await numbers.of(session)
    assert least not in after.uncertain
    assert len(after.uncertain) == 5
    changes = {c: dict(after.codes).get(c, 0) - dict(before.codes).get(c, 0) for c in LABELS}
    assert changes == dict.fromkeys(LABELS, 0) | {least.code: -1, other: 1}
    assert (after.coded, after.waiting) == (before.coded, 0)
    assert (before.corrected, before.confirmed) == (0, 0)
    second = after.uncertain[0]
    await review.decide(await review.find(second.message_id), ann, second.code)
    present = await numbers.of(session)
    assert (present.corrected, present.confirmed) == (1, 1)


async def test_a_run_that_ends_by_itself_is_told_while_a_thread_is_in_it(stage: Set) -> None:
    session = await stage.begin()
    numbers = Numbers(stage.table.store, stage.table.ingest, None)
    fox = await stage.conduct.start_scenario(session, FOX, stage.platform, minutes=15)
    one = [STAGED[0].id]
    clock = await stage.conduct.start_scenario(session, CLOCK, stage.platform, threads=one)
    assert (await numbers.of(session)).timed == (fox.run,)
    assert clock.replaced == (fox.run,)
    again = await stage.conduct.start_scenario(session, CLOCK, stage.platform)
    assert set(again.replaced) == {fox.run, clock.run}
    assert (await numbers.of(session)).timed == ()
    await stage.conduct.end(session, stage.platform.now(), stage.platform)


async def test_speed_is_from_stored_to_coded_and_only_once_a_message(table: Table) -> None:
    session = await begin(table)
    clock = Clock()
    numbers = Numbers(table.store, table.ingest, table.live, clock)
    for key, seconds in ((1, 0.25), (2, 4.0), (3, 0.5)):
        table.scorer.gate.clear()
        await say(table, key)
        clock.now += seconds
        table.scorer.gate.set()
        await table.live.drain()
    clock.now += 100
    await table.ingest.edited("t1", "m1", "other words", START)
    await table.live.drain()
    found = await numbers.of(session)
    assert (found.slowest_ms, found.median_ms) == (4000, 500)
    numbers.close()
    numbers.close()
    await say(table, 4)
    clock.now += 100
    await table.live.drain()
    assert (await numbers.of(session)).slowest_ms == 4000


async def test_without_a_model_messages_are_counted_and_peoples_codes(table: Table) -> None:
    session = await table.ingest.begin_session("monday", [Joining(GROUPS[0], 0)], [])
    await say(table, 1)
    await say(table, 2)
    review = Review(table.store, table.study, WINDOW)
    ann = await review.coder(Account("discord", "70"))
    await review.decide(await review.find("m2"), ann, "B")
    found = await Numbers(table.store, table.ingest, None).of(session)
    assert (found.messages, found.coded, found.waiting) == (2, 0, 0)
    assert (found.codes, found.uncertain) == ((("B", 1),), ())


async def test_codes_that_somebody_is_to_code_blind_are_not_on_the_panel(table: Table) -> None:
    session = await begin(table)
    for key in range(1, 31):
        await say(table, key)
    await table.live.drain()
    numbers = Numbers(table.store, table.ingest, table.live)
    assigning = Assigning(table.store, table.study)
    await assigning.set_audit_share(0.5)
    sampling = await table.store.assignments.sampling(table.study.id)
    found = await numbers.of(session)
    assert len(found.uncertain) == 5
    assert not any(sampling.audited(u.thread_id, u.message_id) for u in found.uncertain)
    await assigning.set_audit_share(0)
    all_ = (await numbers.of(session)).uncertain
    assert any(sampling.audited(u.thread_id, u.message_id) for u in all_)
    ann = await Review(table.store, table.study, WINDOW).coder(Account("discord", "70"))
    seeing = await assigning.assign(ann, blind=False)
    assert (await numbers.of(session)).uncertain == all_
    await assigning.end(seeing.id)
    await assigning.assign(ann)
    assert (await numbers.of(session)).uncertain == ()


async def test_codes_count_when_the_assigned_coders_agree(table: Table) -> None:
    session = await begin(table)
    await say(table, 1)
    await table.live.drain()
    numbers = Numbers(table.store, table.ingest, table.live)
    ((model, _),) = (await numbers.of(session)).codes
    review = Review(table.store, table.study, WINDOW)
    ann, bob = [await review.coder(Account("discord", n)) for n in ("70", "71")]
    assigning = Assigning(table.store, table.study)
    for coder in (ann, bob):
        await assigning.assign(coder)
    other = next(label for label in LABELS if label != model)
    message = await review.find("m1")
    await review.decide(message, ann, other)
    assert (await numbers.of(session)).codes == ((model, 1),)
    one = await summary(table.store, table.study, session, table.coder)
    await review.decide(message, bob, other)
    assert (await numbers.of(session)).codes == ((other, 1),)
    both = await summary(table.store, table.study, session, table.coder)
    assert (one.n, both.n) == (0, 1)


async def test_a_thought_in_several_messages_is_not_among_the_least_certain(table: Table) -> None:
    session = await begin(table)
    for key in range(1, 5):
        await say(table, key)
    await table.live.drain()
    numbers = Numbers(table.store, table.ingest, table.live)
    review = Review(table.store, table.study, WINDOW)
    assigning = Assigning(table.store, table.study)
    await assigning.set_audit_share(0)
    assert len((await numbers.of(session)).uncertain) == 4
    # One of the two may be audited: then both are to be coded blind.
    ann, links = await review.coder(Account("discord", "70")), table.store.unit_links
    first, second = await review.find("m1"), await review.find("m2")
    await links.add(second.id, first.id, ann.id, joined=True)
    assert {u.message_id for u in (await numbers.of(session)).uncertain} == {"m3", "m4"}
