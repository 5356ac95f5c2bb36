"""How far coders agree: every coefficient, for all coders, for each pair and for each code.

docs/reliability.md tells which coefficient says what, and what it does with missing codes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from bot.reliability import coefficients
from bot.reliability.ratings import NO_CODE, Ratings
from bot.reliability.resampling import Draws, Grouping, percentiles, ratio
from bot.reliability.result import (
    AC1,
    ALPHA,
    COHEN,
    COHEN_MEAN,
    FLEISS,
    OF_PAIR,
    OVERALL,
    PERCENT,
    Figure,
    Measures,
    Pair,
    Reliability,
)
from bot.reliability.sums import (
    Shared,
    paired,
    paired_terms,
    paired_width,
    shared,
    shared_terms,
    shared_width,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """Values of each measure: (1 + codes,), and (resamples, 1 + codes) of the draws."""

    values: dict[str, Floats]
    drawn: dict[str, Floats]


def measure(ratings: Ratings, *, seed: int = 0, resamples: int = 1000) -> Reliability:
    """Return the measures of all coders of `ratings`, with 95 % intervals over its groups.

    The groups are redrawn (those in which any of the coders coded anything); one seed, one
    draw for every figure. A figure of units in fewer than two groups has no interval. The
    mean of Cohen's kappa is over the pairs in which it is defined: Light (1971), Measures of
    response agreement for qualitative data, Psychological Bulletin 76(5), 365-377.
    """
    ratings = ratings.of_units((ratings.table != NO_CODE).any(axis=1))
    grouping = Grouping.of(ratings.groups)
    draws = Draws.of(grouping.count, seed, resamples)
    cohens = _Mean(ratings.size, resamples)
    pairs = []
    for one, other in combinations(range(len(ratings.coders)), 2):
        table = ratings.table[:, [one, other]]
        found, sums = _shared(table, ratings.size, grouping, draws)
        cohen = _cohen(table, ratings.size, grouping, draws)
        cohens.add(cohen)
        found.values[COHEN], found.drawn[COHEN] = cohen
        overall, per_code = _measures(found, OF_PAIR, sums, ratings.codes)
        pairs.append(Pair((ratings.coders[one], ratings.coders[other]), overall, per_code))
    found, sums = _shared(ratings.table, ratings.size, grouping, draws)
    found.values[COHEN_MEAN], found.drawn[COHEN_MEAN] = cohens.mean()
    overall, per_code = _measures(found, OVERALL, sums, ratings.codes)
    return Reliability(
        coders=ratings.coders,
        codes=ratings.codes,
        overall=overall,
        per_code=per_code,
        pairs=tuple(pairs),
        cohen_pairs=sum(pair.overall[COHEN].value is not None for pair in pairs),
        seed=seed,
        resamples=resamples,
    )


def _shared(
    table: NDArray[np.int16], size: int, grouping: Grouping, draws: Draws
) -> tuple[_Found, Floats]:
    """Return what is measured of all columns of `table`, and the sums of each group."""
    sums = grouping.sums(lambda part: shared_terms(table[part], size), shared_width(size))
    once, often = shared(sums.sum(axis=0)), shared(draws.sums(sums))
    return _Found(_coefficients(once), _coefficients(often)), sums


def _coefficients(sums: Shared) -> dict[str, Floats]:
    return {
        PERCENT: coefficients.percent_agreement(sums),
        FLEISS: coefficients.fleiss_kappa(sums),
        ALPHA: coefficients.krippendorff_alpha(sums),
        AC1: coefficients.gwet_ac1(sums),
    }


def _cohen(
    table: NDArray[np.int16], size: int, grouping: Grouping, draws: Draws
) -> tuple[Floats, Floats]:
    sums = grouping.sums(lambda part: paired_terms(table[part], size), paired_width(size))
    once, often = paired(sums.sum(axis=0)), paired(draws.sums(sums))
    return coefficients.cohen_kappa(once), coefficients.cohen_kappa(often)


class _Mean:
    """The mean of the pairs' kappas as they come: a thousand draws of all need not be kept."""

    def __init__(self, size: int, resamples: int) -> None:
        shapes = ((1 + size,), (resamples, 1 + size))
        self._sums = [np.zeros(shape) for shape in shapes]
        self._counts = [np.zeros(shape) for shape in shapes]

    def add(self, kappas: tuple[Floats, Floats]) -> None:
        """Take a pair's kappa: its value, and those of the draws."""
        for i, each in enumerate(kappas):
            self._sums[i] += np.nan_to_num(each)
            self._counts[i] += ~np.isnan(each)

    def mean(self) -> tuple[Floats, Floats]:
        """Return the mean of the values, and of each draw, where any is defined."""
        one, many = (ratio(s, c) for s, c in zip(self._sums, self._counts, strict=True))
        return one, many


def _measures(
    found: _Found, names: Sequence[str], sums: Floats, codes: tuple[str, ...]
) -> tuple[Measures, Mapping[str, Measures]]:
    """Return the measures of all codes together and of each, from each group's sums."""
    total, of_groups = shared(sums.sum(axis=0)), shared(sums)
    groups = int((of_groups.pairable > 0).sum())
    ends = {name: percentiles(found.drawn[name]) for name in names} if groups > 1 else {}
    given = [total.given.sum(), *total.given]

    def at(place: int) -> Measures:
        figures = {}
        for name in names:
            low, high = (_plain(end[place]) for end in ends[name]) if ends else (None, None)
            value = _plain(found.values[name][place])
            figures[name] = Figure(None, None, None) if value is None else Figure(value, low, high)
        counts = (int(total.pairable), int(total.coded), groups, int(given[place]))
        return Measures(figures, *counts)

    return at(0), {code: at(place) for place, code in enumerate(codes, start=1)}


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
