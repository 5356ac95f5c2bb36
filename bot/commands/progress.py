"""Progress with an estimate of the time left: a bar in a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

Report = Callable[[int], None]
"""Is told how many of the total are done."""

LINE_EVERY = 2.0
"""Seconds between two plain lines: often enough to see life, seldom enough for a log."""


@contextmanager
def progress(
    console: Console, title: str, total: int, clock: Callable[[], float] = time.monotonic
) -> Iterator[Report]:
    """Show progress towards `total` while the block runs; yields what to tell it."""
    with progresses(console, (title,), total, clock) as (report,):
        yield report


@contextmanager
def progresses(
    console: Console,
    titles: Sequence[str],
    total: int,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[tuple[Report, ...]]:
    """Show several kinds of progress towards one `total`; yields what to tell each."""
    if console.is_terminal:
        with _bar(console) as bar:
            tasks = [bar.add_task(title, total=total) for title in titles]
            yield tuple(_updating(bar, task) for task in tasks)
    else:
        yield tuple(_lines(console, title, total, clock) for title in titles)


def _updating(bar: Progress, task: TaskID) -> Report:
    return lambda done: bar.update(task, completed=done)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
    )


def _lines(console: Console, title: str, total: int, clock: Callable[[], float]) -> Report:
    start = last = clock()
    told = 0
    console.print(f"{title}: 0 of {total}")

    def report(done: int) -> None:
        nonlocal last, told
        now = clock()
        if done == told or (done < total and now - last < LINE_EVERY):
            return
        last, told = now, done
        left = (now - start) / done * (total - done) if done else 0.0
        console.print(f"{title}: {done} of {total}, about {left:.0f} s left")

    return report
