"""What can go wrong with events on their way: lost, doubled, shuffled, late; on order."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any

Event = tuple[str, dict[str, Any], str | None]
"""Its name, its payload, and its server's id."""
Which = Callable[[str, dict[str, Any]], bool]
"""Tells by name and payload whether a fault may happen to an event."""


def messages(name: str, _payload: dict[str, Any]) -> bool:
    """Return whether the event is about a message (sent, edited, deleted)."""
    return name.startswith("MESSAGE_")


class EventFaults:
    """Passes events on to `deliver`, but for what was ordered to happen to them."""

    def __init__(self, deliver: Callable[[Event], None], seed: int = 0) -> None:
        self.lost = 0
        self.doubled = 0
        self._deliver = deliver
        self._random = random.Random(seed)  # noqa: S311 - faults are to come again alike
        self._lose: tuple[Which, float] = (messages, 0)
        self._double: tuple[Which, float] = (messages, 0)
        self._shuffle: tuple[Which, int] = (messages, 0)
        self._held: list[Event] = []
        self._seconds = 0.0
        self._last_due = 0.0

    def lose(self, count: float, which: Which = messages) -> None:
        """Swallow the next `count` events (inf: until told otherwise): no replay has them."""
        self._lose = (which, count)

    def double(self, count: float, which: Which = messages) -> None:
        """Deliver each of the next `count` events twice."""
        self._double = (which, count)

    def shuffle(self, count: int, which: Which = messages) -> None:
        """Hold the next `count` events, then deliver them in another order."""
        self.release()
        self._shuffle = (which, count)

    def delay(self, seconds: float) -> None:
        """Deliver every event so much later, in order; 0 ends it for those to come."""
        self._seconds = seconds

    def release(self) -> None:
        """Deliver what a shuffle still holds."""
        held, self._held = self._held, []
        self._shuffle = (messages, 0)
        self._random.shuffle(held)
        for event in held:
            self._later(event)

    def take(self, event: Event) -> None:
        """Take an event on its way."""
        which, count = self._lose
        if count > 0 and which(event[0], event[1]):
            self._lose = (which, count - 1)
            self.lost += 1
            return
        which, count = self._double
        copies = 1
        if count > 0 and which(event[0], event[1]):
            self._double = (which, count - 1)
            self.doubled += 1
            copies = 2
        for _ in range(copies):
            self._hold(event)

    def _hold(self, event: Event) -> None:
        which, count = self._shuffle
        if len(self._held) >= count or not which(event[0], event[1]):
            self._later(event)
            return
        self._held.append(event)
        if len(self._held) == count:
            self.release()

    def _later(self, event: Event) -> None:
        if not self._seconds and time.monotonic() > self._last_due:
            self._deliver(event)
            return
        # Timers of the same moment go off in no order, so no two are given the same.
        due = max(time.monotonic() + self._seconds, self._last_due + 1e-6)
        loop = asyncio.get_running_loop()
        loop.call_at(loop.time() + due - time.monotonic(), self._deliver, event)
        self._last_due = due
