"""Decisions: a model's from its probabilities, and people's verified code."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.coding import Act, CoderKind, Coding, Prediction, latest, verified_code

START = datetime(2024, 5, 31, 14, tzinfo=UTC)


def coding(
    coder: str,
    code: str,
    minute: int = 0,
    act: Act = Act.CODED,
    kind: CoderKind = CoderKind.HUMAN,
) -> Coding:
    return Coding("m", coder, kind, code, START + timedelta(minutes=minute), act)


def test_a_prediction_names_the_likeliest_code_and_the_next():
    assert Prediction.of([0.1, 0.6, 0.3], ["A", "B", "C"]) == Prediction("B", 0.6, "C", 0.3)


def test_equal_probabilities_go_to_the_earlier_label():
    assert Prediction.of([0.2, 0.4, 0.4], ["A", "B", "C"]) == Prediction("B", 0.4, "C", 0.4)
    assert Prediction.of([0.25] * 4, "ABCD") == Prediction("A", 0.25, "B", 0.25)


def test_a_single_label_has_no_runner_up():
    assert Prediction.of([1.0], ["A"]) == Prediction("A", 1.0, None, None)


@pytest.mark.parametrize(("probabilities", "labels"), [([], []), ([0.5], []), ([0.5, 0.5], ["A"])])
def test_rows_of_another_length_are_refused(probabilities, labels):
    with pytest.raises(ValueError, match=f"{len(probabilities)} probabilities for {len(labels)}"):
        Prediction.of(probabilities, labels)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=8))
def test_a_prediction_is_the_maximum_and_the_maximum_of_the_rest(values):
    labels = [str(i) for i in range(len(values))]
    found = Prediction.of(values, labels)
    assert found.confidence == max(values)
    assert found.code == str(values.index(max(values)))
    rest = [v for i, v in enumerate(values) if str(i) != found.code]
    assert found.runner_up != found.code
    assert found.runner_up_confidence == max(rest)


def test_the_latest_decision_of_each_coder_counts():
    old, new, other = coding("ann", "A", 1), coding("ann", "B", 2), coding("bob", "C", 0)
    assert latest([new, other, old]) == {"ann": new, "bob": other}
    assert latest([]) == {}


def test_of_equal_times_the_one_given_later_counts():
    first, second = coding("ann", "A"), coding("ann", "B")
    assert latest([first, second]) == {"ann": second}
    assert latest([second, first]) == {"ann": first}


MODEL = CoderKind.MODEL
CASES = {
    "nobody": ([], None, None),
    "the model alone never counts": ([coding("net", "A", kind=MODEL)], None, None),
    "one person": ([coding("ann", "A")], None, "A"),
    "two agree": ([coding("ann", "A"), coding("bob", "A")], None, "A"),
    "two differ": ([coding("ann", "A"), coding("bob", "B")], None, None),
    "the model sides with one": (
        [coding("ann", "A"), coding("bob", "B"), coding("net", "A", kind=MODEL)],
        None,
        None,
    ),
    "a coder's later decision mends the difference": (
        [coding("ann", "A"), coding("bob", "B"), coding("bob", "A", 1)],
        None,
        "A",
    ),
    "an assigned coder is still missing": ([coding("ann", "A")], ["ann", "bob"], None),
    "all assigned agree": ([coding("ann", "A"), coding("bob", "A")], ["ann", "bob"], "A"),
    "who is not assigned has no vote": (
        [coding("ann", "A"), coding("bob", "A"), coding("eve", "B")],
        ["ann", "bob"],
        "A",
    ),
    "nobody assigned": ([coding("ann", "A")], [], None),
    "a correction stands over a disagreement": (
        [coding("ann", "A"), coding("bob", "B"), coding("eve", "C", 1, Act.CORRECTED)],
        None,
        "C",
    ),
    "the later of correction and confirmation": (
        [coding("ann", "A", 1, Act.CORRECTED), coding("bob", "B", 2, Act.CONFIRMED)],
        None,
        "B",
    ),
    "of equal times the one given later": (
        [coding("ann", "A", 1, Act.CORRECTED), coding("bob", "B", 1, Act.CONFIRMED)],
        None,
        "B",
    ),
    "an adjudication stands over a later correction": (
        [coding("ann", "A", 1, Act.ADJUDICATED), coding("bob", "B", 2, Act.CORRECTED)],
        None,
        "A",
    ),
    "the latest adjudication": (
        [coding("ann", "A", 3, Act.ADJUDICATED), coding("bob", "B", 2, Act.ADJUDICATED)],
        None,
        "A",
    ),
    "a model cannot correct or adjudicate": (
        [
            coding("net", "A", 1, Act.CORRECTED, MODEL),
            coding("net", "B", 2, Act.ADJUDICATED, MODEL),
        ],
        None,
        None,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_verified_code(case):
    codings, assigned, expected = CASES[case]
    assert verified_code(codings, assigned) == expected
