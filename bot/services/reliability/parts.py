"""A study by parts: each session by itself, and stretches of equal length one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.reliability.measure import measure
from bot.reliability.over_time import Slice, over_time
from bot.reliability.ratings import Ratings
from bot.reliability.result import Reliability

SLICES = 10
"""Stretches that a study is cut into, at most."""

FEWEST = 10
"""Units in a stretch that two coders or more coded, at least: fewer say nothing."""


@dataclass(frozen=True, slots=True)
class Session:
    """Agreement in one session."""

    name: str
    reliability: Reliability

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: of all coders and of each pair, without single codes."""
        found = self.reliability
        pairs = [{"coders": list(p.coders), **p.overall.to_dict()} for p in found.pairs]
        return {
            "session": self.name,
            **found.overall.to_dict(),
            "note": found.note,
            "pairs": pairs,
        }


def by_session(
    ratings: Ratings, sessions: Sequence[str], *, seed: int, resamples: int
) -> tuple[Session, ...]:
    """Return agreement in each session, in order; `sessions` names each unit's, "" is none."""
    names = np.asarray(sessions, dtype=object)
    return tuple(
        Session(name, measure(ratings.of_units(names == name), seed=seed, resamples=resamples))
        for name in dict.fromkeys(sessions)
        if name
    )


def stretches(ratings: Ratings, *, seed: int, resamples: int) -> tuple[Slice, ...]:
    """Return agreement in up to SLICES stretches of the study's order, of equal length.

    Nothing where the units that two coders or more coded do not make two of FEWEST units.
    """
    shared = int(ratings.pairable().sum())
    if shared < 2 * FEWEST:
        return ()
    length = max(FEWEST, -(-shared // SLICES))  # rounds up
    return over_time(ratings, length, seed=seed, resamples=resamples)


def stretch_dict(part: Slice) -> dict[str, Any]:
    """Return plain values for JSON: of all coders, without pairs and single codes."""
    found = part.reliability
    return {
        "first": part.first,
        "last": part.last,
        **found.overall.to_dict(),
        "note": found.note,
    }
