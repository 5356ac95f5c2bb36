"""Holding back what arrives in a thread while its place in the log is being found out.

Only a courtesy to the coder, who then meets messages in order: the log itself puts whatever
comes late in its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

import structlog

AT_MOST = 10.0  # seconds for which an arrival is worth holding back: people wait for its code

_log = structlog.get_logger(__name__)

Act = Callable[[], None]


@dataclass(slots=True)
class _Held:
    """A thread that is held: by how many, and what waits as (order key, call, act)."""

    holders: int = 0
    waiting: list[tuple[int, int, Act]] = field(default_factory=list)


class Holding:
    """Which threads are held, and what waits in them."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}
        self._calls = count()

    @contextmanager
    def hold(self, thread_id: str, at_most: float | None = None) -> Iterator[None]:
        """Hold a thread until the block ends, or for `at_most` seconds.

        With several holders it is released when the last of them leaves.
        """
        self._held.setdefault(thread_id, _Held()).holders += 1
        holding = True

        def leave() -> None:
            nonlocal holding
            if holding:
                holding = False
                self._leave(thread_id)

        timer = None
        if at_most is not None:
            timer = asyncio.get_running_loop().call_later(at_most, leave)
        try:
            yield
        finally:
            if timer is not None:
                timer.cancel()
            leave()

    def held(self, thread_id: str) -> bool:
        """Tell whether what is admitted to a thread has to wait."""
        return thread_id in self._held

    def admit(self, thread_id: str, order_key: int, act: Act) -> None:
        """Call `act` at once, or when the thread is released.

        Then what waited is called in the order of the keys, and of the calls where these are
        equal. An error of `act` reaches the caller only if it did not wait.
        """
        held = self._held.get(thread_id)
        if held is None:
            act()
        else:
            held.waiting.append((order_key, next(self._calls), act))

    def drop(self) -> None:
        """Forget what waits: nothing is stored any more, the next start reads it again."""
        for held in self._held.values():
            held.waiting.clear()

    def _leave(self, thread_id: str) -> None:
        held = self._held[thread_id]
        held.holders -= 1
        if held.holders:
            return
        del self._held[thread_id]
        for _, _, act in sorted(held.waiting, key=lambda waiting: waiting[:2]):
            try:
                act()
            except Exception:  # noqa: BLE001 - the others have waited, too
                _log.exception("an arrival that was held back failed")
