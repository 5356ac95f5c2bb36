"""Columns of a table, what stands in their cells, and both as text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

Cell = str | int | float | bool | datetime | None
Cells = tuple[Cell, ...]
"""One row, in the order of its columns; None where there is nothing to tell."""


class Kind(StrEnum):
    """What the cells of a column are; all but `code` have one Python type of their own."""

    TEXT = "text"
    NAME = "name"  # a text that stands in many rows: what a form may keep once
    CODE = "code"  # a code of the codebook; "" where a coder gave none
    WHOLE = "whole number"
    SHARE = "share"  # from 0 to 1, rounded to six digits
    TIME = "time"  # aware and UTC
    YES = "yes or no"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in files, the kind of its cells, and a label for people."""

    name: str
    kind: Kind
    label: str


def as_text(cell: Cell) -> str:
    """Return a cell as text-only forms have it: true, 0.812346, 2024-06-03 12:00:00+00:00."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return f"{cell:.6f}"
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return str(cell)


def share(value: float | None) -> float | None:
    """Return a probability as it leaves: six digits are more than any model means."""
    return None if value is None else round(value, 6)
