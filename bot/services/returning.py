"""Earlier coders that are called back, for something of their own has come after all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.domain.errors import IntercoderError

_log = structlog.get_logger(__name__)


class Returning:
    """Which coders (their rows) are on their way back, and which cannot be had."""

    def __init__(
        self, sit: Callable[[int], Awaitable[object]], tell: Callable[[str], None]
    ) -> None:
        """Bring a coder back by `sit`; `tell` the staff, once, of one that cannot be loaded."""
        self._sit = sit
        self._tell = tell
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._lost: dict[int, str] = {}

    @property
    def lost(self) -> tuple[str, ...]:
        """What waits for a coder that cannot be loaded, a sentence each."""
        return tuple(self._lost.values())

    def hear(self, coder_id: int) -> None:
        """Call back a coder to whom something has come; one that is lost waits for `retry`."""
        if coder_id not in self._lost:
            self.call(coder_id)

    def call(self, coder_id: int) -> None:
        """Call a coder back; does nothing while it is on its way."""
        if coder_id not in self._tasks:
            task = asyncio.create_task(self._return(coder_id), name="coder comes back")
            self._tasks[coder_id] = task

    def retry(self) -> None:
        """Look again for the coders that could not be loaded."""
        for coder_id in self._lost:
            self.call(coder_id)

    async def wait(self) -> None:
        """Wait until all who were called are back, or could not be loaded."""
        await asyncio.gather(*self._tasks.values())

    async def stop(self) -> None:
        """Call nobody back any more."""
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _return(self, coder_id: int) -> None:
        try:
            await self._sit(coder_id)
            self._lost.pop(coder_id, None)
        except Exception as error:  # noqa: BLE001 - told; the others go on
            self._miss(coder_id, error)
        finally:
            del self._tasks[coder_id]

    def _miss(self, coder_id: int, error: Exception) -> None:
        if coder_id in self._lost:
            return
        why = str(error) if isinstance(error, IntercoderError) else type(error).__name__
        self._lost[coder_id] = (
            "What was begun with an earlier coder is stored and waits, for that coder cannot be "
            f"loaded: {why}"
        )
        self._tell(self._lost[coder_id])
        _log.warning("an earlier coder cannot be loaded", error=type(error).__name__)
