"""Intervals by bootstrap over groups, computed from sums over each group's units.

Messages of one group answer each other, so groups are drawn, not messages. A measure that is
a function of sums over units has, for a drawn set of groups, the sum of its groups' sums: all
resamples are one matrix product.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % percentile interval; both ends are None where it is undefined."""

    low: float | None
    high: float | None


FEW = 10
"""Groups below which a bootstrap over groups is known to come out too narrow."""

_CHUNK = 2_000_000
"""Numbers handled at a time, so that memory does not grow with the study: 16 MB."""


def interval_note(groups: int) -> str | None:
    """Return what is to be said beside an interval over `groups`, or why there is none."""
    if groups < 2:
        return "no interval: it needs at least two groups"
    return f"a rough interval: from {groups} groups alone" if groups < FEW else None


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """Which of `count` groups each unit belongs to: `member` (units,) counts from 0."""

    count: int
    member: NDArray[np.intp]

    @classmethod
    def of(cls, groups: tuple[str, ...]) -> Grouping:
        """Return the grouping of units by the names of their groups, which sort the groups."""
        place = {name: n for n, name in enumerate(sorted(set(groups)))}
        return cls(len(place), np.fromiter(map(place.__getitem__, groups), np.intp, len(groups)))

    def sums(self, terms: Callable[[slice], Floats], width: int) -> Floats:
        """Return the sums (groups, width) of `terms`, which gives those of a slice of units.

        The slices are asked for one after another and are short enough to fit in memory.
        """
        total = np.zeros((self.count, width))
        step = max(1, _CHUNK // max(width, 1))
        for start in range(0, len(self.member), step):
            part = slice(start, start + step)
            order = np.argsort(self.member[part], kind="stable")
            present, first = np.unique(self.member[part][order], return_index=True)
            total[present] += np.add.reduceat(terms(part)[order], first, axis=0)
        return total


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """How often each resample (rows) draws each group (columns)."""

    times: NDArray[np.uint16]

    @classmethod
    def of(cls, groups: int, seed: int, resamples: int) -> Draws:
        """Return `resamples` draws of as many groups as there are, with replacement."""
        random = np.random.default_rng(seed)
        times = np.empty((resamples, groups), dtype=np.uint16)
        if groups:
            for part in _parts(resamples, groups):
                rows = times[part].shape[0]
                times[part] = random.multinomial(groups, np.full(groups, 1 / groups), size=rows)
        return cls(times)

    def sums(self, of_groups: Floats) -> Floats:
        """Return the sums (resamples, ...) over the groups drawn, from those (groups, ...)."""
        resamples, groups = self.times.shape
        flat = of_groups.reshape(groups, math.prod(of_groups.shape[1:]))
        drawn = np.empty((resamples, flat.shape[1]))
        for part in _parts(resamples, groups):
            drawn[part] = self.times[part].astype(np.float64) @ flat
        return drawn.reshape(resamples, *of_groups.shape[1:])


def _parts(resamples: int, groups: int) -> Iterator[slice]:
    step = max(1, _CHUNK // max(groups, 1))
    yield from (slice(start, start + step) for start in range(0, resamples, step))


def percentiles(values: Floats) -> tuple[Floats, Floats]:
    """Return the ends (...,) of the 95 % percentile intervals of `values` (resamples, ...).

    Percentile method (Efron & Tibshirani 1993, ch. 13), over the resamples in which the
    measure is defined; NaN where it is in none.
    """
    ordered = np.sort(values, axis=0)  # NaN come last
    defined = (~np.isnan(values)).sum(axis=0)
    return _quantile(ordered, defined, 0.025), _quantile(ordered, defined, 0.975)


def _quantile(ordered: Floats, defined: NDArray[np.intp], share: float) -> Floats:
    if not len(ordered):
        return np.full(ordered.shape[1:], np.nan)
    place = np.maximum(defined - 1, 0) * share
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, np.maximum(defined - 1, 0))
    low = np.take_along_axis(ordered, below[None], axis=0)[0]
    high = np.take_along_axis(ordered, above[None], axis=0)[0]
    value: Floats = low + (high - low) * (place - below)
    return value


def interval(values: Floats) -> Interval:
    """Return the 95 % percentile interval of one measure's `values` (resamples,)."""
    low, high = (float(end) for end in percentiles(values))
    return Interval(None, None) if np.isnan(low) else Interval(low, high)


def ratio(above: Floats, below: Floats) -> Floats:
    """Return above / below, NaN where `below` is not positive: nothing to divide by."""
    shape = np.broadcast_shapes(np.shape(above), np.shape(below))
    undefined = np.full(shape, np.nan)
    return np.asarray(np.divide(above, below, out=undefined, where=np.asarray(below) > 0))
