"""All that is said of a study's reliability: whole, by session, over time, with its notes."""

import asyncio
import io
import json
import threading

import pytest
from rich.console import Console

from bot.commands.reliability_view import print_reliability
from bot.domain.agreement import agreement
from bot.domain.codebook import codebook_from_codes
from bot.domain.coding import Act, Seen
from bot.domain.discussion import Discussion, Message, Scenario
from bot.domain.errors import InputError
from bot.domain.transcript import Transcript
from bot.gateway.staff.reliability_embed import reliability_embed
from bot.reliability.measure import measure
from bot.reliability.result import COHEN, PERCENT
from bot.services.reliability import (
    Wanted,
    read_ratings,
    study,
    study_reliability,
    transcript_reliability,
)
from tests.coded_study import CodedStudy


@pytest.fixture
async def coded(tmp_path):
    opened = await CodedStudy.open(tmp_path / "study.db")
    yield opened
    await opened.store.close()


@pytest.fixture
async def pilot(coded):
    """Return a study coded by three people and two models, with gaps."""
    for number, session in enumerate(("monday", "tuesday")):
        for group in ("g1", "g2", "g3"):
            await coded.talk(session, group, 20, first=1 + 100 * number)
    await coded.code_all()
    return coded


async def test_people_and_models_are_compared_pair_by_pair(pilot):
    found = await study_reliability(pilot.store, pilot.study)
    assert found.coders == ("ann", "bob", "cyd", "starter", "second")
    assert (found.people, found.models) == (("ann", "bob", "cyd"), ("starter", "second"))
    assert len(found.overall.pairs) == 10
    ratings = await read_ratings(pilot.store, pilot.study)
    assert found.overall.to_dict() == measure(ratings).to_dict()
    for pair in found.overall.pairs:
        columns = [ratings.column(coder) for coder in pair.coders]
        both = [row for row in ratings.table[:, columns].tolist() if min(row) >= 0]
        plain = agreement(*(["ABCDE"[c] for c in codes] for codes in zip(*both, strict=True)))
        assert pair.overall.n_units == plain.n < 120
        assert pair.overall[COHEN].value == pytest.approx(plain.kappa, abs=1e-12)
        assert pair.overall[PERCENT].value == pytest.approx(plain.percent, abs=1e-12)


async def test_parts_are_measured_by_themselves_and_make_up_the_whole(pilot):
    found = await study_reliability(pilot.store, pilot.study)
    assert [s.name for s in found.by_session] == ["monday", "tuesday"]
    for session in found.by_session:
        alone = await study_reliability(pilot.store, pilot.study, session=session.name)
        assert session.reliability.to_dict() == alone.overall.to_dict()
        assert alone.session == session.name
    units = [s.reliability.overall.n_units for s in found.over_time]
    assert sum(units) == found.overall.overall.n_units
    assert len(units) == 10
    assert max(units) - min(units[:-1]) <= 1


async def test_the_confusion_is_of_the_two_that_share_most_or_of_those_named(pilot):
    found = await study_reliability(pilot.store, pilot.study)
    shared = {pair.coders: pair.overall.n_units for pair in found.overall.pairs}
    assert shared[found.confusion.coders] == max(shared.values()) == found.confusion.n_units
    named = await study_reliability(pilot.store, pilot.study, confused=("cyd", "ann"))
    assert named.confusion.coders == ("cyd", "ann")
    with pytest.raises(InputError, match="'dan'"):
        await study_reliability(pilot.store, pilot.study, confused=("cyd", "dan"))


async def test_figures_are_plain_values_under_their_keys(pilot):
    found = await study_reliability(pilot.store, pilot.study)
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    measures = ("percent_agreement", "cohen_kappa_mean", "fleiss_kappa", "krippendorff_alpha")
    for name in (*measures, "gwet_ac1"):
        assert plain[f"{name}_low"] <= plain[name] <= plain[f"{name}_high"]
    assert {"n_units", "pairs", "per_code", "by_session", "over_time", "confusion"} <= plain.keys()
    assert plain["by_session"][0]["pairs"][0]["coders"] == ["ann", "bob"]
    assert plain["coders"] == list(found.coders)


