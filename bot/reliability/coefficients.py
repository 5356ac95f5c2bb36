"""The coefficients of agreement, each as disagreement observed over disagreement expected.

Every function takes sums with any leading axes and returns (..., 1 + K): first all codes
together, then each code against all others. Undefined values are NaN. Sums of what differs
are used instead of sums of what is equal, so that full agreement gives exactly 1.

What is missing is handled as Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed., and
its implementations (irrCAC for R and Python) define it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bot.reliability.resampling import ratio
from bot.reliability.sums import Paired, Shared

Floats = NDArray[np.float64]


def percent_agreement(sums: Shared) -> Floats:
    """Return the mean over units of the share of pairs of coders who agree on the unit.

    Over the units that two or more coded: each unit counts once, however many coded it (p_a
    of Gwet 2014; for complete codings P-bar of Fleiss 1971; for a pair of coders the share
    of equal codes).
    """
    return 1 - _apart(sums)


def fleiss_kappa(sums: Shared) -> Floats:
    """Return Fleiss' kappa, for any number of codes a unit.

    Fleiss (1971), Measuring nominal scale agreement among many raters, Psychological
    Bulletin 76(5), 378-382, generalised by Gwet (2014): disagreement is observed on the
    units that two or more coded; a code's frequency is its mean share over all units that
    anybody coded.
    """
    return 1 - ratio(_apart(sums), _each(sums.share * _rest(sums)) / _square(sums))


def gwet_ac1(sums: Shared) -> Floats:
    """Return Gwet's AC1, with frequencies as in Fleiss' kappa; undefined for a single code.

    Gwet (2008), Computing inter-rater reliability and its variance in the presence of high
    agreement, British Journal of Mathematical and Statistical Psychology 61, 29-48. Chance
    agreement is the sum of f (1 - f) over the K codes, divided by K - 1.
    """
    size = sums.share.shape[-1]
    spread = _each(sums.share * _rest(sums)) / _square(sums)
    others = np.array([size - 1, *[1] * size], dtype=np.float64)
    return 1 - ratio(_apart(sums), 1 - ratio(spread, np.broadcast_to(others, spread.shape)))


def krippendorff_alpha(sums: Shared) -> Floats:
    """Return Krippendorff's alpha for nominal data, over the units that two or more coded.

    Krippendorff (2011), Computing Krippendorff's Alpha-Reliability; (2019), Content Analysis,
    4th ed., ch. 12. A unit with a single code takes no part at all.
    """
    n = sums.given.sum(axis=-1, keepdims=True)
    expected = _each(sums.given * (n - sums.given))
    return 1 - ratio((n - 1) * _each(sums.off), expected)


def cohen_kappa(sums: Paired) -> Floats:
    """Return Cohen's kappa of two coders, over the units that both coded.

    Cohen (1960), A coefficient of agreement for nominal scales, Educational and Psychological
    Measurement 20(1), 37-46: chance agreement is the sum over codes of p_k q_k, p and q the
    two coders' frequencies. Undefined where both gave one and the same code throughout.
    """
    n = sums.first.sum(axis=-1, keepdims=True)
    first, second = sums.first, sums.second
    either = first + second - 2 * sums.both  # units on which code k divides the two
    together = either.sum(axis=-1, keepdims=True) / 2
    apart = np.concatenate([together, either], axis=-1)
    whole = (first * (n - second)).sum(axis=-1, keepdims=True)
    by_chance = np.concatenate([whole, first * (n - second) + second * (n - first)], axis=-1)
    return 1 - ratio(n * apart, by_chance)


def _apart(sums: Shared) -> Floats:
    """Return the observed disagreement."""
    return ratio(_each(sums.apart), sums.pairable[..., None])


def _rest(sums: Shared) -> Floats:
    return sums.coded[..., None] - sums.share


def _square(sums: Shared) -> Floats:
    squared: Floats = np.maximum(sums.coded[..., None], 1) ** 2
    return squared


def _each(of_codes: Floats) -> Floats:
    """Return the sum over codes, then each code's value doubled: its own and "not code"'s."""
    return np.concatenate([of_codes.sum(axis=-1, keepdims=True), 2 * of_codes], axis=-1)
