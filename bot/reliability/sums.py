"""The sums over units from which every coefficient follows, for all codes at once.

Two kinds: of a unit's codes by any number of coders (`Shared`), and of a pair of coders
(`Paired`). With K codes the measures of all codes together and of each single code (code or
not code) are functions of the same 4 K + 2 and 3 K numbers, so whole confusion matrices are
not carried through the resamples.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.reliability.ratings import NO_CODE

Floats = NDArray[np.float64]


class Shared(NamedTuple):
    """Sums over units, r_i the number of codes of unit i and n_ik those that are code k.

    `pairable` (...,) counts the units with r_i >= 2, `coded` (...,) those with r_i >= 1. The
    others are (..., K); all but `share` are over the pairable units alone:
    `apart` sums n_ik (r_i - n_ik) / (r_i (r_i - 1)), half the share of the pairs of coders whom
    code k divides; `share` sums n_ik / r_i over the coded units; `given` sums n_ik; `off` sums
    n_ik (r_i - n_ik) / (r_i - 1), Krippendorff's coincidences off the diagonal in row k.
    """

    pairable: Floats
    coded: Floats
    apart: Floats
    share: Floats
    given: Floats
    off: Floats


class Paired(NamedTuple):
    """Counts (..., K) over the units that both of two coders coded.

    `both` of units that both gave the code, `first` and `second` of those that one gave it.
    """

    both: Floats
    first: Floats
    second: Floats


def shared_width(size: int) -> int:
    """Return how many numbers a unit has among `size` codes."""
    return 2 + 4 * size


def shared_terms(table: NDArray[np.int16], size: int) -> Floats:
    """Return each unit's summands (units, 2 + 4 size) from its codes (units, coders)."""
    counts = np.zeros((len(table), size))
    for column in table.T:  # few coders, many units
        coded = np.flatnonzero(column != NO_CODE)
        counts[coded, column[coded]] += 1
    r = counts.sum(axis=1, keepdims=True)
    pairable = r >= 2
    differing = np.where(pairable, counts * (r - counts), 0)
    off = differing / np.maximum(r - 1, 1)
    share = counts / np.maximum(r, 1)
    apart = off / np.maximum(r, 1)
    given = np.where(pairable, counts, 0)
    return np.concatenate([pairable, r >= 1, apart, share, given, off], axis=1, dtype=np.float64)


def shared(sums: Floats) -> Shared:
    """Return sums (..., 2 + 4 K) by name."""
    pairable, coded = sums[..., 0], sums[..., 1]
    return Shared(pairable, coded, *np.split(sums[..., 2:], 4, axis=-1))


def paired_width(size: int) -> int:
    """Return how many numbers a unit of a pair has among `size` codes."""
    return 3 * size


def paired_terms(table: NDArray[np.int16], size: int) -> Floats:
    """Return each unit's summands (units, 3 size) from its two coders' codes (units, 2)."""
    terms = np.zeros((len(table), 3, size))
    units = np.flatnonzero((table != NO_CODE).all(axis=1))
    one, other = table[units, 0], table[units, 1]
    same = one == other
    terms[units[same], 0, one[same]] = 1
    terms[units, 1, one] = 1
    terms[units, 2, other] = 1
    return terms.reshape(len(table), 3 * size)


def paired(sums: Floats) -> Paired:
    """Return sums (..., 3 K) by name."""
    return Paired(*np.split(sums, 3, axis=-1))
