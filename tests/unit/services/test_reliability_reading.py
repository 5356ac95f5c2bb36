"""Which code counts as a coder's own reading of a message, of all that was decided."""

from contextlib import aclosing
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.coding import Act, CoderKind, Coding, Seen, latest, standing
from bot.domain.errors import InputError
from bot.domain.transcript import Transcript
from bot.services.reliability import read_ratings
from bot.services.reliability.reading import (
    Wanted,
    independent,
    own_codes,
    read_study,
    read_transcript,
)
from bot.storage.rows import Arrival
from tests.coded_study import START, CodedStudy


@pytest.fixture
async def coded(tmp_path):
    opened = await CodedStudy.open(tmp_path / "study.db")
    yield opened
    await opened.store.close()


def codes(ratings) -> dict[str, dict[str, str]]:
    """Return what a table holds: unit -> coder -> code."""
    return {
        unit: {
            coder: ratings.codes[place]
            for coder, place in zip(ratings.coders, row, strict=True)
            if place >= 0
        }
        for unit, row in zip(ratings.units, ratings.table.tolist(), strict=True)
    }


async def test_each_coders_latest_standing_decision_counts(coded):
    await coded.talk("monday", "g1", 3)
    await coded.code("g1-1", "starter", "AG")
    await coded.code("g1-1", "ann", "AG")
    await coded.code("g1-1", "ann", "DIS", Act.CORRECTED, Seen.CODES)
    await coded.code("g1-1", "bob", "OF")
    await coded.code("g1-1", "bob", "", Act.WITHDRAWN)
    await coded.code("g1-2", "cyd", "OF")
    await coded.code("g1-2", "cyd", "AG")
    await coded.code("g1-2", "cyd", "OF", Act.WITHDRAWN)
    found = await read_ratings(coded.store, coded.study)
    assert codes(found) == {"g1/g1-1": {"starter": "AG", "ann": "DIS"}, "g1/g1-2": {"cyd": "OF"}}
    assert found.coders == ("ann", "cyd", "starter"), "who gave no code that stands is not in it"
    assert found.groups == ("g1", "g1")
    assert found.codes == ("AG", "DIS", "=SUM", "OF"), "the book's; UC only where it was given"


async def test_an_adjudication_is_nobodys_reading_and_makes_the_verified_code(coded):
    await coded.talk("monday", "g1", 2)
    for message in ("g1-1", "g1-2"):
        await coded.code(message, "ann", "AG")
        await coded.code(message, "bob", "DIS")
    await coded.code("g1-1", "cyd", "OF")
    await coded.code("g1-1", "ann", "DIS", Act.ADJUDICATED, Seen.CODES)
    chosen = ("ann", "bob", "verified")
    found = await read_ratings(coded.store, coded.study, coders=chosen)
    assert codes(found) == {
        "g1/g1-1": {"ann": "AG", "bob": "DIS", "verified": "DIS"},
        "g1/g1-2": {"ann": "AG", "bob": "DIS"},
    }
    assert found.coders == chosen


async def test_blind_takes_what_a_person_decided_before_they_were_shown_any_code(coded):
    await coded.talk("monday", "g1", 5)
    for n in range(1, 6):
        await coded.code(f"g1-{n}", "starter", "AG")
    await coded.code("g1-1", "ann", "DIS", Act.CORRECTED, Seen.NOTHING)
    await coded.code("g1-1", "ann", "AG", Act.CONFIRMED, Seen.CODES)
    await coded.code("g1-2", "ann", "AG", Act.CONFIRMED, Seen.CODES)
    await coded.code("g1-3", "ann", "AG", Act.CONFIRMED)  # of old: not known, but a review
    await coded.code("g1-4", "ann", "OF")  # from a file
    await coded.code("g1-5", "ann", "AG", Act.CONFIRMED, Seen.NOTHING)
    found = await read_study(coded.store, coded.study, Wanted(coders=("ann",), blind=True))
    assert codes(found.ratings) == {
        "g1/g1-1": {"ann": "DIS"},
        "g1/g1-4": {"ann": "OF"},
        "g1/g1-5": {"ann": "AG"},
    }
    assert (found.human, found.shown) == (3, 0)
    seeing = await read_study(coded.store, coded.study, Wanted(coders=("ann",)))
    assert [c["ann"] for c in codes(seeing.ratings).values()] == ["AG", "AG", "AG", "OF", "AG"]
    assert (seeing.human, seeing.shown) == (5, 3)


