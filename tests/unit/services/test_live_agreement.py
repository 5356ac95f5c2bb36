"""Agreement while a session runs: the blind audit slice, and nothing else."""

import sqlite3

import pytest
from sqlalchemy import event

from bot.domain.agreement import agreement
from bot.domain.coding import Act, Seen
from bot.reliability.sequence import KappaSequence
from bot.services.reliability import LiveAudit
from tests.coded_study import CodedStudy


@pytest.fixture
async def coded(tmp_path):
    opened = await CodedStudy.open(tmp_path / "study.db")
    yield opened
    await opened.store.close()


async def audited(coded) -> list[str]:
    sampling = await coded.store.assignments.sampling(coded.study.id)
    return [m for m, s in coded.messages.items() if sampling.audited(s.message.thread_id, m)]


async def look(coded, session, model="starter"):
    return await LiveAudit().look(coded.store, coded.study, session, coded.people[model])


async def test_blind_codes_of_the_audit_slice_alone_count(coded):
    session = await coded.talk("monday", "g1", 200)
    slice_ = await audited(coded)
    assert 5 < len(slice_) < 40
    await coded.code_each(coded.messages, "starter", "AG", Act.CODED, None)
    others = coded.messages.keys() - set(slice_)
    await coded.code_each(others, "ann", "AG", Act.CONFIRMED, Seen.NOTHING)
    assert (await look(coded, session)).n == 0, "blind, but not of the slice"
    await coded.code_each(slice_[1:], "ann", "AG", Act.CONFIRMED, Seen.CODES)
    await coded.code(slice_[0], "cyd", "AG", Act.ADJUDICATED, Seen.NOTHING)
    assert (await look(coded, session)).n == 0, "of the slice, but not blind, or no own reading"
    await coded.code(slice_[0], "bob", "DIS", Act.CORRECTED, Seen.NOTHING)
    found = await look(coded, session)
    assert (found.n, found.percent) == (1, 0.0)
    assert -1 <= found.low <= found.high <= 1
    assert (await look(coded, session, "second")).n == 0, "another model has no code there"


async def test_kappa_is_cohens_on_the_same_pairs(coded):
    session = await coded.talk("monday", "g1", 300)
    slice_ = await audited(coded)
    model = {m: "AG" if n % 3 else "DIS" for n, m in enumerate(slice_)}
    person = {m: "AG" if n % 2 else "DIS" for n, m in enumerate(slice_)}
    for message in slice_:
        await coded.code(message, "starter", model[message])
        await coded.code(message, "ann", person[message], Act.CORRECTED, Seen.NOTHING)
    found = await look(coded, session)
    plain = agreement([model[m] for m in slice_], [person[m] for m in slice_])
    assert (found.n, found.percent) == (plain.n, plain.percent)
    assert found.kappa == pytest.approx(plain.kappa, abs=1e-12)
    assert found.low <= found.kappa <= found.high
    assert found.alpha == 0.05


async def test_who_looks_again_takes_in_what_is_new(coded, monkeypatch):
    session = await coded.talk("monday", "g1", 300)
    slice_ = await audited(coded)
    taken = []
    update = KappaSequence.update
    monkeypatch.setattr(
        KappaSequence, "update", lambda self, *pair: taken.append(pair) or update(self, *pair)
    )
    kept = LiveAudit()

    async def again():
        """Return how many pairs were taken in, once the look is held to one from scratch."""
        taken.clear()
        found = await kept.look(coded.store, coded.study, session, coded.people["starter"])
        count = len(taken)
        assert found == await look(coded, session)
        return count

    for n, message in enumerate(slice_):
        await coded.code(message, "starter", "AG" if n % 3 else "DIS")
        await coded.code(message, "ann", "AG" if n % 2 else "DIS", Act.CORRECTED, Seen.NOTHING)
        assert await again() == 1
    assert await again() == 0
    await coded.code(slice_[0], "ann", "", Act.WITHDRAWN)
    assert await again() == len(slice_) - 1


async def test_of_several_people_the_first_counts_and_what_was_taken_back_does_not(coded):
    session = await coded.talk("monday", "g1", 60)
    message = (await audited(coded))[0]
    await coded.code(message, "starter", "AG")
    await coded.code(message, "ann", "DIS", Act.CORRECTED, Seen.NOTHING)
    await coded.code(message, "bob", "AG", Act.CONFIRMED, Seen.NOTHING)
    assert (await look(coded, session)).percent == 0.0
    await coded.code(message, "ann", "", Act.WITHDRAWN)
    assert (await look(coded, session)).percent == 1.0
    await coded.code(message, "bob", "", Act.WITHDRAWN)
    assert (await look(coded, session)) == type(await look(coded, session))(
        0, None, None, None, None, 0.05
    )


async def test_who_had_seen_codes_does_not_count_where_another_was_blind(coded):
    session = await coded.talk("monday", "g1", 60)
    message = (await audited(coded))[0]
    await coded.code(message, "starter", "AG")
    await coded.code(message, "ann", "AG", Act.CONFIRMED, Seen.CODES)
    await coded.code(message, "bob", "DIS", Act.CORRECTED, Seen.NOTHING)
    assert (await look(coded, session)).percent == 0.0


async def test_the_models_code_is_its_last_on_the_text_that_the_person_coded(coded):
    session = await coded.talk("monday", "g1", 60)
    message = (await audited(coded))[0]
    await coded.code(message, "starter", "AG", revision=1)
    await coded.code(message, "ann", "DIS", Act.CORRECTED, Seen.NOTHING, revision=1)
    await coded.code(message, "starter", "DIS", revision=2)
    assert (await look(coded, session)).percent == 0.0


async def test_a_refresh_reads_no_table_whole(coded, tmp_path):
    session = await coded.talk("monday", "g1", 20)
    await coded.code_all()
    seen = []

    def note(_connection, _cursor, statement, parameters, _context, _many):
        seen.append((statement, parameters))

    engine = coded.store.connections._reading.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    assert await look(coded, session)
    event.remove(engine, "before_cursor_execute", note)
    ((statement, parameters),) = [s for s in seen if "FROM codings" in s[0]]
    connection = sqlite3.connect(tmp_path / "study.db")
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    connection.close()
    assert [p for p in plan if p.startswith("SCAN")] == [], plan
