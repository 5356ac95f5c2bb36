"""How well a coder agrees with people on messages that people have coded."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score, precision_recall_fscore_support

from training.abstention import AGREEMENTS, Sent, curve, needed
from training.calibration import (
    Bin,
    Cut,
    errors_by_confidence,
    expected_calibration_error,
    reliability,
)
from training.intervals import bootstrap, group_confusions
from training.scored import Scored

__all__ = ["CodeMetrics", "Confused", "Metrics", "Scored", "evaluate", "summary"]


@dataclass(frozen=True, slots=True)
class CodeMetrics:
    """One code against all others; None where it occurs on neither side.

    `kappa` is Cohen's for code or not code, None also where it stands on every message.
    """

    n: int
    predicted: int
    precision: float | None
    recall: float | None
    f1: float | None
    kappa: float | None


@dataclass(frozen=True, slots=True)
class Confused:
    """How often the model gave `predicted` where people gave `gold`."""

    gold: str
    predicted: str
    n: int
    share_of_gold: float


@dataclass(frozen=True)
class Metrics:
    """The measures of one evaluation; None where a measure is undefined, never NaN.

    Undefined are: everything for no messages; intervals for fewer than two groups; kappa
    where people and model gave one and the same code throughout. `sent_to_people` is what sharing
    the work leads to, `needed` the smallest share for an agreement such as "0.89".
    """

    n: int
    groups: int
    classes: tuple[str, ...]
    accuracy: float | None
    accuracy_low: float | None
    accuracy_high: float | None
    kappa: float | None
    kappa_low: float | None
    kappa_high: float | None
    macro_f1: float | None
    macro_f1_low: float | None
    macro_f1_high: float | None
    ece: float | None
    per_code: dict[str, CodeMetrics]
    confusion: tuple[tuple[int, ...], ...]
    reliability: tuple[Bin, ...]
    errors_by_confidence: tuple[Cut, ...]
    sent_to_people: tuple[Sent, ...]
    needed: dict[str, Sent | None]
    most_confused: tuple[Confused, ...]
    unknown: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def evaluate(scored: Scored, seed: int = 0, resamples: int = 1000) -> Metrics:
    """Return the measures of `scored`, with 95 % intervals by bootstrap over groups.

    macro_f1 is the mean F1 of the codes that occur in the people's codes or the model's; an
    F1 without hits counts 0. A code that the model does not know is a class of its own: its
    messages are errors, and it is named in `unknown`. The same seed gives the same intervals.
    """
    gold, predicted = scored.gold_classes, scored.predicted
    classes = len(scored.classes)
    confusions = group_confusions(scored.groups, gold, predicted, classes)
    intervals = bootstrap(confusions, seed, resamples)
    per_code = _per_code(scored)
    occurring = [m.f1 for m in per_code.values() if m.f1 is not None]
    bins = reliability(scored.confidence, scored.right)
    n = len(gold)
    return Metrics(
        n=n,
        groups=len(confusions),
        classes=scored.classes,
        accuracy=float(scored.right.mean()) if n else None,
        accuracy_low=intervals["accuracy"].low,
        accuracy_high=intervals["accuracy"].high,
        kappa=_kappa(gold, predicted),
        kappa_low=intervals["kappa"].low,
        kappa_high=intervals["kappa"].high,
        macro_f1=sum(occurring) / len(occurring) if occurring else None,
        macro_f1_low=intervals["macro_f1"].low,
        macro_f1_high=intervals["macro_f1"].high,
        ece=expected_calibration_error(bins),
        per_code=per_code,
        confusion=tuple(tuple(int(c) for c in row) for row in confusions.sum(axis=0)),
        reliability=bins,
        errors_by_confidence=errors_by_confidence(scored.confidence, scored.right),
        sent_to_people=curve(scored.confidence, scored.right),
        needed={f"{a:g}": needed(scored.confidence, scored.right, a) for a in AGREEMENTS},
        most_confused=_most_confused(scored),
        unknown=dict(sorted(Counter(scored.unknown).items())),
    )


def summary(metrics: Metrics) -> dict[str, Any]:
    """Return the few figures that a bundle's manifest carries."""
    names = ("n", "groups", "accuracy", "kappa", "kappa_low", "kappa_high", "macro_f1", "ece")
    return {name: getattr(metrics, name) for name in names}


def _per_code(scored: Scored) -> dict[str, CodeMetrics]:
    gold, predicted = scored.gold_classes, scored.predicted
    if not len(gold):
        return {code: CodeMetrics(0, 0, None, None, None, None) for code in scored.classes}
    size = len(scored.classes)
    precision, recall, f1, support = precision_recall_fscore_support(
        gold, predicted, labels=list(range(size)), zero_division=0
    )
    given = np.bincount(predicted, minlength=size)
    measured: dict[str, CodeMetrics] = {}
    for i, code in enumerate(scored.classes):
        occurs = bool(support[i] or given[i])
        measured[code] = CodeMetrics(
            n=int(support[i]),
            predicted=int(given[i]),
            precision=float(precision[i]) if occurs else None,
            recall=float(recall[i]) if occurs else None,
            f1=float(f1[i]) if occurs else None,
            kappa=_kappa(gold == i, predicted == i),
        )
    return measured


def _kappa(one: NDArray[Any], other: NDArray[Any]) -> float | None:
    if len(np.union1d(one, other)) < 2:  # no disagreement can be expected: kappa is 0 / 0
        return None
    return float(cohen_kappa_score(one, other))


def _most_confused(scored: Scored) -> tuple[Confused, ...]:
    gold, wrong = scored.gold_classes, ~scored.right
    pairs = Counter(zip(gold[wrong].tolist(), scored.predicted[wrong].tolist(), strict=True))
    of_gold = np.bincount(gold, minlength=len(scored.classes))
    ordered = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        Confused(scored.classes[g], scored.classes[p], n, n / int(of_gold[g]))
        for (g, p), n in ordered
    )
