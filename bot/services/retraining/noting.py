"""Noting how far a retraining is, in its folder, where the bot and the command line look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path

from bot.services.retraining.progress import Kept, Progress, keep

_EVERY = 1.0  # seconds


@asynccontextmanager
async def noting(
    folder: Path, clock: Callable[[], datetime]
) -> AsyncIterator[Callable[[Progress], None]]:
    """Give what is to be told the progress; the last of every second is written to `folder`.

    After the block nothing is written any more, so that the folder can be cleared.
    """
    notes = _Notes(folder, clock)
    task = asyncio.create_task(notes.write(), name="noting a training")
    try:
        yield notes.hear
    finally:
        notes.over.set()
        await asyncio.shield(task)


class _Notes:
    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self.over = asyncio.Event()
        self._folder = folder
        self._clock = clock
        self._last: Kept | None = None
        self._written: Kept | None = None

    def hear(self, progress: Progress) -> None:
        now, last = self._clock(), self._last
        goes_on = (
            last is not None
            and (last.progress.stage, last.progress.total) == (progress.stage, progress.total)
            and last.progress.done <= progress.done
        )
        since = last.since if last is not None and goes_on else now
        self._last = Kept(progress, now, since)

    async def write(self) -> None:
        while not self.over.is_set():
            if self._last is not None and self._last is not self._written:
                self._written = self._last
                await asyncio.to_thread(keep, self._folder, self._last)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.over.wait(), _EVERY)
