"""A transcript as a table in one of the two layouts, and what else may be asked of a form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from bot.storage.rows import CodedDiscussion
from exports.about import About
from exports.tables.columns import Cells, Column
from exports.tables.long_rows import LONG, long_rows
from exports.tables.wide_rows import wide_columns, wide_rows


class Layout(StrEnum):
    """What a row is: a message and coding, or a message."""

    LONG = "long"
    WIDE = "wide"


@dataclass(frozen=True, slots=True)
class Measured:
    """One line of the reliability sheet; None where a measure is not defined.

    `coders` names whom it is about, `n` is the number of units behind it, in `groups` groups.
    """

    coders: str
    measure: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    groups: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What may be asked of a form: a layout where it is a table, reliability where it has room."""

    layout: Layout = Layout.LONG
    reliability: tuple[Measured, ...] = ()


PLAIN = Wanted()


@dataclass(frozen=True, slots=True)
class Table:
    """Columns, and the rows of one discussion after the other."""

    columns: tuple[Column, ...]
    rows: Callable[[CodedDiscussion], Iterator[Cells]]

    @classmethod
    def of(cls, about: About, layout: Layout) -> Table:
        """Return the table of a study in a layout."""
        if layout is Layout.WIDE:
            rows = partial(wide_rows, study=about.study, coders=about.coders)
            return cls(wide_columns(about.coders), rows)
        return cls(LONG, partial(long_rows, study=about.study))
