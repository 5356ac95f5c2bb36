"""The coefficients equal those of the known libraries and of published worked examples."""

from __future__ import annotations

import json
import math
from itertools import combinations
from warnings import catch_warnings, simplefilter

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from tables_of_codes import BINARY, FIVE_CODES, FLEISS, KRIPPENDORFF, from_text, gappy, ratings_of

from bot.domain.agreement import agreement
from bot.reliability.measure import measure
from bot.reliability.ratings import NO_CODE, Ratings
from bot.reliability.result import Measures

EXACT = {"rel": 0, "abs": 1e-12}


def measured(ratings: Ratings) -> Measures:
    return measure(ratings, resamples=0).overall


def irr(ratings: Ratings) -> dict[str, float] | None:
    """Return irrCAC's values with all digits; None where it fails on its own standard error."""
    raw = pytest.importorskip("irrCAC.raw")
    pandas = pytest.importorskip("pandas")
    if ratings.pairable().sum() < 2:
        return None
    gaps = np.where(ratings.table == NO_CODE, np.nan, ratings.table.astype(float))
    with catch_warnings():  # of divisions by zero where a coefficient is undefined
        simplefilter("ignore")
        cac = raw.CAC(pandas.DataFrame(gaps), categories=[*range(ratings.size)], digits=15)
        found = {"percent_agreement": float(cac.gwet()["est"]["pa"])}
        for name, compute in (
            ("fleiss_kappa", cac.fleiss), ("gwet_ac1", cac.gwet),
            ("krippendorff_alpha", cac.krippendorff),
        ):  # fmt: skip
            try:
                found[name] = float(compute()["est"]["coefficient_value"])
            except ZeroDivisionError:
                found[name] = math.nan
    return found


def same(ours: float | None, theirs: float, ratings: Ratings) -> bool:
    """Tell whether two values are equal to 1e-12; None is right where only one code was given.

    There irrCAC divides 0 by 0, or by what rounding has left of it.
    """
    if ours is None:
        paired = ratings.table[ratings.pairable()]
        return len(set(paired[paired != NO_CODE].tolist())) < 2
    return ours == pytest.approx(theirs, **EXACT)


def of_code(ratings: Ratings, code: int) -> Ratings:
    """Return the ratings as code (1) or not code (0)."""
    table = np.where(ratings.table == NO_CODE, NO_CODE, ratings.table == code)
    return ratings_of(table, 2)


@settings(max_examples=60)
@given(gappy())
def test_coefficients_equal_irrcac_on_any_table_with_gaps(ratings):
    theirs = irr(ratings)
    ours = measured(ratings)
    assert ours.n_units == ratings.pairable().sum()
    if not ours.n_units:
        assert all(figure.value is None for figure in ours.figures.values())
    for name, value in (theirs or {}).items():
        assert same(ours[name].value, value, ratings), name


@settings(max_examples=40)
@given(gappy())
def test_each_code_is_measured_as_code_or_not_code(ratings):
    per_code = measure(ratings, resamples=0).per_code
    for place, code in enumerate(ratings.codes):
        binary = of_code(ratings, place)
        for name, value in (irr(binary) or {}).items():
            assert same(per_code[code][name].value, value, binary), name
        alone = measured(binary)
        assert per_code[code].n_units == alone.n_units
        mean, its_own = per_code[code]["cohen_kappa_mean"].value, alone["cohen_kappa_mean"].value
        assert mean is its_own is None or mean == pytest.approx(its_own, **EXACT)


@given(gappy())
def test_alpha_equals_the_krippendorff_package(ratings):
    alpha = measured(ratings)["krippendorff_alpha"].value
    counts = np.stack([(ratings.table == k).sum(axis=1) for k in range(ratings.size)], axis=1)
    used = counts[counts.sum(axis=1) >= 2].sum(axis=0) > 0
    if used.sum() < 2:
        assert alpha is None
        return
    theirs = krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")
    assert alpha == pytest.approx(theirs, **EXACT)


@given(gappy())
def test_cohens_kappa_of_each_pair_equals_scikit_learn_and_the_live_summarys(ratings):
    metrics = pytest.importorskip("sklearn.metrics")
    result = measure(ratings, resamples=0)
    kappas = []
    for pair, (i, j) in zip(result.pairs, combinations(range(len(ratings.coders)), 2), strict=True):
        table = ratings.table[:, [i, j]]
        one, other = table[(table != NO_CODE).all(axis=1)].T
        kappa = pair.overall["cohen_kappa"].value
        assert pair.overall.n_units == len(one)
        plain = agreement([*map(str, one)], [*map(str, other)])
        percent = pair.overall["percent_agreement"].value
        assert percent is plain.percent is None or percent == pytest.approx(plain.percent, **EXACT)
        if plain.kappa is None:
            assert kappa is None
            continue
        assert kappa == pytest.approx(metrics.cohen_kappa_score(one, other), **EXACT)
        assert kappa == pytest.approx(plain.kappa, **EXACT)
        kappas.append(kappa)
    mean = result.overall["cohen_kappa_mean"].value
    assert result.cohen_pairs == len(kappas)
    assert mean is None if not kappas else mean == pytest.approx(np.mean(kappas), **EXACT)


@given(gappy(gap=0))
def test_fleiss_kappa_of_complete_codings_is_that_of_1971(ratings):
    inter_rater = pytest.importorskip("statsmodels.stats.inter_rater")
    kappa = measured(ratings)["fleiss_kappa"].value
    counts = np.stack([(ratings.table == k).sum(axis=1) for k in range(ratings.size)], axis=1)
    if (counts.sum(axis=0) > 0).sum() < 2:
        assert kappa is None
    else:
        assert kappa == pytest.approx(inter_rater.fleiss_kappa(counts), **EXACT)


