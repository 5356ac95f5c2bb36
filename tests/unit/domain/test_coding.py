"""Decisions: a model's from its probabilities, and people's verified code."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.coding import (
    Act,
    Basis,
    CoderKind,
    Coding,
    Prediction,
    Verified,
    last_of,
    latest,
    standing,
    together,
    verified,
    verified_code,
)

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


def taken_back(coder: str, minute: int = 0) -> Coding:
    return coding(coder, "Z", minute, Act.WITHDRAWN)


CASES |= {
    "a decision taken back is none": (
        [coding("ann", "A", act=Act.CORRECTED), taken_back("ann")],
        None,
        None,
    ),
    "the decision before counts again": (
        [
            coding("ann", "A", act=Act.CONFIRMED),
            coding("ann", "B", 1, Act.CORRECTED),
            taken_back("ann", 2),
        ],
        None,
        "A",
    ),
    "a decision is made again after it was taken back": (
        [
            coding("ann", "A", act=Act.CORRECTED),
            taken_back("ann", 1),
            coding("ann", "A", 2, Act.CORRECTED),
        ],
        None,
        "A",
    ),
    "another's decision is not taken back": (
        [
            coding("ann", "A", act=Act.CORRECTED),
            coding("bob", "B", 1, Act.CORRECTED),
            taken_back("ann", 2),
        ],
        None,
        "B",
    ),
    "an adjudication taken back gives way": (
        [
            coding("ann", "A", act=Act.CORRECTED),
            coding("eve", "B", 1, Act.ADJUDICATED),
            taken_back("eve", 2),
        ],
        None,
        "A",
    ),
    "a plain code is taken back like any decision": (
        [coding("ann", "B"), coding("bob", "A"), taken_back("ann", 2)],
        None,
        "A",
    ),
    "the latest decision is taken back, whatever it was": (
        [coding("ann", "A", act=Act.CORRECTED), coding("ann", "B", 1), taken_back("ann", 2)],
        None,
        "A",
    ),
}


def test_the_latest_decision_is_one_that_stands():
    first, second = coding("ann", "A"), coding("ann", "B", 1, Act.CORRECTED)
    assert latest([first, second, taken_back("ann", 2)]) == {"ann": first}
    assert latest([second, taken_back("ann", 2)]) == {}


def test_it_is_told_why_a_code_is_verified():
    agreed = [coding("bob", "A"), coding("ann", "A"), coding("net", "A", kind=MODEL)]
    reviewed = [*agreed, coding("eve", "B", 1, Act.CORRECTED)]
    settled = [*reviewed, coding("eve", "C", 2, Act.ADJUDICATED)]
    assert verified(agreed) == Verified("A", Basis.AGREED, ("ann", "bob"))
    assert verified(reviewed) == Verified("B", Basis.REVIEWED, ("eve",))
    assert verified(settled) == Verified("C", Basis.ADJUDICATED, ("eve",))
    assert verified([coding("ann", "A"), coding("bob", "B")]) is None


def test_a_withdrawal_that_finds_nothing_does_nothing():
    later = coding("ann", "A", 1, Act.CORRECTED)
    assert standing([taken_back("ann"), later]) == [later]
    assert last_of([later], "bob") is None


def test_of_a_thoughts_messages_each_withdrawal_is_its_own_messages():
    first, second = coding("ann", "A"), replace(coding("ann", "B", 1), message_id="m2")
    undone = taken_back("ann", 2)
    codings = together([[first, undone], [second]])
    assert codings == (first, second, undone)
    assert standing(codings) == [second]
    assert verified_code(codings) == "B"


def test_a_clock_that_was_set_back_withdraws_nothing_before_it_was_decided():
    decided, undone = coding("ann", "A", 2), taken_back("ann", 1)
    other = replace(coding("bob", "B", 0), message_id="m2")
    assert together([[decided, undone], [other]]) == (other, decided, undone)


WHO = st.sampled_from(["ann", "bob", "eve"])
GIVEN = st.one_of(
    st.tuples(st.just("undo"), WHO, st.none()),
    st.tuples(
        st.sampled_from([a for a in Act if a is not Act.WITHDRAWN]), WHO, st.sampled_from("AB")
    ),
)


@given(st.lists(GIVEN, max_size=12), st.none() | st.sets(WHO))
def test_what_was_taken_back_counts_as_if_it_had_never_been(steps, assigned):
    """The log with its withdrawals says what the log without the cancelled pairs says."""
    log: list[Coding] = [coding("net", "A", kind=MODEL)]
    pairs: set[int] = set()  # places in the log: what was cancelled, and what cancelled it
    open_: dict[str, list[int]] = {}  # by coder, what they may still take back
    for minute, (act, who, code) in enumerate(steps):
        if act == "undo":
            if open_.get(who):
                pairs |= {open_[who].pop(), len(log)}
                log.append(taken_back(who, minute))
            continue
        open_.setdefault(who, []).append(len(log))
        log.append(coding(who, code, minute, act))
    rest = [c for n, c in enumerate(log) if n not in pairs]
    assert standing(log) == rest
    assert latest(log) == latest(rest)
    assert verified_code(log, assigned) == verified_code(rest, assigned)
    assert (verified_code(log) is None) or any(c.kind is CoderKind.HUMAN for c in rest)


@pytest.mark.parametrize("case", CASES)
def test_the_verified_code(case):
    codings, assigned, expected = CASES[case]
    assert verified_code(codings, assigned) == expected
