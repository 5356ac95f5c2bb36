"""One number that makes a coder as sure as it is right: temperature scaling.

Guo, Pleiss, Sun & Weinberger 2017, *On calibration of modern neural networks*, section 4.2: the
logits are divided by one number. No code changes. They take the temperature that makes the right
labels likeliest; here it is the one that makes "this code is right" likeliest, since that is all
that a confidence is used for (top-label calibration, Gupta & Ramdas 2022, *Top-label calibration
and multiclass-to-binary reductions*). Theirs is fitted to the probabilities of all codes, and can
leave a coder too sure of the one that it gives.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

from bot.inference.local import softmax
from training.scored import Scored

_FEWEST = 50  # records: with fewer, a handful of messages would make the coder timid or bold
_LOW, _HIGH = 0.2, 5.0  # trained networks need 0.9 to 1.5; at a bound something else is wrong
_AT_BOUND = 0.01  # how near to a bound, on the logarithmic scale, is at it
_SMALLEST = np.finfo(np.float32).tiny


@dataclass(frozen=True, slots=True)
class Temperature:
    """By what logits are divided; `note` says why nothing was fitted, None where it was."""

    value: float
    note: str | None = None


def fit_temperature(scored: Scored) -> Temperature:
    """Return the temperature of a coder that scored held-out messages with temperature 1.

    Messages with a code that the coder does not know count as none: no temperature helps them.
    It is 1, with a note, where they tell nothing sure: few records, or a best value beyond every
    sensible one (as where the coder is right, or wrong, on all).
    """
    known = scored.gold >= 0
    n = int(known.sum())
    if n < _FEWEST:
        return Temperature(
            1.0, f"confidence is not calibrated: {n} records to do it by, {_FEWEST} are needed"
        )
    logs, right = _logs(scored)[known], (scored.predicted == scored.gold)[known]
    low, high = np.log(_LOW), np.log(_HIGH)
    found = minimize_scalar(
        lambda at: _loss(logs, right, float(np.exp(at))),
        bounds=(low, high),
        method="bounded",
        options={"xatol": 1e-5},
    )
    at = float(found.x)
    if not found.success or at - low < _AT_BOUND or high - at < _AT_BOUND:
        return Temperature(
            1.0,
            f"confidence is not calibrated: no temperature from {_LOW:g} to {_HIGH:g} suits the "
            f"{n} records",
        )
    return Temperature(round(float(np.exp(at)), 4))


def tempered(scored: Scored, temperature: float) -> Scored:
    """Return what the same coder gives with its temperature multiplied by `temperature`."""
    return replace(scored, probabilities=softmax(_logs(scored), temperature))


def _logs(scored: Scored) -> NDArray[np.float64]:
    """Return the logits (n, labels), each row less a constant that softmax takes out again."""
    return np.log(np.maximum(scored.probabilities, _SMALLEST).astype(np.float64))


def _loss(logs: NDArray[np.float64], right: NDArray[np.bool_], temperature: float) -> float:
    """Return the mean log loss of the confidences as statements that the codes are right."""
    scaled = np.sort(logs / temperature, axis=1)
    given, others = scaled[:, -1], logsumexp(scaled[:, :-1], axis=1)
    return float((np.logaddexp(given, others) - np.where(right, given, others)).mean())
