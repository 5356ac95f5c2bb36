"""Agreement over time: the units cut into consecutive slices, each measured by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.reliability.measure import measure
from bot.reliability.ratings import Ratings
from bot.reliability.result import Reliability


@dataclass(frozen=True, slots=True)
class Slice:
    """The reliability from the `first` to the `last` unit, both of them included."""

    first: str
    last: str
    reliability: Reliability

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"first": self.first, "last": self.last, **self.reliability.to_dict()}


def slices(ratings: Ratings, of: int) -> tuple[Ratings, ...]:
    """Return consecutive slices of `of` units that two or more coded each, in their order.

    Units with fewer codes belong to the slice in which they stand. The last slice has what
    is left: from half of `of` up it stands alone, less than that goes to the one before.
    Raises ValueError if `of` is not positive.
    """
    if of < 1:
        raise ValueError(f"slices of {of} units")
    pairable = ratings.pairable()
    total = int(pairable.sum())
    if not total:
        return ()
    count = max(1, (2 * total + of) // (2 * of))  # rounds half up
    # A unit with fewer codes goes with the next pairable one, or with the last.
    before = np.minimum(np.cumsum(pairable) - pairable, total - 1)
    place = np.minimum(before // of, count - 1)
    return tuple(ratings.of_units(place == i) for i in range(count))


def over_time(
    ratings: Ratings, of: int, *, seed: int = 0, resamples: int = 1000
) -> tuple[Slice, ...]:
    """Return the reliability of each of the `slices`."""
    return tuple(
        Slice(part.units[0], part.units[-1], measure(part, seed=seed, resamples=resamples))
        for part in slices(ratings, of)
    )
