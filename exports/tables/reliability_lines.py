"""Reliability as the lines of a sheet: all coders, each pair, each code, with intervals."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from bot.reliability.measure import measure
from bot.reliability.result import Measures, Reliability
from bot.services.reliability import read_ratings
from bot.storage.rows import Study
from bot.storage.store import Store
from exports.reliability.lines import BETWEEN, TITLES
from exports.tables.table import Measured

LIMIT = 1_000_000
"""Messages that are measured for a sheet: their ratings take some 0.2 KB each, all at once in
memory, and an export is to stay below 400 MB. `intercoder reliability` measures any number."""


async def reliability_lines(
    store: Store, study: Study, session: str | None = None
) -> tuple[Measured, ...]:
    """Return how far a study's coders agree, or in one session; the measuring has a thread.

    Agreement takes two: with fewer coders one line says so, and so it does of a study that is
    larger than `LIMIT`.
    """
    size = await store.transcripts.size(study.id, session)
    if size > LIMIT:
        return (_said("", f"more than {LIMIT:,} messages: see intercoder reliability", size),)
    ratings = await read_ratings(store, study, session=session)
    if len(ratings.coders) < 2 or not ratings.units:
        who = BETWEEN.join(ratings.coders) or "nobody"
        return (_said(who, "agreement takes two coders", len(ratings.units)),)
    return tuple(lines(await asyncio.to_thread(measure, ratings)))


def lines(found: Reliability) -> Iterator[Measured]:
    """Yield the figures of all coders, of each pair, of each code; then what is to be said."""
    yield from _lines(found.coders, "", found.overall)
    for pair in found.pairs:
        yield from _lines(pair.coders, "", pair.overall)
    for code, measures in found.per_code.items():
        yield from _lines(found.coders, f", code {code} against all others", measures)
    if found.note:
        yield _said("", found.note, found.overall.n_units)


def _lines(coders: Sequence[str], of: str, measures: Measures) -> Iterator[Measured]:
    for name, figure in measures.figures.items():
        value, low, high = figure.value, figure.low, figure.high
        title, who = f"{TITLES[name]}{of}", BETWEEN.join(coders)
        yield Measured(who, title, value, low, high, measures.n_units, measures.groups)


def _said(coders: str, sentence: str, n: int) -> Measured:
    return Measured(coders, sentence, None, None, None, n)
