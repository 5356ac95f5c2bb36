"""Agreement with people: the measures, their intervals, and what is undefined."""

from __future__ import annotations

import dataclasses
import json
import time

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score

from tests.unit.training.report_of import scored_of
from training.metrics import Metrics, Scored, evaluate, summary


def scored(
    gold: list[int],
    predicted: list[int],
    labels: str = "ABC",
    groups: list[str] | None = None,
    unknown: tuple[str, ...] = (),
    confidence: float = 0.8,
) -> Scored:
    """Return messages on which the model is `confidence` sure of `predicted`."""
    n, k = len(gold), len(labels)
    probabilities = np.full((n, k), (1 - confidence) / max(k - 1, 1), dtype=np.float32)
    probabilities[np.arange(n), predicted] = confidence
    return Scored(
        tuple(f"m{i}" for i in range(n)),
        tuple(groups or [f"g{i % 2}" for i in range(n)]),
        np.array(gold, dtype=np.int64),
        probabilities,
        tuple(labels),
        ("",) * n,
        unknown,
    )


def test_kappa_of_the_textbook_example() -> None:
    # 50 grant proposals, read yes/no by two readers: 20 yes-yes, 15 no-no, 5 and 10 apart.
    # Observed .70, expected .50: kappa .40 (the standard worked example of Cohen's kappa).
    gold = [0] * 25 + [1] * 25
    predicted = [0] * 20 + [1] * 5 + [0] * 10 + [1] * 15
    result = evaluate(scored(gold, predicted, "YN"))
    assert result.accuracy == pytest.approx(0.70)
    assert result.kappa == pytest.approx(0.40)
    assert result.per_code["Y"].kappa == pytest.approx(0.40)
    assert result.confusion == ((20, 5), (10, 15))


def test_measures_are_those_of_scikit_learn() -> None:
    data = scored_of(9)
    result = evaluate(data)
    gold, predicted = data.gold_classes, data.predicted
    assert result.accuracy == pytest.approx(accuracy_score(gold, predicted))
    assert result.kappa == pytest.approx(cohen_kappa_score(gold, predicted))
    assert result.macro_f1 == pytest.approx(f1_score(gold, predicted, average="macro"))
    assert sum(map(sum, result.confusion)) == result.n == 400
    assert result.groups == 12


def test_interval_encloses_the_measure_and_repeats_with_its_seed() -> None:
    data = scored_of(6)
    result = evaluate(data, seed=3)
    assert result.kappa is not None
    assert result.kappa_low is not None
    assert result.kappa_high is not None
    assert result.kappa_low < result.kappa < result.kappa_high
    assert evaluate(data, seed=3) == result
    assert evaluate(data, seed=4).kappa_low != result.kappa_low


def test_interval_is_that_of_evaluating_redrawn_groups_one_by_one() -> None:
    data = scored_of(4, messages=80, groups=5)
    names = sorted(set(data.groups))
    draws = np.random.default_rng(0).multinomial(5, np.full(5, 1 / 5), size=200)
    kappas, f1s = [], []
    for draw in draws:
        rows = [
            i for name, times in zip(names, draw, strict=True) for _ in range(times)
            for i, group in enumerate(data.groups) if group == name
        ]  # fmt: skip
        kappas.append(cohen_kappa_score(data.gold_classes[rows], data.predicted[rows]))
        f1s.append(f1_score(data.gold_classes[rows], data.predicted[rows], average="macro"))
    result = evaluate(data, seed=0, resamples=200)
    assert (result.kappa_low, result.kappa_high) == pytest.approx(
        tuple(np.percentile(kappas, [2.5, 97.5]))
    )
    assert (result.macro_f1_low, result.macro_f1_high) == pytest.approx(
        tuple(np.percentile(f1s, [2.5, 97.5]))
    )


def test_groups_that_differ_give_a_wider_interval_than_groups_that_are_alike() -> None:
    gold = [0, 1] * 50
    wrong = [1 - g for g in gold[:20]] + gold[20:]
    apart = evaluate(scored(gold, wrong, "AB", groups=[f"g{i // 20}" for i in range(100)]))
    alike = evaluate(scored(gold, wrong, "AB", groups=[f"g{i % 5}" for i in range(100)]))
    assert apart.kappa == alike.kappa
    assert apart.accuracy_low is not None
    assert alike.accuracy_low is not None
    assert apart.accuracy_low < alike.accuracy_low


def test_interval_of_many_messages_takes_well_under_a_second() -> None:
    data = scored_of(25, messages=5000, groups=400)
    started = time.process_time()
    evaluate(data)
    assert time.process_time() - started < 3  # takes 0.1 s; a loop over resamples takes minutes


def test_macro_f1_is_over_codes_that_occur_in_gold_or_predictions() -> None:
    # C occurs nowhere; B is only predicted and counts 0.
    result = evaluate(scored([0, 0], [0, 1]))
    assert result.macro_f1 == pytest.approx((2 / 3 + 0) / 2)
    assert result.per_code["B"].f1 == 0.0
    assert result.per_code["C"].f1 is None


