"""Codes, unit by unit, as they come: put in order and made a table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from bot.domain.errors import InputError
from bot.reliability.ratings import NO_CODE, Ratings

_LAST = datetime.max.replace(tzinfo=UTC)

Order = tuple[int, datetime | None]
"""Where a unit stands in the study: its session's place, and when it was written."""


@dataclass(frozen=True, slots=True)
class _Unit:
    key: tuple[int, datetime, int]
    name: str
    group: str
    session: str
    codes: tuple[int, ...]


@dataclass(slots=True)
class Collecting:
    """Takes the codes of `coders`.

    `book` are the codebook's codes in their order, others follow sorted. Those in `optional`
    are no code that could be given unless somebody gave it.
    """

    coders: tuple[str, ...]
    book: tuple[str, ...]
    optional: Collection[str] = ()
    _units: list[_Unit] = field(default_factory=list)
    _places: dict[str, int] = field(default_factory=dict)

    def add(
        self, unit: str, group: str, session: str, order: Order, codes: Mapping[str, str]
    ) -> None:
        """Take a unit's codes, coder -> code; one without a code of the coders is left out."""
        row = tuple(self._place(codes.get(coder)) for coder in self.coders)
        if any(code != NO_CODE for code in row):
            session_place, at = order
            key = (session_place, at or _LAST, len(self._units))
            self._units.append(_Unit(key, unit, group, session, row))

    def done(
        self, leave_out: Collection[str] = (), *, keep: bool = False
    ) -> tuple[Ratings, tuple[str, ...]]:
        """Return the table in the study's order, and each unit's session.

        Sessions in their order; in each, units by the time they were written, those of unknown
        time last as they came. Coders who gave no code are no part of it without `keep`.
        `leave_out` are codes taken for none; raises InputError for one that is neither in the
        book nor given.
        """
        self._check(leave_out)
        units = sorted(self._units, key=lambda u: u.key)
        given = self._table(units)
        spare = sorted(self._places.keys() - set(self.book))
        left = {*leave_out, *(set(self.optional) - self._places.keys())}
        codes = [code for code in (*self.book, *spare) if code not in left]
        number = np.full(len(self._places) + 1, NO_CODE, dtype=np.int16)  # the last: no code
        for place, code in enumerate(codes):
            if code in self._places:
                number[self._places[code]] = place
        table = number[given]
        rows = (table != NO_CODE).any(axis=1)
        columns = np.ones(len(self.coders), bool) if keep else (table != NO_CODE).any(axis=0)
        kept = [unit for unit, there in zip(units, rows, strict=True) if there]
        ratings = Ratings(
            tuple(u.name for u in kept),
            tuple(u.group for u in kept),
            tuple(c for c, there in zip(self.coders, columns, strict=True) if there),
            tuple(codes),
            np.ascontiguousarray(table[rows][:, columns]),
        )
        return ratings, tuple(u.session for u in kept)

    def _place(self, code: str | None) -> int:
        return NO_CODE if not code else self._places.setdefault(code, len(self._places))

    def _table(self, units: Sequence[_Unit]) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
        rows = [u.codes for u in units]
        return np.array(rows, dtype=np.int16).reshape(len(units), len(self.coders))

    def _check(self, leave_out: Collection[str]) -> None:
        known = dict.fromkeys((*self.book, *sorted(self._places)))
        for code in leave_out:
            if code not in known:
                raise InputError(
                    f"there is no code {code!r} to leave out", f"the codes are {', '.join(known)}"
                )