@pytest.mark.parametrize("of_units", [False, True], ids=["messages", "units"])
async def test_blind_verified_codes_are_made_from_blind_decisions_alone(coded, of_units):
    await coded.talk("monday", "g1", 9)
    rows = {name: stored.id for name, stored in coded.messages.items()}
    if of_units:
        ann = coded.people["ann"].id
        await coded.store.unit_links.add(rows["g1-9"], rows["g1-6"], ann, joined=True)
    for n in range(1, 10):
        await coded.code(f"g1-{n}", "starter", "AG")
    await coded.code("g1-1", "ann", "AG", Act.CONFIRMED, Seen.CODES)
    await coded.code("g1-2", "ann", "DIS", Act.CORRECTED, Seen.NOTHING)
    await coded.code("g1-2", "ann", "AG", Act.CONFIRMED, Seen.CODES)
    await coded.code("g1-3", "ann", "OF")  # from a file
    await coded.code("g1-4", "ann", "AG", Act.CODED, Seen.NOTHING)
    await coded.code("g1-4", "bob", "OF", Act.CODED, Seen.NOTHING)
    await coded.code("g1-4", "cyd", "AG", Act.ADJUDICATED, Seen.CODES)
    await coded.code("g1-5", "ann", "AG", Act.CODED, Seen.NOTHING)
    await coded.code("g1-5", "ann", "", Act.WITHDRAWN)
    await coded.code("g1-6", "ann", "OF", Act.CODED, Seen.NOTHING)
    await coded.code("g1-9", "ann", "AG", Act.CONFIRMED, Seen.CODES)
    wanted = Wanted(coders=("verified",), of_units=of_units, blind=True)
    blind = await read_study(coded.store, coded.study, wanted)
    expected = {"g1/g1-2": "DIS", "g1/g1-3": "OF", "g1/g1-6": "OF"}
    assert {unit: by["verified"] for unit, by in codes(blind.ratings).items()} == expected
    assert (blind.settled, blind.settled_shown) == (3, 0)
    every = await read_study(coded.store, coded.study, replace(wanted, blind=False))
    assert (every.settled, every.settled_shown) == ((5, 4) if of_units else (6, 4))


async def test_messages_units_and_a_file_stand_in_one_order(coded):
    await coded.talk("monday", "g2", 3)
    await coded.talk("monday", "g10", 3)
    late = Arrival("g2", "late", 1, "P1", "said", coded.messages["g2-1"].message.sent_at)
    received = await coded.store.messages.receive(coded.study.id, late)
    coded.messages["late"] = received.stored
    for message in reversed(coded.messages):
        for coder in ("ann", "bob"):
            await coded.code(message, coder, "AG")
    messages = (await read_study(coded.store, coded.study, Wanted())).ratings.units
    units = (await read_study(coded.store, coded.study, Wanted(of_units=True))).ratings.units
    async with aclosing(coded.store.transcripts.stream(coded.study.id)) as stream:
        talk = [each async for each in stream]
    said = [m for each in talk for m in each.discussion.messages]
    given = {m.id: {"ann": "AG"} for m in said}
    transcript = Transcript("set", tuple(each.discussion for each in talk), given)
    file = read_transcript(transcript, Wanted(), None).ratings
    in_file = tuple(f"{g}/{u}" for g, u in zip(file.groups, file.units, strict=True))
    assert messages == units == in_file
    assert messages[:3] == ("g2/g2-1", "g2/late", "g10/g10-1")


async def test_one_row_a_unit_of_analysis(coded):
    await coded.talk("monday", "g1", 7)
    ann, bob = coded.people["ann"].id, coded.people["bob"].id
    rows = {name: stored.id for name, stored in coded.messages.items()}
    await coded.store.unit_links.add(rows["g1-4"], rows["g1-1"], ann, joined=True)
    await coded.code("g1-1", "ann", "AG")
    await coded.code("g1-4", "ann", "DIS")
    await coded.code("g1-4", "bob", "DIS")
    await coded.code("g1-2", "bob", "OF")
    await coded.code("g1-2", "ann", "OF")
    chosen = ("ann", "bob", "verified")
    found = await read_ratings(coded.store, coded.study, coders=chosen, of_units=True)
    assert codes(found) == {
        "g1/g1-1": {"ann": "DIS", "bob": "DIS", "verified": "DIS"},
        "g1/g1-2": {"ann": "OF", "bob": "OF", "verified": "OF"},
    }
    await coded.store.unit_links.add(rows["g1-4"], rows["g1-1"], bob, joined=False)
    split = await read_ratings(coded.store, coded.study, coders=chosen, of_units=True)
    assert codes(split) == codes(await read_ratings(coded.store, coded.study, coders=chosen))