def test_code_that_the_model_does_not_know_is_an_error_and_named() -> None:
    result = evaluate(scored([0, -1, 1, -1], [0, 0, 1, 1], unknown=("ZZ", "YY")))
    assert result.accuracy == 0.5
    assert result.unknown == {"YY": 1, "ZZ": 1}
    assert result.classes == ("A", "B", "C", "YY", "ZZ")
    assert result.per_code["ZZ"].recall == 0.0
    assert [(p.gold, p.predicted) for p in result.most_confused] == [("YY", "B"), ("ZZ", "A")]
    assert result.macro_f1 == pytest.approx((2 / 3 + 2 / 3 + 0 + 0) / 4)


def test_calibration_error_of_a_coder_that_is_too_sure() -> None:
    result = evaluate(scored([0] * 10, [0] * 6 + [1] * 4, confidence=0.9))
    assert result.ece == pytest.approx(0.3, abs=1e-6)
    filled = [b for b in result.reliability if b.n]
    assert len(result.reliability) == 15
    assert [(b.n, b.accuracy) for b in filled] == [(10, 0.6)]


def test_calibration_error_weighs_bins_by_their_messages() -> None:
    data = scored([0, 0, 0, 0], [0, 0, 0, 1], "AB")
    sure = np.array([[0.95, 0.05], [0.95, 0.05], [0.95, 0.05], [0.3, 0.7]], dtype=np.float32)
    result = evaluate(dataclasses.replace(data, probabilities=sure))
    assert result.ece == pytest.approx((3 * 0.05 + 1 * 0.7) / 4, abs=1e-6)


def test_errors_above_and_below_each_confidence() -> None:
    data = scored([0, 0, 0, 0], [0, 0, 1, 1], "AB")
    sure = np.array([[0.95, 0.05], [0.65, 0.35], [0.25, 0.75], [0.4, 0.6]], dtype=np.float32)
    cuts = evaluate(dataclasses.replace(data, probabilities=sure)).errors_by_confidence
    assert [c.threshold for c in cuts] == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    at_70 = cuts[6]
    assert (at_70.messages_above, at_70.messages_below) == (0.5, 0.5)
    assert (at_70.error_rate_above, at_70.error_rate_below) == (0.5, 0.5)
    assert (at_70.errors_above, at_70.errors_below) == (0.5, 0.5)
    at_90 = cuts[8]
    assert (at_90.error_rate_above, at_90.errors_below) == (0.0, 1.0)
    assert cuts[0].error_rate_below is None  # no message is that unsure


def test_most_confused_pairs_come_by_count_with_their_share() -> None:
    result = evaluate(scored([0, 0, 0, 1, 1, 2], [1, 1, 0, 2, 1, 2]))
    assert [(p.gold, p.predicted, p.n) for p in result.most_confused] == [
        ("A", "B", 2),
        ("B", "C", 1),
    ]
    assert result.most_confused[0].share_of_gold == pytest.approx(2 / 3)


def test_no_messages_leave_every_measure_undefined() -> None:
    result = evaluate(scored([], []))
    assert (result.n, result.groups) == (0, 0)
    assert result.accuracy is result.kappa is result.kappa_low is result.macro_f1 is None
    assert result.ece is None
    assert result.most_confused == ()


def test_one_group_has_no_interval() -> None:
    result = evaluate(scored([0, 1, 0], [0, 1, 1], groups=["g", "g", "g"]))
    assert result.kappa is not None
    assert result.kappa_low is result.kappa_high is result.accuracy_low is None


def test_one_code_throughout_has_no_kappa() -> None:
    result = evaluate(scored([0, 0, 0, 0], [0, 0, 0, 0]))
    assert result.accuracy == 1.0
    assert result.kappa is result.kappa_low is None
    assert result.per_code["A"].kappa is None


@pytest.mark.parametrize(
    "result",
    [
        evaluate(scored([], [])),
        evaluate(scored([0], [0], "A")),
        evaluate(scored([0, 0, 1], [0, 0, 1])),
        evaluate(scored([-1, -1], [0, 1], unknown=("ZZ", "ZZ"))),
        evaluate(scored_of(16)),
    ],
    ids=["none", "one", "all right", "only unknown codes", "ordinary"],
)
def test_plain_form_is_json_without_nan(result: Metrics) -> None:
    text = json.dumps(result.to_dict(), allow_nan=False)
    keys = {"n", "accuracy", "kappa", "kappa_low", "kappa_high", "macro_f1", "ece", "per_code"}
    assert keys <= set(json.loads(text))


def test_summary_holds_the_headline_figures() -> None:
    result = evaluate(scored_of(4))
    assert summary(result) == {
        "n": 400,
        "groups": 12,
        "accuracy": result.accuracy,
        "kappa": result.kappa,
        "kappa_low": result.kappa_low,
        "kappa_high": result.kappa_high,
        "macro_f1": result.macro_f1,
        "ece": result.ece,
    }


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"groups": ("g0",)}, "different length"),
        ({"labels": ("A", "B")}, "different length"),
        ({"gold": np.array([0, 3])}, "gold must lie"),
        ({"gold": np.array([0, -2])}, "gold must lie"),
        ({"gold": np.array([0, -1])}, "unknown must name"),
        ({"unknown": ("ZZ",)}, "unknown must name"),
        ({"gold": np.array([0, -1]), "unknown": ("A",)}, "stands in labels"),
    ],
)
def test_columns_that_do_not_fit_are_refused(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        dataclasses.replace(scored([0, 1], [0, 1]), **change)  # type: ignore[arg-type]
