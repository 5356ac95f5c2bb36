"""The intervals of an evaluation: measures of the confusion of people's codes and the model's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bot.reliability.coefficients import cohen_kappa
from bot.reliability.resampling import Draws, Grouping, Interval, interval, ratio
from bot.reliability.sums import Paired

Floats = NDArray[np.float64]


def group_confusions(
    groups: tuple[str, ...], gold: NDArray[np.int64], predicted: NDArray[np.int64], classes: int
) -> Floats:
    """Return counts (groups, classes, classes): rows are the gold code, columns the model's."""
    grouping = Grouping.of(groups)
    counts = np.zeros((grouping.count, classes, classes))
    np.add.at(counts, (grouping.member, gold, predicted), 1)
    return counts


def accuracies(confusions: Floats) -> Floats:
    """Return the share of right codes (...,) of confusion matrices (..., k, k)."""
    return ratio(np.trace(confusions, axis1=-2, axis2=-1), confusions.sum((-2, -1)))


def kappas(confusions: Floats) -> Floats:
    """Return Cohen's kappa (...,) of confusion matrices (..., k, k); NaN where undefined."""
    both = np.diagonal(confusions, axis1=-2, axis2=-1)
    found: Floats = cohen_kappa(Paired(both, confusions.sum(-1), confusions.sum(-2)))[..., 0]
    return found


def macro_f1s(confusions: Floats) -> Floats:
    """Return the mean F1 (...,) over the codes that occur as gold or as prediction."""
    hits = np.diagonal(confusions, axis1=-2, axis2=-1)
    both = confusions.sum(-1) + confusions.sum(-2)
    f1 = np.nan_to_num(ratio(2 * hits, both))
    return ratio(f1.sum(-1), (both > 0).sum(-1).astype(np.float64))


def bootstrap(confusions: Floats, seed: int, resamples: int) -> dict[str, Interval]:
    """Return the intervals of accuracy, kappa and macro_f1 over the groups' confusions.

    Fewer than two groups, or a measure that is undefined in every resample, give an interval
    of None.
    """
    measures = {"accuracy": accuracies, "kappa": kappas, "macro_f1": macro_f1s}
    if len(confusions) < 2:
        return {name: Interval(None, None) for name in measures}
    drawn = Draws.of(len(confusions), seed, resamples).sums(confusions)
    return {name: interval(measure(drawn)) for name, measure in measures.items()}
