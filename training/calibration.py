"""How far a coder's confidence can be trusted: calibration error and errors by confidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 15
THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True)
class Bin:
    """The messages whose confidence lies in (low, high]; means are None where there are none."""

    low: float
    high: float
    n: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True, slots=True)
class Cut:
    """What happens above (confidence >= threshold) and below one threshold.

    `messages_*` are shares of all messages, `errors_*` shares of all errors, `error_rate_*`
    errors by messages of that side; None where there is nothing to divide by.
    """

    threshold: float
    messages_above: float | None
    messages_below: float | None
    error_rate_above: float | None
    error_rate_below: float | None
    errors_above: float | None
    errors_below: float | None


def reliability(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[Bin, ...]:
    """Return 15 equal-width bins of the top probability (Guo et al. 2017, reliability diagram)."""
    place = np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)
    bins = []
    for index in range(BINS):
        inside = place == index
        n = int(inside.sum())
        bins.append(
            Bin(
                index / BINS,
                (index + 1) / BINS,
                n,
                float(confidence[inside].mean()) if n else None,
                float(right[inside].mean()) if n else None,
            )
        )
    return tuple(bins)


def expected_calibration_error(bins: tuple[Bin, ...]) -> float | None:
    """Return the mean distance of confidence and accuracy, weighted by messages; None for none.

    Guo, Pleiss, Sun & Weinberger 2017, *On calibration of modern neural networks*, eq. 3.
    """
    total = sum(b.n for b in bins)
    if not total:
        return None
    filled = [(b.n, b.confidence, b.accuracy) for b in bins]
    return sum(n * abs(c - a) for n, c, a in filled if c is not None and a is not None) / total


def errors_by_confidence(
    confidence: NDArray[np.float64], right: NDArray[np.bool_]
) -> tuple[Cut, ...]:
    """Return messages and errors above and below each confidence from 0.1 to 0.9."""
    return tuple(_cut(t, confidence >= t, ~right) for t in THRESHOLDS)


def _cut(threshold: float, above: NDArray[np.bool_], wrong: NDArray[np.bool_]) -> Cut:
    messages, errors = len(wrong), int(wrong.sum())
    n_above, errors_above = int(above.sum()), int((above & wrong).sum())
    n_below, errors_below = messages - n_above, errors - errors_above
    return Cut(
        threshold=threshold,
        messages_above=_share(n_above, messages),
        messages_below=_share(n_below, messages),
        error_rate_above=_share(errors_above, n_above),
        error_rate_below=_share(errors_below, n_below),
        errors_above=_share(errors_above, errors),
        errors_below=_share(errors_below, errors),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
