from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from bot.gateway.staff.draining import drained

SESSION: Any = SimpleNamespace(id=1)


class Live:
    """A model at work on several sessions; ours has `pending` messages."""

    def __init__(self, pending: int) -> None:
        self.pending = pending
        self.listeners: list[Callable[[object], None]] = []
        self.idle = asyncio.Event()
        self.asked = asyncio.Event()

    def listen(self, listener: Callable[[object], None]) -> None:
        self.listeners.append(listener)

    def forget(self, listener: Callable[[object], None]) -> None:
        self.listeners.remove(listener)

    async def settled(self) -> None:
        await self.idle.wait()

    async def counts(self, _coder: int, _session: int) -> Any:
        self.asked.set()
        return SimpleNamespace(pending=self.pending)

    def code(self) -> None:
        self.pending -= 1
        for listener in self.listeners:
            listener(object())

    @property
    def desk(self) -> Any:
        store = SimpleNamespace(codings=SimpleNamespace(counts=self.counts))
        seats = [SimpleNamespace(coder=SimpleNamespace(id=1))]
        return SimpleNamespace(
            live=self, coders=seats, ingest=SimpleNamespace(store=store), numbers=self
        )

    async def of(self, _session: object) -> Any:
        return SimpleNamespace(waiting=self.pending)


async def test_it_waits_for_its_session_and_not_for_the_others() -> None:
    live = Live(2)
    waiting = asyncio.create_task(drained(live.desk, SESSION, 60))
    for left in (1, 0):
        await live.asked.wait()
        live.asked.clear()
        assert not waiting.done()
        live.code()
        assert live.pending == left
    assert await waiting == 0
    assert live.listeners == []


async def test_what_cannot_be_coded_is_not_waited_for() -> None:
    live = Live(3)
    live.idle.set()
    async with asyncio.timeout(10):
        assert await drained(live.desk, SESSION, 60) == 3


async def test_it_waits_no_longer_than_it_may() -> None:
    live = Live(3)
    assert await drained(live.desk, SESSION, 0.01) == 3
    assert live.listeners == []


async def test_without_a_model_there_is_nothing_to_wait_for() -> None:
    async def of(session: object) -> Any:
        return SimpleNamespace(waiting=4)

    desk: Any = SimpleNamespace(live=None, numbers=SimpleNamespace(of=of))
    assert await drained(desk, SESSION, 60) == 4
