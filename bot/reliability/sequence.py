"""Cohen's kappa of two coders while they code: an interval that stays valid at every look.

An ordinary 95 % interval is right for one look at a number of units fixed beforehand. Who
looks again and again, and stops or worries when it pleases, is misled far more often than in
5 % of the studies. A confidence sequence holds at all looks at once.

The construction. kappa = 1 - Do / De (Cohen 1960), Do the probability that the coders differ
on a unit and De = 1 - sum_k p_k q_k the one that they would by chance. Take units two by two,
(a, b) and (a', b') the codes of one and the other unit:

    d = (1[a != b] + 1[a' != b']) / 2     has the mean Do
    h = (1[a != b'] + 1[a' != b]) / 2     has the mean De: the two units are independent

so x = d - (1 - g) h has the mean De (g - kappa): at most 0 if kappa >= g, at least 0 if
kappa <= g. And -(1 - g) <= x <= 1. A gambler who stakes a share of the capital on x,
K = prod (1 + s x), has a supermartingale of mean at most 1 under every kappa >= g if
0 < s < 1 / (1 - g), and under every kappa <= g if -1 < s < 0; so has the mean of several
such gamblers with fixed shares. By Ville (1939) such a K ever reaches 2 / alpha with a
probability of at most alpha / 2, and where it does "kappa >= g" (or "<= g") is refuted for
good. This is the betting of Waudby-Smith & Ramdas (2024), Estimating means of bounded random
variables by betting, JRSS B 86(1), 1-27, with the mixture over stakes of Orabona & Jun
(2024), Tight concentrations and confidence sequences from the regret of universal portfolio,
IEEE Trans. Inf. Theory 70(1), 436-455. `high` is the lowest g of a grid that is refuted along
with all above it: kappa is only missed from above if the grid's place just under kappa was
refuted, which is one event of probability alpha / 2; so for `low`. No approximation is made,
however few the units.

What it assumes: the units are independent draws from one population, and which of them are
coded, in which order, does not depend on the codes. docs/reliability.md tells what messages
of one group cost.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_GRID = np.arange(-200, 201) / 200
"""Kappa lies in -1 .. 1: agreement on no unit leaves at most one half to chance."""

_SHARES = 0.98 / 2.0 ** np.arange(5)
"""Stakes, as shares of the highest allowed: the high ones decide while there are few units,
the low ones later. Five, since each further one divides the capital of the others."""

_WAITING = 8
"""Units that may wait for one of another group: more would keep news back for too long."""


class KappaSequence:
    """The interval of Cohen's kappa after each unit that two coders have both coded.

    `low` and `high` are valid together at level 1 - `alpha` at all looks; they only ever
    come closer. Takes tens of microseconds a unit. Raises ValueError for an alpha outside
    of 0 to 1.
    """

    def __init__(self, alpha: float = 0.05) -> None:
        if not 0 < alpha < 1:
            raise ValueError(f"alpha {alpha} is not between 0 and 1")
        self.alpha = alpha
        self.low, self.high = -1.0, 1.0
        self._above, self._below = (np.ones((len(_GRID), len(_SHARES))) for _ in range(2))
        self._too_high, self._too_low = (np.zeros(len(_GRID), dtype=bool) for _ in range(2))
        self._waiting: list[tuple[str, str, str | None]] = []
        self._first: Counter[str] = Counter()
        self._second: Counter[str] = Counter()
        self._agreed = 0
        self.empty = False
        """Whether low passed high: the codes contradict one and the same kappa throughout.

        The interval stays as it was before then."""

    @property
    def n(self) -> int:
        """The number of units so far."""
        return self._first.total()

    @property
    def percent(self) -> float | None:
        """The share of units with equal codes; None without units."""
        return self._agreed / self.n if self.n else None

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa of the units so far; None where it is undefined."""
        by_chance = sum(count * self._second[code] for code, count in self._first.items())
        apart = self.n**2 - by_chance
        return 1 - (self.n - self._agreed) * self.n / apart if apart else None

    def update(self, first: str, second: str, group: str | None = None) -> None:
        """Take the two coders' codes of the next unit.

        A unit waits for another to make two of them, by preference one of another `group`:
        what one group says in one minute is alike, and chance would seem to agree more than
        it does. Which two meet depends on the groups alone, never on the codes.
        """
        self._first[first] += 1
        self._second[second] += 1
        self._agreed += first == second
        other = next((u for u in self._waiting if group is None or u[2] != group), None)
        if other is None and len(self._waiting) == _WAITING:
            other = self._waiting[0]
        if other is None:
            self._waiting.append((first, second, group))
            return
        self._waiting.remove(other)
        self._bet(other[:2], (first, second))

    def _bet(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        differ = (one[0] != one[1]) + (other[0] != other[1])
        by_chance = (one[0] != other[1]) + (other[0] != one[1])
        if not differ and not by_chance:
            return  # one and the same code four times says nothing of kappa
        above, below = _factors()
        with np.errstate(over="ignore", under="ignore"):  # refuted long ago, or beyond hope
            self._above *= above[differ, by_chance]
            self._below *= below[differ, by_chance]
            self._too_high |= self._above.mean(axis=1) >= 2 / self.alpha
            self._too_low |= self._below.mean(axis=1) >= 2 / self.alpha
        self._narrow()

    def _narrow(self) -> None:
        """Set the ends to the innermost places of the grid that are refuted with all outside."""
        low, high = -1.0, 1.0
        if refuted := _leading(self._too_low):
            low = float(_GRID[refuted - 1])
        if refuted := _leading(self._too_high[::-1]):
            high = float(_GRID[-refuted])
        if low > high:
            self.empty = True
        if not self.empty:
            self.low, self.high = low, high


def _leading(flags: NDArray[np.bool_]) -> int:
    """Return how many of `flags` are true before the first that is not."""
    return len(flags) if flags.all() else int(np.argmin(flags))


@cache
def _factors() -> tuple[Floats, Floats]:
    """Return what a bet makes of the capital, each (2 d, 2 h, places of the grid, shares).

    The first bets that kappa lies below the place, the second that it lies above.
    """
    halves = np.arange(3) / 2
    short = 1 - _GRID
    x = halves[:, None, None] - short * halves[None, :, None]
    # At 1 and just under it any stake is allowed: a hundred is enough to refute it at once.
    highest = 1 / np.maximum(short, 0.01)
    return 1 + x[..., None] * (highest[:, None] * _SHARES), 1 - x[..., None] * _SHARES
