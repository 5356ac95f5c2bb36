"""What coding by people costs in a large study: one coder's clicks, and what others look at.

`python -m bench.coding FOLDER [MESSAGES]` fills a database there with an invented study, assigns
all of it to a person, and has them code; one line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

from bench.large_study import fill, stored_study
from bench.live import peak_bytes
from bot.services.people.adjudication import Adjudication
from bot.services.people.assigning import Assigning
from bot.services.people.queue import CodingQueue, Order
from bot.services.reliability import study_reliability
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store

MESSAGES = 20_000
CLICKS = 50
_WINDOW = 12

T = TypeVar("T")


async def measure(url: str) -> dict[str, Any]:
    """Return seconds: the first item, a click (code, next item), and the heavier looks."""
    async with await Store.open(url) as store:
        study = await stored_study(store)
        coder = await store.studies.human(study.id, "cyd")
        await Assigning(store, study).assign(coder)
        queue = CodingQueue(store, study, _WINDOW)
        item, first = await _timed(lambda: queue.next(coder, Order.UNCERTAIN))
        clicks = []
        for _ in range(CLICKS):
            if item is None:
                break
            row = item.stored.id
            began = time.perf_counter()
            await queue.code(row, coder, "C01")
            item = await queue.next(coder, Order.UNCERTAIN)
            clicks.append(time.perf_counter() - began)
        peak = peak_bytes()
        _, case = await _timed(Adjudication(store, study, _WINDOW).next)
        _, figures = await _timed(lambda: study_reliability(store, study))
        return {
            "first_item_s": round(first, 2),
            "click_median_s": round(median(clicks), 3),
            "click_slowest_s": round(max(clicks), 3),
            "peak_mb": round(peak / 1e6, 1),
            "next_case_s": round(case, 2),
            "reliability_s": round(figures, 1),
        }


async def _timed(work: Callable[[], Awaitable[T]]) -> tuple[T, float]:
    began = time.perf_counter()
    return await work(), time.perf_counter() - began


def main(arguments: Sequence[str]) -> None:
    """Fill a new database and measure."""
    count = int(arguments[1]) if len(arguments) > 1 else MESSAGES
    database = Path(arguments[0]) / f"coding-{count}.db"
    database.unlink(missing_ok=True)
    url = sqlite_url(database)
    asyncio.run(fill(url, count))
    found = {"messages": count, **asyncio.run(measure(url))}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