async def test_units_stand_in_the_studys_order(coded):
    await coded.talk("monday", "g2", 2)
    await coded.talk("monday", "g1", 2)
    await coded.talk("tuesday", "g1", 2, first=5)
    for message in reversed(coded.messages):
        await coded.code(message, "bob", "OF")
        await coded.code(message, "ann", "OF")
    read = await read_study(coded.store, coded.study, Wanted())
    by_time = ["g2/g2-1", "g1/g1-1", "g2/g2-2", "g1/g1-2", "g1/g1-5", "g1/g1-6"]
    assert list(read.ratings.units) == by_time
    assert list(read.sessions) == ["monday"] * 4 + ["tuesday"] * 2
    tuesday = await read_ratings(coded.store, coded.study, session="tuesday")
    assert list(tuesday.units) == by_time[4:]


async def test_a_coder_that_is_not_there_is_refused_and_those_there_are_named(coded):
    with pytest.raises(InputError, match=r"no coder 'dan'.*'ann', 'bob', 'cyd', 'starter', 'sec"):
        await read_ratings(coded.store, coded.study, coders=("ann", "dan"))


async def test_codes_left_out_are_no_codes(coded):
    await coded.talk("monday", "g1", 2)
    await coded.code("g1-1", "ann", "UC")
    await coded.code("g1-1", "bob", "AG")
    await coded.code("g1-2", "ann", "UC")
    whole = (await read_study(coded.store, coded.study, Wanted())).ratings
    assert whole.codes == ("AG", "DIS", "=SUM", "OF", "UC")
    left = await read_study(coded.store, coded.study, Wanted(leave_out=("UC",)))
    assert codes(left.ratings) == {"g1/g1-1": {"bob": "AG"}}
    assert left.ratings.codes == ("AG", "DIS", "=SUM", "OF")
    assert left.sessions == ("monday",)
    with pytest.raises(InputError, match="no code 'XX' to leave out"):
        await read_study(coded.store, coded.study, Wanted(leave_out=("XX",)))


async def test_a_study_larger_than_one_part_of_the_stream_is_read_whole(coded):
    await coded.talk("monday", "g1", 900)
    await coded.code_all(gaps=0.2)
    found = codes(await read_ratings(coded.store, coded.study))
    expected = {
        f"g1/{message}": {coder: c.code for coder, c in latest(given).items()}
        async for each in coded.store.transcripts.stream(coded.study.id)
        for message, given in each.codings.items()
    }
    assert sum(map(len, found.values())) > 3_000
    assert found == expected


ACTS = st.sampled_from(list(Act))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ann", "bob", "starter"]),
            st.sampled_from("XY"),
            ACTS,
            st.sampled_from([None, *Seen]),
        ),
        max_size=8,
    )
)
def test_an_own_reading_stands_is_no_adjudication_and_is_the_coders_last(drawn):
    given_ = [
        Coding("m", coder, CoderKind.MODEL, code, START)
        if coder == "starter"
        else Coding("m", coder, CoderKind.HUMAN, code, START, act, seen=seen)
        for coder, code, act, seen in drawn
    ]
    stands = [id(c) for c in standing(given_)]
    for blind in (False, True):
        own = own_codes(given_, blind=blind)
        for coder, coding in own.items():
            assert id(coding) in stands
            assert coding.act is not Act.ADJUDICATED
            assert independent(coding) or not blind
            later = given_[[id(c) for c in given_].index(id(coding)) + 1 :]
            for other in later:
                if other.coder == coder and id(other) in stands:
                    assert other.act is Act.ADJUDICATED or (blind and not independent(other))
    if not blind:
        assert own.keys() == {c.coder for c in standing(given_) if c.act is not Act.ADJUDICATED}
