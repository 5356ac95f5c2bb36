"""The reliability sheet: all coders, pairs and codes; a sentence where nothing can be measured."""

import pytest

from exports.tables import reliability_lines as module
from exports.tables.reliability_lines import reliability_lines
from tests.coded_study import CODES, CodedStudy


@pytest.fixture
async def study(tmp_path):
    made = await CodedStudy.open(tmp_path / "study.db")
    await made.talk("monday", "g1", 12)
    await made.talk("monday", "g2", 12)
    yield made
    await made.store.close()


async def test_figures_of_all_coders_of_each_pair_and_of_each_code(study):
    await study.code_all()
    found = await reliability_lines(study.store, study.study)
    everybody = " | ".join(sorted(study.people, key=list(study.people).index))
    assert {(line.coders, line.measure) for line in found} >= {
        (everybody, "Krippendorff's alpha"),
        ("ann | bob", "Cohen's kappa"),
        *((everybody, f"percent agreement, code {code} against all others") for code in CODES),
    }
    alpha = next(line for line in found if line.measure == "Krippendorff's alpha")
    assert alpha.value is not None
    assert alpha.low <= alpha.value <= alpha.high
    assert (alpha.n, alpha.groups) == (24, 2)
    assert (found[-1].value, "groups" in found[-1].measure) == (None, True), "the note is below"


async def test_with_one_coder_the_sheet_says_so(study):
    await study.code("g1-1", "ann", "AG")
    (line,) = await reliability_lines(study.store, study.study)
    assert (line.coders, line.measure, line.value) == ("ann", "agreement takes two coders", None)


async def test_a_study_that_is_too_large_is_not_measured_beside_the_export(study, monkeypatch):
    monkeypatch.setattr(module, "LIMIT", 23)
    await study.code_all()
    (line,) = await reliability_lines(study.store, study.study)
    assert line.measure == "more than 23 messages: see intercoder reliability"
    assert len(await reliability_lines(study.store, study.study, "monday")) == 1
