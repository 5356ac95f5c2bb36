"""The real bot in this loop, without the library's own waiting; its coder can stand still."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from discord.gateway import KeepAliveHandler

from bot.commands import live_run
from bot.gateway.client import IntercoderClient
from bot.inference import pool
from bot.inference.engine import Engine
from bot.services.desk import Desk
from bot.settings import Settings

PATIENCE = 20.0  # seconds within which anything must have happened, on a busy machine


def end_heartbeats() -> None:
    """End the library's threads, which outlive a connection; elsewhere the process ends them."""
    for thread in threading.enumerate():
        if isinstance(thread, KeepAliveHandler):
            thread.stop()
            thread.join()


class Gate:
    """The fake engine, which can be made to stand still."""

    def __init__(self, engine: Engine) -> None:
        self.open = threading.Event()
        self.open.set()
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def score(self, inputs: Any) -> Any:
        self.open.wait(PATIENCE)
        return self._engine.score(inputs)


class Quick:
    """Takes the library's own waiting out of the bot in this loop; `client` is the last made.

    `stir` is called whenever something was stored or coded.
    """

    def __init__(self, patch: pytest.MonkeyPatch, stir: Callable[..., None]) -> None:
        self.client: asyncio.Future[IntercoderClient]
        self.gate: Gate | None = None
        make, open_engine = live_run.build_client, pool.open_engine

        def build(settings: Settings, desks: Any, **given: Any) -> IntercoderClient:
            client = make(settings, desks, **given)
            client._connection.guild_ready_timeout = 0.05  # else two seconds for further servers

            async def at_once(*_: object, **__: object) -> None:
                pass

            client.before_identify_hook = at_once  # type: ignore[method-assign]
            client.catch_ups._pause = nap
            for desk in desks.all():
                self.listen(desk)
            self.client.set_result(client)
            return client

        def gated(*given: Any, **more: Any) -> Any:
            self.gate = Gate(open_engine(*given, **more))
            return self.gate

        async def nap(seconds: float) -> None:
            await asyncio.sleep(min(seconds, 0.05))

        patch.setattr(live_run, "build_client", build)
        patch.setattr(pool, "open_engine", gated)
        patch.setattr("discord.backoff.ExponentialBackoff.delay", lambda _: 0.0)
        patch.setattr("discord.http.asyncio", SimpleNamespace(**{**vars(asyncio), "sleep": nap}))
        self._stir = stir

    def listen(self, desk: Desk) -> None:
        desk.ingest.listen(self._stir)
        if desk.live is not None:
            desk.live.listen(self._stir)
