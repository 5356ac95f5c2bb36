"""Threads that are opened in a followed channel join its session, also while nobody listened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
import structlog

from bot.domain.discussion import Thread
from bot.gateway.history import deleted_in_all, threads_since, transient
from bot.services.conduct import Joining, PostError
from bot.services.desk import Desk
from bot.storage.rows import SessionRow

if TYPE_CHECKING:
    from bot.gateway.client import IntercoderClient

_log = structlog.get_logger(__name__)


class Opening:
    """Takes threads into sessions, each once."""

    def __init__(self, client: IntercoderClient) -> None:
        self._client = client
        self._joining: set[int] = set()

    async def heard(self, thread: discord.Thread) -> None:
        """Take in a thread that came into sight, if its channel is followed."""
        found = self._client.followed.opening_in(thread.parent_id)
        if found is not None:
            await self.join(*found, thread)

    async def join(self, desk: Desk, session: SessionRow, thread: discord.Thread) -> None:
        """Follow a thread from the session's start on; the running scenario starts in it."""
        if self._client.followed.of(thread.id) is not None or thread.id in self._joining:
            return  # the server tells of a thread in several ways
        self._joining.add(thread.id)
        try:
            await self._enter(desk, thread)
            try:
                how = joining(thread, session)
                await desk.conduct.join(session, how, self._client.poster())
            except PostError as error:  # it is followed all the same
                await self._client.tell_staff(
                    desk, f"{thread.name}: the running scenario could not be posted: {error}"
                )
            finally:
                # First it is followed, then its history is read: nothing falls in between.
                await self._client.followed.rebuild(desk)
        finally:
            self._joining.discard(thread.id)
        following = self._client.followed.of(thread.id)
        if following is not None:
            await self._client.catch_ups.run((following,))

    async def while_away(self, desk: Desk, guild: discord.Guild) -> None:
        """Take in what was opened in the followed channels while nobody listened."""
        for channel_id in self._client.followed.channels_of(desk.server.external_id):
            found = self._client.followed.opening_in(channel_id)
            if found is None:
                continue
            _, session = found
            try:
                async for thread in threads_since(guild, channel_id, session.started_at):
                    await self.join(desk, session, thread)
            except discord.Forbidden:
                await self._client.tell_staff(
                    desk,
                    f"<#{channel_id}>: the bot may not look for threads that were opened while "
                    "it was away. Give its role View Channel and Read Message History.",
                )

    async def _enter(self, desk: Desk, thread: discord.Thread) -> None:
        """Become a member of a public thread: then the server lists it at every start."""
        if thread.is_private() or thread.archived or thread.me is not None:
            return
        try:
            await thread.join()
        except discord.HTTPException as error:
            # It is heard all the same, as long as the bot sees the channel.
            _log.info("a thread was not joined", status=error.status)
            if not transient(error):
                await self._client.tell_staff(
                    desk, f"{thread.name}: the bot could not join this thread; it still listens."
                )


def joining(thread: discord.Thread, session: SessionRow) -> Joining:
    """Return how `thread` joins a session that has begun before: from what comes first.

    That is the session's start or its own; in an older thread, what was deleted so far was
    deleted before.
    """
    began = discord.utils.time_snowflake(session.started_at)
    older = thread.id < began
    deleted = (deleted_in_all(thread) or 0) if older else 0
    return Joining(Thread(str(thread.id), thread.name), max(thread.id, began), deleted)
