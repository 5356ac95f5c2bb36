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

_NO_NAMES = 2**62  # above every row: the log's names are not needed


async def paces(store: Store, study: Study) -> dict[str, float]:
    """Return the median seconds that each coder takes for a message, of those who coded two."""
    log = await store.queue.log(study.id, named=_NO_NAMES)
    times: defaultdict[str, list[datetime]] = defaultdict(list)
    for decision in log.people:
        times[decision.coder].append(decision.at)
    found = {coder: pace(given) for coder, given in times.items()}
    return {coder: seconds for coder, seconds in found.items() if seconds is not None}


def pace(times: Sequence[datetime]) -> float | None:
    """Return the median seconds between decisions that follow each other without a pause."""
    gaps = [after - before for before, after in pairwise(sorted(times))]
    worked = [gap.total_seconds() for gap in gaps if gap <= PAUSE]
    return median(worked) if worked else None