async def test_the_same_data_and_seed_give_the_same_figures(pilot):
    one, two, other = [
        (await study_reliability(pilot.store, pilot.study, seed=seed, resamples=15)).to_dict()
        for seed in (0, 0, 1)
    ]
    assert one == two
    assert one["krippendorff_alpha"] == other["krippendorff_alpha"]
    assert one["pairs"] != other["pairs"], "their intervals come from another draw"


async def test_the_event_loop_is_free_while_it_is_measured(pilot, monkeypatch):
    began, go_on = threading.Event(), threading.Event()

    def slow(*args, **kwargs):
        began.set()
        assert go_on.wait(30)
        return measure(*args, **kwargs)

    monkeypatch.setattr(study, "measure", slow)
    work = asyncio.create_task(study_reliability(pilot.store, pilot.study))
    await asyncio.to_thread(began.wait, 30)
    assert not work.done()
    go_on.set()
    assert (await work).coders


async def test_codes_given_after_others_were_shown_are_told(coded):
    await coded.talk("monday", "g1", 4)
    messages = list(coded.messages)
    await coded.code_each(messages, "starter", "AG", Act.CODED, None)
    await coded.code_each(messages[:1], "ann", "AG", Act.CONFIRMED, Seen.CODES)
    await coded.code_each(messages[1:], "ann", "AG", Act.CONFIRMED, Seen.NOTHING)
    seeing = await study_reliability(coded.store, coded.study)
    assert seeing.notes[0].startswith("1 of 4 of people's codes (25%) were given after")
    blind = await study_reliability(coded.store, coded.study, blind=True)
    assert (blind.notes, blind.overall.overall.n_units) == ((), 3)


async def test_people_who_come_in_as_verified_are_told_of_as_well(coded):
    await coded.talk("monday", "g1", 4)
    messages = list(coded.messages)
    await coded.code_each(messages, "starter", "AG", Act.CODED, None)
    await coded.code_each(messages[:1], "ann", "AG", Act.CONFIRMED, Seen.CODES)
    await coded.code_each(messages[1:], "ann", "AG", Act.CONFIRMED, Seen.NOTHING)
    chosen = ("starter", "verified")
    seeing = await study_reliability(coded.store, coded.study, coders=chosen)
    assert seeing.notes[0].startswith("1 of 4 verified codes (25%) rest on a code that")
    assert seeing.to_dict()["notes"] == list(seeing.notes)
    blind = await study_reliability(coded.store, coded.study, coders=chosen, blind=True)
    assert (blind.notes, blind.overall.overall.n_units) == ((), 3)


async def test_what_else_has_to_be_said_is_said(coded):
    await coded.talk("monday", "g1", 2)
    for coder in ("ann", "bob"):
        await coded.code("g1-1", coder, "UC")
        await coded.code("g1-2", coder, "AG")
    chosen = ("ann", "verified", "cyd")
    found = await study_reliability(coded.store, coded.study, coders=chosen)
    said = " ".join(found.notes)
    assert "The verified codes are made from people's codes" in said
    assert "text without a decision count as codes here: UC" in said
    assert "'cyd' gave no code" in said
    left = await study_reliability(
        coded.store, coded.study, coders=("ann", "bob"), leave_out=("UC",)
    )
    assert left.notes == ()
    assert left.overall.overall.n_units == 1


