"""Which codes two coders confuse: how often one gave this code and the other that one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.reliability.ratings import NO_CODE, Ratings


@dataclass(frozen=True, slots=True)
class Confused:
    """On `n` units one coder gave `one` and the other `other`; `share` is that of all units."""

    one: str
    other: str
    n: int
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Confusion:
    """Counts (codes, codes) of the units that both coders coded: rows are the first coder's."""

    coders: tuple[str, str]
    codes: tuple[str, ...]
    counts: NDArray[np.int64]

    @property
    def n_units(self) -> int:
        """The number of units that both coded."""
        return int(self.counts.sum())

    def row_shares(self) -> tuple[tuple[float | None, ...], ...]:
        """Return each count as a share of its row; None where the first never gave the code."""
        rows = self.counts.tolist()
        return tuple(tuple(n / sum(row) if sum(row) else None for n in row) for row in rows)

    def most_confused(self, limit: int | None = None) -> tuple[Confused, ...]:
        """Return the pairs of codes that were confused, the most frequent first.

        Both directions are counted together: which coder gave which is in the counts. Equal
        numbers stand in the order of the codes.
        """
        both = self.counts + self.counts.T
        found = [
            Confused(self.codes[i], self.codes[j], int(both[i, j]), int(both[i, j]) / self.n_units)
            for i, j in zip(*np.nonzero(np.triu(both, 1)), strict=True)
        ]
        return tuple(sorted(found, key=lambda c: -c.n)[:limit])

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "coders": list(self.coders),
            "codes": list(self.codes),
            "n_units": self.n_units,
            "counts": self.counts.tolist(),
            "row_shares": [list(row) for row in self.row_shares()],
            "most_confused": [
                {"codes": [c.one, c.other], "n": c.n, "share": c.share}
                for c in self.most_confused()
            ],
        }


def confusion(ratings: Ratings, first: str, second: str) -> Confusion:
    """Return the confusion of two coders, in the order of the codes; InputError for others."""
    one, other = (ratings.table[:, ratings.column(coder)] for coder in (first, second))
    both = (one != NO_CODE) & (other != NO_CODE)
    counts = np.zeros((ratings.size, ratings.size), dtype=np.int64)
    np.add.at(counts, (one[both], other[both]), 1)
    return Confusion((first, second), ratings.codes, counts)
