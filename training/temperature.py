"""One number that makes a coder as sure as it is right: temperature scaling.

Guo, Pleiss, Sun & Weinberger 2017, *On calibration of modern neural networks*, section 4.2: the
logits are divided by the temperature that makes the people's codes of held-out messages likeliest.
No code changes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

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
    logs, gold = _logs(scored)[known], scored.gold[known]
    low, high = np.log(_LOW), np.log(_HIGH)
    found = minimize_scalar(
        lambda at: _loss(logs, gold, float(np.exp(at))),
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


def _loss(logs: NDArray[np.float64], gold: NDArray[np.int64], temperature: float) -> float:
    """Return the mean negative logarithm of the probability of the people's codes."""
    scaled = logs / temperature
    top = scaled.max(axis=1)
    whole = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))
    return float((whole - scaled[np.arange(len(gold)), gold]).mean())
