"""How quickly people code: the time between one decision and the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from bot.storage.rows import Study
from bot.storage.store import Store

PAUSE = timedelta(minutes=5)
"""Whoever decides nothing for longer was not coding."""


async def paces(store: Store, study: Study) -> dict[str, float]:
    """Return the median seconds that each coder takes for a message, of those who coded two."""
    times: defaultdict[str, list[datetime]] = defaultdict(list)
    for decision in await store.queue.people(study.id):
        times[decision.coder].append(decision.at)
    found = {coder: pace(given) for coder, given in times.items()}
    return {coder: seconds for coder, seconds in found.items() if seconds is not None}


def pace(times: Sequence[datetime]) -> float | None:
    """Return the median seconds between decisions that follow each other without a pause.

    Decisions of one and the same moment are a file's, and were not made at a pace.
    """
    gaps = [after - before for before, after in pairwise(sorted(times))]
    worked = [gap.total_seconds() for gap in gaps if timedelta() < gap <= PAUSE]
    return median(worked) if worked else None