async def test_agreement_on_units_stands_beside_agreement_on_codes(coded):
    await coded.talk("monday", "g1", 9)
    await coded.code_each([f"g1-{n}" for n in range(1, 10)], "ann", "AG", Act.CODED, None)
    await coded.code_each([f"g1-{n}" for n in range(1, 10)], "bob", "AG", Act.CODED, None)
    assert (await study_reliability(coded.store, coded.study)).unitising.n == 0
    row = {n: coded.messages[f"g1-{n}"].id for n in range(1, 10)}
    for later, earlier, by_ann, by_bob in ((4, 1, True, True), (5, 2, True, False)):
        for coder, joined in (("ann", by_ann), ("bob", by_bob)):
            add = coded.store.unit_links.add
            await add(row[later], row[earlier], coded.people[coder].id, joined=joined)
    found = await study_reliability(coded.store, coded.study)
    assert (found.unitising.n, found.unitising.percent) == (2, 0.5)
    assert found.to_dict()["unitising"]["coders"] == ("ann", "bob")
    assert found.unitising_told.startswith("Unitising: on 2 of the places")
    assert found.notes == (), "said once, and not among what is said of the codes"
    monday = await study_reliability(coded.store, coded.study, session="monday")
    assert monday.unitising_told.startswith("In the whole study, not in session 'monday' alone: U")
    for told in (found, monday):
        out = io.StringIO()
        print_reliability(Console(file=out, width=400), told)
        embed = reliability_embed(told)
        for text in (out.getvalue(), str(embed.to_dict())):
            assert text.count("on 2 of the places") == 1


async def test_one_coder_or_none_is_told_in_a_sentence(coded):
    with pytest.raises(InputError, match="nobody has coded anything in 'study'"):
        await study_reliability(coded.store, coded.study)
    await coded.talk("monday", "g1", 2)
    await coded.code("g1-1", "ann", "AG")
    with pytest.raises(InputError, match=r"'ann' is the only coder with codes.*takes two"):
        await study_reliability(coded.store, coded.study)


async def test_coders_without_a_message_in_common_have_no_figures(coded):
    await coded.talk("monday", "g1", 2)
    await coded.code("g1-1", "ann", "AG")
    await coded.code("g1-2", "bob", "AG")
    found = await study_reliability(coded.store, coded.study)
    assert found.overall.overall.n_units == 0
    assert {figure.value for figure in found.overall.overall.figures.values()} == {None}
    assert found.over_time == ()


def transcript(codes: dict[str, dict[str, str]]) -> Transcript:
    said = tuple(Message(m, "t", "s", n, "P1", None, m) for n, m in enumerate(codes, start=1))
    return Transcript("set", (Discussion("t", Scenario("s", "s", "s"), said),), codes)


def test_an_empty_cell_of_a_file_is_no_code():
    given = {"m1": {"ann": "A", "bob": ""}, "m2": {"ann": "A", "bob": "A"}, "m3": {"bob": "B"}}
    found = transcript_reliability(transcript(given), "set", None, Wanted())
    assert (found.overall.overall.n_units, found.overall.overall.n_coded) == (1, 3)
    assert found.overall.codes == ("A", "B")
    assert found.by_session == ()


def test_a_files_coder_that_is_not_there_is_named_with_those_who_are():
    given = {"m1": {"ann": "A", "bob": "A"}}
    with pytest.raises(InputError, match="the file has no coder 'verified'; there are 'ann', 'b"):
        transcript_reliability(transcript(given), "set", None, Wanted(coders=("verified", "ann")))


def test_a_pair_of_a_file_measures_the_same_alone_and_among_others():
    given = {
        "m1": {"ann": "A", "bob": "A", "cyd": "C"},
        "m2": {"ann": "B", "bob": "A", "cyd": "C"},
        "m3": {"ann": "A", "bob": "A"},
    }
    of_all = transcript_reliability(transcript(given), "set", None, Wanted())
    alone = transcript_reliability(transcript(given), "set", None, Wanted(coders=("ann", "bob")))
    pair = next(p for p in of_all.overall.pairs if p.coders == ("ann", "bob"))
    assert alone.overall.codes == ("A", "B", "C")
    assert alone.overall.pairs[0].overall == pair.overall


def test_codes_that_nobody_gave_are_categories_of_gwets_ac1():
    given = {"m1": {"ann": "A", "bob": "A"}, "m2": {"ann": "B", "bob": "A"}}
    ac1 = [
        transcript_reliability(transcript(given), "set", book, Wanted()).to_dict()["gwet_ac1"]
        for book in (None, codebook_from_codes("ABCD", "book"))
    ]
    # f = 3/4, 1/4: chance agreement is 2 * 3/16 over K - 1.
    expected = [(1 / 2 - pe) / (1 - pe) for pe in (3 / 8, 3 / 8 / 3)]
    assert ac1 == pytest.approx(expected, abs=1e-12)
