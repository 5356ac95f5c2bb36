"""Every figure of a study's reliability as one line each: what tables and sheets print."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.reliability.result import AC1, ALPHA, COHEN, COHEN_MEAN, FLEISS, PERCENT, Measures
from bot.reliability.words import words
from bot.services.reliability import StudyReliability

TITLES = {
    PERCENT: "percent agreement",
    COHEN: "Cohen's kappa",
    COHEN_MEAN: "Cohen's kappa, mean of pairs",
    FLEISS: "Fleiss' kappa",
    ALPHA: "Krippendorff's alpha",
    AC1: "Gwet's AC1",
}
"""The measures as people call them; percent agreement is a share from 0 to 1."""

BETWEEN = " | "
"""Stands between coders' names: names may hold commas."""


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: of which part, between whom, on which code, and what it rests on.

    `part` is "all", "session" or "stretch", `of` the session's name or the stretch's number
    (empty for all). `coders` are the two of a pair, else all. `code` is empty for all codes
    together; else the figure is of that code against all others. `n_units` are the units that
    two or more of the coders coded, in `groups` groups. `measure` is the key in JSON.
    """

    part: str
    of: str
    coders: tuple[str, ...]
    code: str
    measure: str
    value: float | None
    low: float | None
    high: float | None
    n_units: int
    groups: int

    @property
    def title(self) -> str:
        """The measure as people call it."""
        return TITLES[self.measure]

    @property
    def landis_koch(self) -> str:
        """Landis & Koch's (1977) word; empty where there is none: they are made for kappas."""
        value = self._kappa
        return "" if value is None else words(value).landis_koch

    @property
    def mchugh(self) -> str:
        """McHugh's (2012) word; empty as above."""
        value = self._kappa
        return "" if value is None else words(value).mchugh

    @property
    def _kappa(self) -> float | None:
        return None if self.measure == PERCENT else self.value


def lines(found: StudyReliability) -> Iterator[Line]:
    """Yield every figure: of all coders, codes, pairs, pairs by code, sessions, stretches."""
    whole = found.overall
    yield from _lines("all", "", whole.coders, "", whole.overall)
    for code, measures in whole.per_code.items():
        yield from _lines("all", "", whole.coders, code, measures)
    for pair in whole.pairs:
        yield from _lines("all", "", pair.coders, "", pair.overall)
    for pair in whole.pairs:
        for code, measures in pair.per_code.items():
            yield from _lines("all", "", pair.coders, code, measures)
    for session in found.by_session:
        part = session.reliability
        yield from _lines("session", session.name, part.coders, "", part.overall)
        for pair in part.pairs:
            yield from _lines("session", session.name, pair.coders, "", pair.overall)
    for number, stretch in enumerate(found.over_time, start=1):
        part = stretch.reliability
        yield from _lines("stretch", str(number), part.coders, "", part.overall)


def _lines(
    part: str, of: str, coders: tuple[str, ...], code: str, measures: Measures
) -> Iterator[Line]:
    for name, figure in measures.figures.items():
        yield Line(
            part,
            of,
            coders,
            code,
            name,
            figure.value,
            figure.low,
            figure.high,
            measures.n_units,
            measures.groups,
        )
