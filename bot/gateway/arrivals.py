"""What the gateway tells of followed threads -> the one door, in the gateway's order.

Nothing here waits before it has handed over. The library starts one task for each event; tasks
take their first step in the order in which they were made, and each of ours hands over in that
step. So the order of the gateway is the order of the log.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial

import discord

from bot.domain.discussion import Provenance
from bot.gateway.background import Background
from bot.gateway.followed import FollowedThreads, Following
from bot.gateway.recent import Recent
from bot.gateway.translate import arrival
from bot.services.catchup import unknown_deletion
from bot.services.desk import Desk
from bot.services.desks import Desks
from bot.storage.errors import NotFollowedError
from bot.storage.rows import Arrival, Receipt

Work = Callable[[], Awaitable[object]]
Missed = Callable[[Following, Exception], None]
"""Is told when something of a thread could not be stored: it has to be read again."""


class Arrivals:
    """Takes messages, edits and deletions; all pass the thread's holding."""

    def __init__(
        self,
        desks: Desks,
        followed: FollowedThreads,
        provenance: Provenance,
        background: Background,
        missed: Missed,
    ) -> None:
        self._desks = desks
        self._followed = followed
        self._provenance = provenance
        self._background = background
        self._missed = missed
        self._changing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._edited_at: Recent[datetime] = Recent()  # an older edit may come again, or later
        self._read_at: Recent[datetime] = Recent()  # how far history has told a message's edits
        self._deleted: Recent[bool] = Recent()  # a message may come after its deletion
        self._foreign: Recent[bool] = Recent()  # of bots and of the server: no gap if deleted

    def read(self, message: discord.Message) -> Arrival | None:
        """Return a message as it arrives, or None if no person said it."""
        found = arrival(message, self._provenance)
        if found is None:
            self._foreign.note(message.id, True)  # noqa: FBT003 - there, and nothing more
        return found

    def read_past(self, message: discord.Message) -> Arrival | None:
        """Return a message of history as it arrives.

        An edit from before, which was heard and still waits while its thread is held, is outdated
        by it: the news of a later one may have been lost.
        """
        if message.edited_at is not None:
            self._read_at.note(message.id, message.edited_at)
        return self.read(message)

    def message(self, message: discord.Message) -> None:
        """Take in a new message."""
        following = self._followed.of(message.channel.id)
        if following is None or (found := self.read(message)) is None:
            return
        self._admit(following, found.order_key, partial(self._receive, following, found))

    def edit(self, message: discord.Message) -> None:
        """Take in what a message has become, also one that was not heard of before."""
        following = self._followed.of(message.channel.id)
        if following is None or (found := self.read(message)) is None:
            return
        if message.id in self._deleted:
            return
        at, known = message.edited_at, self._edited_at.get(message.id)
        if known is not None and (at is None or at <= known):
            return  # also a preview that was added before the edit
        if at is not None:
            self._edited_at.note(message.id, at)
        work = partial(self._edit, following, found, at)
        self._admit(following, found.order_key, partial(self._start, following, work))

    def deletion(
        self, channel_id: int, message_ids: Iterable[int], server_id: int | None = None
    ) -> None:
        """Take in that messages were deleted, one or many at once.

        A thread that no session follows any more is asked as well: what people take back of a
        session that has ended is treated as the study's setting says.
        """
        following = self._followed.of(channel_id)
        if following is None:
            desk = None if server_id is None else self._desks.of(str(server_id))
            if desk is not None:
                for message_id in sorted(message_ids):
                    work = _delete(desk, str(channel_id), message_id)
                    self._background.start(work, "deletion after a session")
            return
        for message_id in sorted(message_ids):
            self._deleted.note(message_id, True)  # noqa: FBT003 - there, and nothing more
            change = partial(self._delete, following, message_id)
            self._admit(following, message_id, partial(self._start, following, change))

    def _admit(self, following: Following, order_key: int, act: Callable[[], None]) -> None:
        following.desk.holding.admit(following.thread.id, order_key, act)

    def _receive(self, following: Following, found: Arrival) -> None:
        if int(found.external_id) in self._deleted:
            kept = found.text if following.desk.keep_deleted else ""
            found = replace(found, text=kept, deleted=True)
        done = following.desk.ingest.submit(found)
        done.add_done_callback(partial(self._stored, following))

    def _stored(self, following: Following, done: asyncio.Future[Receipt]) -> None:
        error = None if done.cancelled() else done.exception()
        if isinstance(error, Exception) and not isinstance(error, NotFollowedError):
            self._missed(following, error)

    def _start(self, following: Following, work: Work) -> None:
        self._background.start(self._or_missed(following, work), "change of a message")

    async def _or_missed(self, following: Following, work: Work) -> None:
        try:
            # An edit takes two steps: the next change of the thread waits for its second.
            async with self._changing[following.thread.id]:
                await work()
        except NotFollowedError:
            return  # of a time before or after the session
        except Exception as error:  # noqa: BLE001 - told, and mended by reading the thread again
            self._missed(following, error)

    async def _edit(self, following: Following, found: Arrival, at: datetime | None) -> None:
        ingest = following.desk.ingest
        past = self._read_at.get(found.order_key)
        if past is not None and (at is None or at < past):
            return
        receipt = await ingest.receive(found)
        if not receipt.new and not receipt.same:
            when = at or discord.utils.utcnow()
            await ingest.edited(found.thread_id, found.external_id, found.text, when)

    async def _delete(self, following: Following, message_id: int) -> None:
        desk, thread_id = following.desk, following.thread.id
        if await _delete(desk, thread_id, message_id) or message_id in self._foreign:
            return
        await unknown_deletion(desk.ingest, thread_id, message_id)


async def _delete(desk: Desk, thread_id: str, message_id: int) -> bool:
    at = discord.utils.utcnow()
    keep = desk.keep_deleted
    return await desk.ingest.deleted(thread_id, str(message_id), at, keep_text=keep)
