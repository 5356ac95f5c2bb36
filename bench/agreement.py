"""What the reliability figures cost, and what the confidence sequence of kappa is worth.

`python -m bench.agreement` simulates streams of codes and measures; one line of JSON a result.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.reliability.measure import measure
from bot.reliability.ratings import NO_CODE, Ratings
from bot.reliability.sequence import KappaSequence

Codes = NDArray[np.int64]

_CODES = 8
_CHANCE = 1 / np.arange(1, _CODES + 1) / np.sum(1 / np.arange(1, _CODES + 1))
_NAMES = tuple("abcdefgh")
_LOOKS = (50, 100, 200, 500)
_KAPPAS = (0.3, 0.6, 0.8, 0.9)
_SEED = 0


def stream(random: np.random.Generator, kappa: float, units: int) -> Codes:
    """Return codes (units, 2) of two coders whose kappa is exactly `kappa`.

    The second copies the first with that probability and draws anew otherwise.
    """
    first, anew = (random.choice(_CODES, units, p=_CHANCE) for _ in range(2))
    return np.stack([first, np.where(random.random(units) < kappa, first, anew)], axis=1)


def looks(codes: Codes) -> Iterator[KappaSequence]:
    """Yield the sequence after each unit."""
    found = KappaSequence()
    for one, other in codes:
        found.update(_NAMES[one], _NAMES[other])
        yield found


def widths(kappa: float, streams: int = 60) -> dict[str, Any]:
    """Return the mean width of the interval after so many units."""
    random = np.random.default_rng(_SEED)
    total = dict.fromkeys(_LOOKS, 0.0)
    for _ in range(streams):
        for found in looks(stream(random, kappa, max(_LOOKS))):
            if found.n in total:
                total[found.n] += found.high - found.low
    mean = {str(n): round(width / streams, 2) for n, width in total.items()}
    return {"kappa": kappa, "streams": streams, "width_after": mean}


def misses(kappa: float, streams: int = 400, units: int = 600) -> dict[str, Any]:
    """Return the share of streams in which kappa ever left the interval (5 % are allowed)."""
    random = np.random.default_rng(_SEED)
    missed = 0
    for _ in range(streams):
        last = None
        for last in looks(stream(random, kappa, units)):  # noqa: B007 - the ends only come closer
            pass
        missed += last is not None and not last.low <= kappa <= last.high
    return {"kappa": kappa, "streams": streams, "units": units, "missed": missed / streams}


def misses_of_groups(groups: int, *, in_turn: bool, spread: float = 0.1) -> dict[str, Any]:
    """Return the share of streams in which the kappa of all such groups left the interval.

    Groups have kappas around .6 with a standard deviation of `spread`, and speak `in_turn` or
    at the same time, 300 units in all; 400 streams.
    """
    random = np.random.default_rng(_SEED)
    each, missed = 300 // groups, 0
    for _ in range(400):
        kappas = np.clip(random.normal(0.6, spread, groups), 0, 1)
        said = [(n, codes) for n, k in enumerate(kappas) for codes in stream(random, k, each)]
        if not in_turn:
            said = [said[n] for n in random.permutation(len(said))]
        found = KappaSequence()
        for group, (one, other) in said:
            found.update(_NAMES[one], _NAMES[other], str(group))
        missed += not found.low <= 0.6 <= found.high
    return {"groups": groups, "in_turn": in_turn, "spread": spread, "missed": missed / 400}


def cost(
    units: int = 11_000, groups: int = 400, coders: int = 5, codes: int = 16
) -> dict[str, Any]:
    """Return the seconds that all figures take, with intervals and every single code."""
    random = np.random.default_rng(_SEED)
    table = random.integers(0, codes, (units, coders)).astype(np.int16)
    table[random.random(table.shape) < 0.1] = NO_CODE
    ratings = Ratings(
        tuple(f"u{n}" for n in range(units)),
        tuple(f"g{n % groups}" for n in range(units)),
        tuple(f"coder {n}" for n in range(coders)),
        tuple(f"C{n:02}" for n in range(codes)),
        table,
    )
    began = time.perf_counter()
    measure(ratings)
    figures = time.perf_counter() - began
    codes_given = stream(random, 0.6, 2_000)
    began = time.perf_counter()
    for _ in looks(codes_given):
        pass
    unit = (time.perf_counter() - began) / len(codes_given)
    return {
        "units": units,
        "groups": groups,
        "figures_s": round(figures, 2),
        "unit_us": round(unit * 1e6),
    }


def main() -> None:
    """Measure and print."""
    for kappa in _KAPPAS:
        sys.stdout.write(json.dumps(widths(kappa)) + "\n")
    for kappa in _KAPPAS[:3]:
        sys.stdout.write(json.dumps(misses(kappa)) + "\n")
    for groups, in_turn in ((20, False), (5, False), (5, True)):
        sys.stdout.write(json.dumps(misses_of_groups(groups, in_turn=in_turn)) + "\n")
    sys.stdout.write(json.dumps(cost()) + "\n")


if __name__ == "__main__":
    main()
