"""The one door: live events, history and replayed files all come in here, once.

A message is on disk before anybody hears of it, and whoever listens hears of it even if the
caller has gone. Everything is idempotent: a second arrival of anything changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from bot.domain.discussion import Scenario, Thread
from bot.storage.followed import Opened
from bot.storage.live_rows import Joining
from bot.storage.rows import (
    Account,
    Arrival,
    Edited,
    Receipt,
    SessionRow,
    Started,
    Study,
)
from bot.storage.sessions import Start
from bot.storage.store import Store

__all__ = ["Account", "Arrival", "Edited", "Event", "Ingest", "Start", "Started"]

_log = structlog.get_logger(__name__)


Event = Receipt | Started | Edited
"""What listeners hear, after it is on disk and in the order of the log."""
Listener = Callable[[Event], None]


class Ingest:
    """Takes in what happens in the threads of one study."""

    def __init__(self, store: Store, study: Study) -> None:
        self.store = store
        self.study = study
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Call `listener` with every event that changes the log; it must return at once."""
        self._listeners.append(listener)

    def forget(self, listener: Listener) -> None:
        """Stop calling `listener`."""
        self._listeners.remove(listener)

    async def start_session(self, name: str) -> SessionRow:
        """Return the session called `name`, begun if there is none."""
        return await self.store.sessions.begin(self.study.id, name)

    async def begin_session(
        self,
        name: str,
        joinings: Sequence[Joining],
        channels: Sequence[str],
        at: datetime | None = None,
    ) -> SessionRow:
        """Begin a session that follows threads and channels; its threads talk from now on.

        `at` is the platform's time, where its clock is not ours. Raises InputError if the name
        is in use or a thread is in another running session.
        """
        done = self.store.followed.begin(self.study.id, name, joinings, channels, at)
        done.add_done_callback(self._opened)
        return (await asyncio.shield(done)).session

    async def join_session(self, session: SessionRow, joining: Joining) -> bool:
        """Make a session follow one thread more; False if it does so already.

        Raises InputError if the thread is in another running session.
        """
        done = self.store.followed.join(session, joining)
        done.add_done_callback(self._found)
        return await asyncio.shield(done) is not None

    async def end_session(self, session: SessionRow, end_key: int | None = None) -> None:
        """End a session; messages with an order key from `end_key` on are not part of it."""
        await self.store.sessions.end(session.id, end_key)

    async def start_discussion(
        self, session: SessionRow, thread: Thread, scenario: Scenario | None, start_key: int
    ) -> Started:
        """Start `scenario` in a thread, from `start_key` on; None is talk before any scenario.

        The same thread and start key again is the same discussion. Another start key makes
        another round of the scenario.
        """
        start = Start(self.study.id, session.name, thread, scenario, start_key)
        return await asyncio.shield(self.submit_start(start))

    def submit_start(self, start: Start) -> asyncio.Future[Started]:
        """Queue a start; what is submitted after it finds the discussion started."""
        done = self.store.sessions.start(start)
        done.add_done_callback(self._heard)
        return done

    async def receive(self, arrival: Arrival) -> Receipt:
        """Store a message in the discussion that its order key belongs to.

        Known already (by thread and external id), it changes nothing and the receipt says
        so. Raises NotFollowedError if no discussion covers it, StorageError if it could not
        be stored.
        """
        return await asyncio.shield(self.submit(arrival))

    def submit(self, arrival: Arrival) -> asyncio.Future[Receipt]:
        """Queue a message, in order; the future ends as `receive` does. Do not cancel it."""
        tidy = replace(arrival, text=storable(arrival.text))
        done = self.store.messages.receive(self.study.id, tidy)
        done.add_done_callback(self._heard)
        return done

    async def edited(self, thread_id: str, external_id: str, text: str, at: datetime) -> bool:
        """Record a new text; False if it is the present one or the message is not known."""
        edits = self.store.edits
        change = edits.edited(self.study.id, thread_id, external_id, storable(text), at)
        return await self._changed(change)

    async def deleted(
        self, thread_id: str, external_id: str, at: datetime, *, keep_text: bool = True
    ) -> bool:
        """Record a deletion; the message keeps its place. False if it was not there.

        Without `keep_text` its words are removed from the log and its history.
        """
        edits = self.store.edits
        change = edits.deleted(self.study.id, thread_id, external_id, at, keep_text=keep_text)
        return await self._changed(change)

    async def _changed(self, done: asyncio.Future[Edited | None]) -> bool:
        done.add_done_callback(self._found)
        return await asyncio.shield(done) is not None

    def _found(self, done: asyncio.Future[Edited | None] | asyncio.Future[Started | None]) -> None:
        if not done.cancelled() and done.exception() is None:
            event = done.result()
            if event is not None:
                self._tell(event)

    def _opened(self, done: asyncio.Future[Opened]) -> None:
        if not done.cancelled() and done.exception() is None:
            for started in done.result().started:
                self._tell(started)

    def _heard(self, done: asyncio.Future[Receipt] | asyncio.Future[Started]) -> None:
        if not done.cancelled() and done.exception() is None and done.result().new:
            self._tell(done.result())

    def _tell(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:  # noqa: BLE001 - the log goes on, whatever a listener does
                _log.exception("a listener failed", heard=type(event).__name__)


def storable(text: str) -> str:
    """Return `text` as databases can hold it: NUL and half characters become U+FFFD."""
    whole = text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return whole.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
