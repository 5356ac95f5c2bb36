"""Who gave which unit which code: the table that every measure of reliability starts from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bot.domain.errors import InputError

NO_CODE = -1
"""Stands in the table where a coder gave a unit no code."""


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """Codes of `coders` on `units`; `groups` tells each unit's group.

    `table` (units, coders) holds places in `codes`, NO_CODE where there is none. `codes` are
    those that could be given: one that nobody gave counts as a category of Gwet's AC1 all
    the same. The order of the units is the order of time, for whoever looks at slices.
    Raises ValueError if the parts do not fit.
    """

    units: tuple[str, ...]
    groups: tuple[str, ...]
    coders: tuple[str, ...]
    codes: tuple[str, ...]
    table: NDArray[np.int16]

    def __post_init__(self) -> None:
        """Refuse parts that do not fit together."""
        if self.table.shape != (len(self.units), len(self.coders)):
            raise ValueError(
                f"a table {self.table.shape} for {len(self.units)} units, {len(self.coders)} coders"
            )
        if len(self.groups) != len(self.units):
            raise ValueError(f"{len(self.groups)} groups for {len(self.units)} units")
        if self.table.dtype != np.int16:
            raise ValueError(f"a table of {self.table.dtype}, not int16")
        for what, names in (("coder", self.coders), ("code", self.codes)):
            if len(set(names)) != len(names):
                raise ValueError(f"a {what} stands twice among {names}")
        if self.table.size and not NO_CODE <= self.table.min() <= self.table.max() < self.size:
            raise ValueError(f"the table has places outside of the {self.size} codes")

    @property
    def size(self) -> int:
        """The number of codes."""
        return len(self.codes)

    @classmethod
    def of(
        cls,
        rows: Iterable[tuple[str, str, str, str]],
        *,
        coders: Sequence[str] | None = None,
        codes: Sequence[str] | None = None,
    ) -> Ratings:
        """Return the table of `rows` (unit, group, coder, code), units as they first occur.

        `coders` and `codes` are those of the rows, sorted, unless they are given. Raises
        ValueError for a unit in two groups, a unit that a coder codes twice, and a coder or
        a code that is not among those given.
        """
        group_of: dict[str, str] = {}
        given: dict[tuple[str, str], str] = {}
        for unit, group, coder, code in rows:
            if group_of.setdefault(unit, group) != group:
                raise ValueError(f"unit {unit!r} is in groups {group_of[unit]!r} and {group!r}")
            if (unit, coder) in given:
                raise ValueError(f"coder {coder!r} codes unit {unit!r} twice")
            given[unit, coder] = code
        who = tuple(sorted({coder for _, coder in given}) if coders is None else coders)
        book = tuple(sorted(set(given.values())) if codes is None else codes)
        row = {unit: i for i, unit in enumerate(group_of)}
        column = {coder: i for i, coder in enumerate(who)}
        place = {code: i for i, code in enumerate(book)}
        table = np.full((len(row), len(who)), NO_CODE, dtype=np.int16)
        for (unit, coder), code in given.items():
            if coder not in column or code not in place:
                raise ValueError(f"{coder!r} codes {unit!r} {code!r}: not among those given")
            table[row[unit], column[coder]] = place[code]
        return cls(tuple(group_of), tuple(group_of.values()), who, book, table)

    def only(self, coders: Sequence[str]) -> Ratings:
        """Return the codes of `coders` alone, in that order; InputError for an unknown one."""
        columns = [self.column(coder) for coder in coders]
        return replace(self, coders=tuple(coders), table=self.table[:, columns])

    def of_units(self, mask: ArrayLike) -> Ratings:
        """Return the units where `mask` (units,) is true, in their order; the codes stay."""
        chosen = np.flatnonzero(np.asarray(mask, dtype=bool))
        if np.shape(mask) != (len(self.units),):
            raise ValueError(f"a mask {np.shape(mask)} for {len(self.units)} units")
        return replace(
            self,
            units=tuple(self.units[i] for i in chosen),
            groups=tuple(self.groups[i] for i in chosen),
            table=self.table[chosen],
        )

    def column(self, coder: str) -> int:
        """Return the column of `coder`; raises InputError if there is none."""
        try:
            return self.coders.index(coder)
        except ValueError:
            there = ", ".join(f"'{name}'" for name in self.coders)
            comma = "; a name that holds a comma goes in double quotes"
            more = comma if "," in "".join(self.coders) else ""
            raise InputError(
                f"there are no codes by coder '{coder}'",
                f"choose from {there or 'the coders of another study'}{more}",
            ) from None

    def pairable(self) -> NDArray[np.bool_]:
        """Return which units (units,) two or more of the coders gave a code."""
        both: NDArray[np.bool_] = (self.table != NO_CODE).sum(axis=1) >= 2
        return both
