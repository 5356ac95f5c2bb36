"""Tables of codes for the tests: random ones with gaps, and those of published examples."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from bot.reliability.ratings import Ratings


def ratings_of(table: object, size: int | None = None, groups: list[str] | None = None) -> Ratings:
    """Return ratings of a table (units, coders) of places, -1 for none; a unit is a group."""
    codes = np.array(table, dtype=np.int16)
    units, coders = codes.shape
    size = int(codes.max(initial=0)) + 1 if size is None else size
    return Ratings(
        tuple(f"u{i}" for i in range(units)),
        tuple(groups or [f"g{i:04}" for i in range(units)]),
        tuple(f"coder {i}" for i in range(coders)),
        tuple(f"c{i}" for i in range(size)),
        codes,
    )


@st.composite
def gappy(draw: st.DrawFn, *, coders: int = 5, units: int = 14, gap: int = -1) -> Ratings:
    """Draw 2 to `coders` coders' codes of 1 to `units` units; with gap=0 nothing is missing."""
    size = draw(st.integers(2, 5))
    width = draw(st.integers(2, coders))
    row = st.lists(st.integers(gap, size - 1), min_size=width, max_size=width)
    table = draw(st.lists(row, min_size=1, max_size=units))
    return ratings_of(table, size)


def from_text(*lines: str) -> Ratings:
    """Return ratings from a line a coder: one character a unit, a dot where there is none."""
    codes = sorted({c for line in lines for c in line.replace(" ", "")} - {"."})
    table = [[-1 if c == "." else codes.index(c) for c in line.replace(" ", "")] for line in lines]
    return ratings_of(np.array(table).T, len(codes))


def from_counts(rows: str) -> Ratings:
    """Return ratings from a line a unit: how many coders gave each code."""
    table = []
    for line in rows.strip().splitlines():
        counts = [int(n) for n in line.split()]
        table.append([code for code, n in enumerate(counts) for _ in range(n)])
    return ratings_of(table, len(counts))


KRIPPENDORFF = from_text("123321412...", "1233224125..", ".33323422513", "12332441251.")
"""Krippendorff (2011), section D, and Gwet (2014): four observers, twelve units, gaps."""

BINARY = from_text("0100000010", "1110010000")
"""Krippendorff (2011), section A: two observers, two values, nothing missing."""

FIVE_CODES = from_text("aabbdcccedda", "babbbccceddd")
"""Krippendorff (2011), section B: two observers, five values."""

FLEISS = from_counts(
    """
0 0 0 6 0
0 3 0 0 3
0 1 4 0 1
0 0 0 0 6
0 3 0 3 0
2 0 4 0 0
0 0 4 0 2
2 0 3 1 0
2 0 0 4 0
0 0 0 0 6
1 0 0 5 0
1 1 0 4 0
0 3 3 0 0
1 0 0 5 0
0 2 0 3 1
0 0 5 0 1
3 0 0 1 2
5 1 0 0 0
0 2 0 4 0
1 0 2 0 3
0 0 0 0 6
0 1 0 5 0
0 2 0 1 3
2 0 0 4 0
1 0 0 4 1
0 5 0 1 0
4 0 0 0 2
0 2 0 4 0
1 0 5 0 0
0 0 0 0 6
"""
)
"""Fleiss (1971), table 1: thirty patients, six psychiatrists each, five diagnoses."""
