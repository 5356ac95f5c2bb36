"""Intervals by bootstrap over groups, computed from one confusion matrix a group.

Messages of one group answer each other, so groups are drawn, not messages. A drawn set of
groups is the sum of its groups' confusion matrices: all resamples are one matrix product.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % percentile interval; both ends are None where it is undefined."""

    low: float | None
    high: float | None


_FEW = 10
"""Groups below which a bootstrap over groups is known to come out too narrow."""


def interval_note(groups: int) -> str | None:
    """Return what is to be said beside an interval over `groups`, or why there is none."""
    if groups < 2:
        return "no interval: it needs at least two groups"
    return f"a rough interval: from {groups} groups alone" if groups < _FEW else None


def group_confusions(
    groups: tuple[str, ...], gold: NDArray[np.int64], predicted: NDArray[np.int64], classes: int
) -> Floats:
    """Return counts (groups, classes, classes): rows are the gold code, columns the model's."""
    names, member = np.unique(np.asarray(groups, dtype=object), return_inverse=True)
    counts = np.zeros((len(names), classes, classes))
    np.add.at(counts, (member, gold, predicted), 1)
    return counts


def accuracies(confusions: Floats) -> Floats:
    """Return the share of right codes (...,) of confusion matrices (..., k, k)."""
    return _ratio(np.trace(confusions, axis1=-2, axis2=-1), confusions.sum((-2, -1)))


def kappas(confusions: Floats) -> Floats:
    """Return Cohen's kappa (...,) of confusion matrices (..., k, k).

    1 - observed / expected disagreement (Cohen 1960); NaN where both coders used one and
    the same code throughout, since no disagreement can be expected then.
    """
    total = confusions.sum((-2, -1))
    chance = (confusions.sum(-1) * confusions.sum(-2)).sum(-1)
    expected = total**2 - chance
    observed = (total - np.trace(confusions, axis1=-2, axis2=-1)) * total
    return 1 - _ratio(observed, expected)


def macro_f1s(confusions: Floats) -> Floats:
    """Return the mean F1 (...,) over the codes that occur as gold or as prediction."""
    hits = np.diagonal(confusions, axis1=-2, axis2=-1)
    both = confusions.sum(-1) + confusions.sum(-2)
    f1 = np.nan_to_num(_ratio(2 * hits, both))
    return _ratio(f1.sum(-1), (both > 0).sum(-1).astype(np.float64))


def bootstrap(confusions: Floats, seed: int, resamples: int) -> dict[str, Interval]:
    """Return the intervals of accuracy, kappa and macro_f1 over the groups' confusions.

    Percentile method (Efron & Tibshirani 1993, ch. 13). Fewer than two groups, or a measure
    that is undefined in every resample, give an interval of None.
    """
    groups, classes = confusions.shape[0], confusions.shape[-1]
    measures = {"accuracy": accuracies, "kappa": kappas, "macro_f1": macro_f1s}
    if groups < 2:
        return {name: Interval(None, None) for name in measures}
    draws = np.random.default_rng(seed).multinomial(
        groups, np.full(groups, 1 / groups), size=resamples
    )
    drawn = (draws.astype(np.float64) @ confusions.reshape(groups, -1)).reshape(
        resamples, classes, classes
    )
    return {name: _percentiles(measure(drawn)) for name, measure in measures.items()}


def _percentiles(values: Floats) -> Interval:
    defined = values[~np.isnan(values)]
    if not defined.size:
        return Interval(None, None)
    low, high = np.percentile(defined, [2.5, 97.5])
    return Interval(float(low), float(high))


def _ratio(above: Floats, below: Floats) -> Floats:
    undefined = np.full(np.shape(below), np.nan)
    return np.asarray(np.divide(above, below, out=undefined, where=below > 0))
