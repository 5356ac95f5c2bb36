"""How reliable each coder is, and what the true codes then are: Dawid & Skene's EM.

A. P. Dawid & A. M. Skene 1979, *Maximum Likelihood Estimation of Observer Error-Rates Using the
EM Algorithm*, Applied Statistics 28, 20-28; equations by their numbers there. The prior on the
error rates is ours: two coders and rare codes give too few counts for shares of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_ENOUGH = 1e-6  # change of the probabilities at which the estimate stands
_ROUNDS = 200


@dataclass(frozen=True)
class Estimate:
    """What the votes say: of n items, c coders, k classes.

    `classes` (n, k) are the probabilities of each item's true class; `rates` (c, k, k) what a
    coder says (last axis) where a class is true; `shares` (k,) how frequent the classes are.
    """

    classes: Floats
    rates: Floats
    shares: Floats


def estimate(counts: Floats, prior: float = 0.0) -> Estimate:
    """Return the estimate from `counts` (n, c, k): how often each coder gave an item each class.

    `prior` counts are added to each row of each coder's rates, spread as a coder would answer who
    is right as often as this one is over all classes, and wrong evenly: a row with few votes is
    drawn to that, one with many keeps its own. As many items are added to the classes' shares,
    evenly. With 0 it is the published algorithm.
    """
    k = counts.shape[2]
    given = counts.sum(axis=1)
    classes: Floats = given / np.maximum(given.sum(axis=1, keepdims=True), 1)  # (3.1)
    for _ in range(_ROUNDS):
        shares = (classes.sum(axis=0) + prior / k) / max(len(classes) + prior, 1)  # (2.4)
        said: Floats = np.einsum("nj,ncl->cjl", classes, counts)  # (2.3), before normalising
        rates = _normalised(said + prior * _even(said, k))
        after = _classes(counts, shares, rates)
        moved = float(np.abs(after - classes).max(initial=0.0))
        classes = after
        if moved < _ENOUGH:
            break
    return Estimate(classes, rates, shares)


def _even(said: Floats, k: int) -> Floats:
    """Return (c, k, k) rates of coders who are right equally often whatever is true."""
    right = np.trace(said, axis1=1, axis2=2) + 1.0  # one vote of each kind: no coder is an oracle
    share = (right / (said.sum(axis=(1, 2)) + 2.0))[:, None, None]
    same = np.eye(k)[None]
    rates: Floats = share * same + (1 - share) / max(k - 1, 1) * (1 - same)
    return rates


def _normalised(said: Floats) -> Floats:
    total: Floats = said.sum(axis=2, keepdims=True)
    rates: Floats = said / np.where(total > 0, total, 1.0)
    return rates


def _classes(counts: Floats, shares: Floats, rates: Floats) -> Floats:
    """Return the classes' probabilities (n, k): equation (2.5), in logarithms."""
    tiny = np.finfo(np.float64).tiny  # stands for nothing: 0 times its logarithm stays 0
    logs = np.einsum("ncl,cjl->nj", counts, np.log(np.maximum(rates, tiny)))
    logs = logs + np.log(np.maximum(shares, tiny))
    likely = np.exp(logs - logs.max(axis=1, keepdims=True))
    classes: Floats = likely / likely.sum(axis=1, keepdims=True)
    return classes
