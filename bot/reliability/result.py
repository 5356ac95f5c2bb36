"""What was measured: figures with their intervals, and the same as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.reliability.resampling import interval_note

PERCENT, COHEN, COHEN_MEAN = "percent_agreement", "cohen_kappa", "cohen_kappa_mean"
FLEISS, ALPHA, AC1 = "fleiss_kappa", "krippendorff_alpha", "gwet_ac1"

OVERALL = (PERCENT, COHEN_MEAN, FLEISS, ALPHA, AC1)
"""The measures of several coders together, in the order of tables."""

OF_PAIR = (PERCENT, COHEN, FLEISS, ALPHA, AC1)
"""The measures of two coders."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure with its 95 % interval; each None where it is undefined, never NaN."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Measures:
    """The figures by name, and what they are of.

    `n_units` are the units that two or more of the coders coded: every figure is of these.
    `n_coded` are those that anybody coded; their codes count for chance in Fleiss' kappa and
    in AC1. `groups` hold the `n_units`. `codings` tells of a single code how often it was
    given on the `n_units`, of all codes together how many codings there are.
    """

    figures: Mapping[str, Figure]
    n_units: int
    n_coded: int
    groups: int
    codings: int

    def __getitem__(self, name: str) -> Figure:
        """Return a figure by name."""
        return self.figures[name]

    @property
    def note(self) -> str | None:
        """What is to be said of the intervals, or why there are none."""
        return interval_note(self.groups)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: each figure under its name, with _low and _high."""
        found: dict[str, Any] = {
            "n_units": self.n_units,
            "n_coded": self.n_coded,
            "groups": self.groups,
            "codings": self.codings,
        }
        for name, figure in self.figures.items():
            found |= {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}
        return found


@dataclass(frozen=True, slots=True)
class Pair:
    """Two coders: all codes together, and each code against all others."""

    coders: tuple[str, str]
    overall: Measures
    per_code: Mapping[str, Measures]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "coders": list(self.coders),
            **self.overall.to_dict(),
            "note": self.overall.note,
            "per_code": {code: found.to_dict() for code, found in self.per_code.items()},
        }


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far coders agree: together, code by code, and two by two.

    `cohen_pairs` counts the pairs whose Cohen's kappa is defined: the mean is over these.
    """

    coders: tuple[str, ...]
    codes: tuple[str, ...]
    overall: Measures
    per_code: Mapping[str, Measures]
    pairs: tuple[Pair, ...]
    cohen_pairs: int
    seed: int
    resamples: int

    @property
    def note(self) -> str | None:
        """What is to be said of the intervals, or why there are none."""
        return self.overall.note

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; null where undefined."""
        return {
            "coders": list(self.coders),
            "codes": list(self.codes),
            **self.overall.to_dict(),
            "cohen_pairs": self.cohen_pairs,
            "seed": self.seed,
            "resamples": self.resamples,
            "note": self.note,
            "per_code": {code: found.to_dict() for code, found in self.per_code.items()},
            "pairs": [pair.to_dict() for pair in self.pairs],
        }
