"""Codes, unit by unit, as they come: put in order and made a table."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from bot.domain.errors import InputError
from bot.reliability.ratings import NO_CODE, Ratings

_LAST = (1 << 63) - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)

Order = tuple[int, datetime | None, int, int]
"""Where a unit stands in the study: its session's place, when it was written, its thread's place,
and its own place there."""


@dataclass(slots=True)
class Collecting:
    """Takes the codes of `coders`.

    `book` are the codebook's codes in their order, others follow sorted. Those in `optional`
    are no code that could be given unless somebody gave it. A unit takes some 170 bytes: its
    numbers stand in arrays, and names that many units share are kept once.
    """

    coders: tuple[str, ...]
    book: tuple[str, ...]
    optional: Collection[str] = ()
    _units: list[str] = field(default_factory=list)
    _groups: list[str] = field(default_factory=list)
    _sessions: list[str] = field(default_factory=list)
    _orders: array[int] = field(default_factory=lambda: array("q"))  # four a unit
    _codes: array[int] = field(default_factory=lambda: array("h"))  # one a coder
    _places: dict[str, int] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    def add(
        self, unit: str, group: str, session: str, order: Order, codes: Mapping[str, str]
    ) -> None:
        """Take a unit's codes, coder -> code; one without a code of the coders is left out."""
        row = [self._place(codes.get(coder)) for coder in self.coders]
        if any(code != NO_CODE for code in row):
            session_place, at, thread_place, place = order
            self._units.append(unit)
            self._groups.append(self._names.setdefault(group, group))
            self._sessions.append(self._names.setdefault(session, session))
            time = _LAST if at is None else (at - _EPOCH) // _TICK
            self._orders.extend((session_place, time, thread_place, place))
            self._codes.extend(row)

    def done(
        self, leave_out: Collection[str] = (), *, keep: bool = False
    ) -> tuple[Ratings, tuple[str, ...]]:
        """Return the table in the study's order, and each unit's session.

        Sessions in their order; in each, units by the time they were written, those of unknown
        time last; those of equal time by thread, then by their place in it. Coders who gave no
        code are no part of it without `keep`. `leave_out` are codes taken for none; raises
        InputError for one that is neither in the book nor given.
        """
        self._check(leave_out)
        spare = sorted(self._places.keys() - set(self.book))
        left = {*leave_out, *(set(self.optional) - self._places.keys())}
        codes = [code for code in (*self.book, *spare) if code not in left]
        number = np.full(len(self._places) + 1, NO_CODE, dtype=np.int16)  # the last: no code
        for place, code in enumerate(codes):
            if code in self._places:
                number[self._places[code]] = place
        size = len(self._units), len(self.coders)
        table = number[np.array(self._codes, dtype=np.int16).reshape(size)]
        columns = np.ones(len(self.coders), bool) if keep else (table != NO_CODE).any(axis=0)
        orders = np.array(self._orders, dtype=np.int64).reshape(-1, 4)
        order = np.lexsort(orders.T[::-1])  # the last key sorts first; equal ones as they came
        kept = order[(table[order] != NO_CODE).any(axis=1)]
        ratings = Ratings(
            tuple(self._units[n] for n in kept),
            tuple(self._groups[n] for n in kept),
            tuple(c for c, there in zip(self.coders, columns, strict=True) if there),
            tuple(codes),
            np.ascontiguousarray(table[kept][:, columns]),
        )
        return ratings, tuple(self._sessions[n] for n in kept)

    def _place(self, code: str | None) -> int:
        return NO_CODE if not code else self._places.setdefault(code, len(self._places))

    def _check(self, leave_out: Collection[str]) -> None:
        known = dict.fromkeys((*self.book, *sorted(self._places)))
        for code in leave_out:
            if code not in known:
                raise InputError(
                    f"there is no code '{code}' to leave out", f"the codes are {', '.join(known)}"
                )
