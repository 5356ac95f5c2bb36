"""The pace of a replay: the recorded gaps, divided by the speed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime


class Pace:
    """Waits as long as people once did; from the first message it is asked about."""

    def __init__(
        self,
        speed: float | None,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Go at `speed` times the recorded pace; None does not wait at all."""
        self._speed = speed
        self._clock = clock or asyncio.get_running_loop().time
        self._sleep = sleep
        self._origin: tuple[float, datetime] | None = None

    async def wait(self, due: datetime | None) -> None:
        """Return when the message of `due` is to be sent; at once for one without a time."""
        if self._speed is None or due is None:
            return
        if self._origin is None:
            self._origin = (self._clock(), due)
            return
        began, first = self._origin
        delay = began + (due - first).total_seconds() / self._speed - self._clock()
        if delay > 0:
            await self._sleep(delay)
