"""After a gap in the connection: each followed thread is held, read again, and released."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractContextManager

import discord
import structlog

from bot.gateway import reading_reports
from bot.gateway.background import Background
from bot.gateway.followed import FollowedThreads, Following
from bot.gateway.history import Pause, deleted_in_all, history, is_gone
from bot.gateway.pausing import pause_until
from bot.services.catchup import Caught, History, catch_up
from bot.services.desk import Desk
from bot.services.holding import AT_MOST
from bot.storage.rows import Arrival

AT_ONCE = 4  # threads read at a time: Discord limits requests, and the first shall end soon
_AFTERWARDS = 3.0  # seconds after the end of a session, for what is still on its way
_SLOWEST = 60.0  # seconds between two attempts

_log = structlog.get_logger(__name__)

Fetch = Callable[[int], Awaitable[object]]
Read = Callable[[discord.Message], Arrival | None]
Tell = Callable[[Desk, str], Awaitable[object]]


class CatchUps:
    """Reads threads again until the log holds all that can still be had."""

    def __init__(
        self,
        followed: FollowedThreads,
        background: Background,
        fetch: Fetch,
        read: Read,
        tell: Tell,
        now: Callable[[], int],
        pause: Pause = asyncio.sleep,
    ) -> None:
        """Get a channel by `fetch`, read its messages by `read`, and tell the staff by `tell`.

        `now` gives an order key for the present moment.
        """
        self._followed = followed
        self._background = background
        self._fetch = fetch
        self._read = read
        self._tell = tell
        self._now = now
        self._pause = pause
        self._room = asyncio.Semaphore(AT_ONCE)
        # By thread: two readings at once would both record a gap that either finds.
        self._one_reading: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._held: dict[str, AbstractContextManager[None]] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._last_looks: set[asyncio.Task[None]] = set()
        self._leaving = asyncio.Event()

    def hold(self, followings: Iterable[Following]) -> None:
        """Hold back what arrives in these threads until `release` or a catch-up, or a while."""
        for following in followings:
            before = self._held.get(following.thread.id)
            held = following.desk.holding.hold(following.thread.id, at_most=AT_MOST)
            held.__enter__()
            self._held[following.thread.id] = held
            if before is not None:
                before.__exit__(None, None, None)

    def release(self, followings: Iterable[Following]) -> None:
        """Let go of what `hold` held."""
        for following in followings:
            held = self._held.pop(following.thread.id, None)
            if held is not None:
                held.__exit__(None, None, None)

    def start(self, following: Following) -> asyncio.Task[None]:
        """Read a thread again; the task ends when that has succeeded or cannot.

        One that is being read is read once more afterwards: what is new may lie behind.
        """
        key = following.thread.id
        running = self._running.get(key)
        if running is not None:
            self._again.add(key)
            return running
        task = self._background.start(self._until_read(following), "catch-up")
        self._running[key] = task
        task.add_done_callback(lambda _: self._running.pop(key, None))
        return task

    async def stop(self, at_most: float) -> None:
        """Read no more; what was read is stored, the rest is read at the next start.

        Only last looks, which nobody takes up again, are taken now, in `at_most` seconds.
        """
        for task in self._running.values():
            task.cancel()
        self._leaving.set()
        if not self._last_looks:
            return
        _, late = await asyncio.wait(self._last_looks, timeout=at_most)
        for task in late:
            task.cancel()
        if late:
            _log.warning("ended without a last look at threads of an ended session")

    async def run(self, followings: Iterable[Following]) -> None:
        """Read threads again and wait until each was read, or has failed for now."""
        waiting = [asyncio.ensure_future(self._first(f)) for f in followings]
        await asyncio.gather(*waiting)

    def look_back(self, followings: Iterable[Following]) -> None:
        """Read threads a last time, a moment after their session ended.

        What people wrote just before the end may be heard of just after it.
        """
        task = self._background.start(self._look_back(tuple(followings)), "last look")
        self._last_looks.add(task)
        task.add_done_callback(self._last_looks.discard)

    async def _look_back(self, followings: Sequence[Following]) -> None:
        await pause_until(self._leaving, self._pause(_AFTERWARDS))
        await asyncio.gather(*map(self._last, followings))

    async def _last(self, following: Following) -> None:
        try:
            await self._once(following)
        except Exception as error:  # noqa: BLE001 - told, and logged
            _log.warning("a last look failed", error=type(error).__name__)
            await self._tell(following.desk, reading_reports.not_looked_at(following, error))

    async def _first(self, following: Following) -> None:
        # What cannot be read goes on being tried, and nobody wants to wait for that.
        await asyncio.wait({self.start(following)}, timeout=AT_MOST)

    async def _until_read(self, following: Following) -> None:
        key, failures, told = following.thread.id, 0, False
        while (current := self._followed.of(int(key))) is not None:
            self._again.discard(key)
            try:
                caught = await self._once(current)
            except discord.NotFound:
                await self._tell(current.desk, reading_reports.gone(current))
                break
            except Exception as error:  # noqa: BLE001 - told, logged, and tried again
                failures += 1
                _log.warning("a thread could not be read", error=type(error).__name__)
                self.release((current,))
                if not told:
                    told = True
                    await self._tell(current.desk, reading_reports.unreadable(current, error))
                await self._pause(min(_SLOWEST, 2.0**failures))
                continue
            if told:
                await self._tell(current.desk, f"{current.thread.name}: read again, all is there.")
            if caught.gap is not None:
                await self._tell(current.desk, reading_reports.missing(current, caught.gap))
            if key not in self._again:
                break
        self.release((following,))

    async def _once(self, following: Following) -> Caught:
        async with self._one_reading[following.thread.id], self._room:
            return await self._compare(following)

    async def _compare(self, following: Following) -> Caught:
        desk = following.desk
        # Counted before it is read: what is deleted in between shall not look like a gap.
        until = self._now()
        channel = await self._fetch(int(following.thread.id))
        if not isinstance(channel, discord.abc.Messageable):
            raise TypeError(f"{type(channel).__name__} holds no messages")

        def read(after: int) -> AsyncIterator[Arrival]:
            return history(channel, after, self._read, self._pause)

        async def gone(key: int) -> bool:
            return await is_gone(channel, key)

        return await catch_up(
            desk.ingest,
            desk.holding,
            following.session,
            following.thread.id,
            History(read, gone),
            deleted_in_all(channel),
            until=until,
        )