@given(gappy())
def test_a_pair_is_measured_as_if_there_were_no_other_coders(ratings):
    for pair in measure(ratings, resamples=0).pairs:
        alone = measured(ratings.only(pair.coders)).to_dict()
        alone["cohen_kappa"] = alone.pop("cohen_kappa_mean")
        assert {k: v for k, v in alone.items() if not k.startswith("cohen_kappa_mean")} | {
            "cohen_kappa_low": None, "cohen_kappa_high": None
        } == pair.overall.to_dict()  # fmt: skip


def test_the_psychiatric_diagnoses_of_fleiss_1971():
    # Fleiss (1971), p. 381: P-bar .5556, expected .2201, kappa .430.
    found = measured(FLEISS)
    assert found["percent_agreement"].value == pytest.approx(0.5556, abs=5e-5)
    assert found["fleiss_kappa"].value == pytest.approx(0.430, abs=5e-4)


@pytest.mark.parametrize(
    ("ratings", "alpha"), [(BINARY, 0.095), (FIVE_CODES, 0.692), (KRIPPENDORFF, 0.743)]
)
def test_the_nominal_examples_of_krippendorff_2011(ratings, alpha):
    assert measured(ratings)["krippendorff_alpha"].value == pytest.approx(alpha, abs=5e-4)


def test_the_four_raters_of_gwet_2014():
    # The data of Gwet (2014) that irrCAC ships as raw4raters, with the values it documents.
    found = measured(KRIPPENDORFF)
    assert (found.n_units, found.n_coded, found.codings) == (11, 12, 40)
    figures = {name: round(figure.value, 5) for name, figure in found.figures.items()}
    del figures["cohen_kappa_mean"]
    assert figures == {
        "percent_agreement": 0.81818,
        "fleiss_kappa": 0.76117,
        "krippendorff_alpha": 0.74342,
        "gwet_ac1": 0.77544,
    }


def test_chance_is_the_sum_over_codes_of_products_and_never_their_product():
    """Cohen (1960): pe = sum over k of p_k q_k.

    A known wrong implementation multiplies the codes' chance terms instead of summing them:
    here .06 for .5, and so kappa .68 for .4. With more codes chance disappears altogether.
    """
    ratings = from_text("y" * 25 + "n" * 25, "y" * 20 + "n" * 5 + "y" * 10 + "n" * 15)
    kappa = measure(ratings, resamples=0).pairs[0].overall["cohen_kappa"].value
    p_yes, q_yes, p_no, q_no = 0.5, 0.6, 0.5, 0.4
    assert kappa == pytest.approx((0.7 - (p_yes * q_yes + p_no * q_no)) / (1 - 0.5))
    assert kappa == pytest.approx(0.4)
    wrong = 1 - (1 - 0.7) / (1 - p_yes * q_yes * p_no * q_no)
    assert wrong == pytest.approx(0.681, abs=1e-3)
    random = np.random.default_rng(7)
    by_chance = ratings_of(random.integers(0, 4, (4000, 2)))
    kappa = measure(by_chance, resamples=0).pairs[0].overall["cohen_kappa"].value
    assert abs(kappa) < 0.05  # multiplied, four codes leave 1 / 65,536 to chance: kappa .25


def test_full_agreement_is_exactly_one():
    found = measured(from_text("abcabca", "abcabca", "abc.b.a"))
    assert [figure.value for figure in found.figures.values()] == [1.0] * 5


def test_a_code_that_nobody_gave_is_a_category_of_ac1_alone():
    three, four = (measured(ratings_of(KRIPPENDORFF.table, size)) for size in (5, 6))
    assert three["gwet_ac1"] != four["gwet_ac1"]
    assert three["fleiss_kappa"] == four["fleiss_kappa"]


def test_what_is_undefined_is_null_and_json_has_no_nan():
    one_code = measure(ratings_of([[0, 0], [0, 0], [0, -1]], 2))
    found = one_code.overall
    assert found["percent_agreement"].value == 1
    assert found["gwet_ac1"].value == 1
    for name in ("cohen_kappa_mean", "fleiss_kappa", "krippendorff_alpha"):
        assert found[name].value is found[name].low is None
    for ratings in (
        ratings_of([[0, 0], [0, 0]], 1),
        ratings_of([[0], [1]]),
        ratings_of([[-1, -1], [0, -1], [-1, 1]]),
        ratings_of(np.zeros((0, 3)), 2),
        ratings_of(np.zeros((0, 0)), 0),
    ):
        text = json.dumps(measure(ratings).to_dict(), allow_nan=False)
        assert json.loads(text)["fleiss_kappa"] is None


def test_keys_are_those_that_are_promised():
    found = measure(KRIPPENDORFF, resamples=50).to_dict()
    names = ("percent_agreement", "fleiss_kappa", "krippendorff_alpha", "gwet_ac1")
    ends = ("", "_low", "_high")
    for entry, cohen in (
        (found, "cohen_kappa_mean"),
        (found["per_code"]["c1"], "cohen_kappa_mean"),
        (found["pairs"][0], "cohen_kappa"),
        (found["pairs"][0]["per_code"]["c1"], "cohen_kappa"),
    ):
        assert {f"{n}{e}" for n in (*names, cohen) for e in ends} | {"n_units"} <= entry.keys()
    assert {"coders", "codes", "groups", "seed", "resamples", "note", "cohen_pairs"} <= found.keys()
    assert [pair["coders"] for pair in found["pairs"]] == [
        [f"coder {i}", f"coder {j}"] for i, j in combinations(range(4), 2)
    ]
    assert [pair["n_units"] for pair in found["pairs"]] == [9, 8, 9, 9, 10, 10]
