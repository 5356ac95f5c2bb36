"""The clock: once a second every desk does what is due, and now and then what failed.

Which coder serves a study is looked up as often: it may have been decided by another process.
"""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING

import discord
import structlog

from bot.services.conduct import Happened
from bot.services.desk import Desk

if TYPE_CHECKING:
    from bot.gateway.client import IntercoderClient

_EVERY = 1.0  # seconds
_RETRY = 15  # ticks after which what could not be coded is tried again

_log = structlog.get_logger(__name__)


class Ticking:
    """Calls each desk's conduct; a slow server delays nobody but itself."""

    def __init__(self, client: IntercoderClient) -> None:
        self._client = client
        self._busy: set[int] = set()
        self._failing: set[int] = set()
        self._looking: set[int] = set()
        self._blind: set[int] = set()

    async def run(self) -> None:
        """Tick until cancelled."""
        for number in count(1):
            for desk in self._client.desks.all():
                if number % _RETRY == 0 and desk.live is not None:
                    desk.live.retry()
                if desk.server.id not in self._busy:
                    self._busy.add(desk.server.id)
                    self._client.background.start(self.tick(desk), "tick")
                if desk.server.id not in self._looking:  # to load a coder takes a second or more
                    self._looking.add(desk.server.id)
                    self._client.background.start(self._look(desk), "coder")
            await asyncio.sleep(_EVERY)

    async def look(self, desk: Desk) -> None:
        """Let the coder serve that was decided on last, and tell the staff; never raises."""
        try:
            for sentence in await desk.look():
                await self._client.tell_staff(desk, sentence)
        except Exception as error:  # noqa: BLE001 - logged, told once, and tried in a second
            _log.warning("a coder could not be changed", error=type(error).__name__)
            if desk.server.id not in self._blind:
                self._blind.add(desk.server.id)
                await self._client.tell_staff(
                    desk,
                    "Which coder is to serve cannot be carried out at present "
                    f"({type(error).__name__}): the one that serves goes on, and the bot tries "
                    "again.",
                )
        else:
            self._blind.discard(desk.server.id)

    async def _look(self, desk: Desk) -> None:
        try:
            await self.look(desk)
        finally:
            self._looking.discard(desk.server.id)

    async def tick(self, desk: Desk) -> None:
        """Do what is due at one desk, and tell the staff what of it failed."""
        try:
            poster = self._client.poster()
            for happened in await desk.conduct.tick(poster, discord.utils.utcnow()):
                for sentence in told(happened):
                    await self._client.tell_staff(desk, sentence)
        except Exception as error:  # noqa: BLE001 - logged, told once, and due again in a second
            _log.warning("a tick failed", error=type(error).__name__)
            if desk.server.id not in self._failing:
                self._failing.add(desk.server.id)
                await self._client.tell_staff(
                    desk,
                    "What scenarios do by themselves (warning, end) fails at present "
                    f"({type(error).__name__}); the bot goes on trying. `/session status` works.",
                )
        else:
            self._failing.discard(desk.server.id)
        finally:
            self._busy.discard(desk.server.id)


def told(happened: Happened) -> list[str]:
    """Return a sentence for every thread in which something that was due could not be posted."""
    title = happened.run.scenario.title
    what = "The warning" if happened.kind == "warned" else "The end"
    return [
        f"{what} of {title!r} could not be posted in {thread.name}: {problem}"
        for thread, problem in happened.failed
    ]
