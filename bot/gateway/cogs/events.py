"""What the gateway tells, event by event, to the part that takes it.

The listeners of messages wait for nothing: see `bot.gateway.arrivals`.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

import discord
from discord.ext import commands

from bot.gateway.sight import Sight

if TYPE_CHECKING:
    from bot.gateway.client import IntercoderClient


class EventsCog(commands.Cog):
    """Hears messages, threads, and the state of the connection."""

    def __init__(self, client: IntercoderClient) -> None:
        self.client = client
        self._sight = Sight(client)

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Take in a new message."""
        self.client.server_time.heard(message.id)
        self.client.arrivals.message(message)
        self._join(message.channel)

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Take in an edit; an update that names no part of the text is none."""
        if {"content", "attachments"} & payload.data.keys():
            self.client.arrivals.edit(payload.message)
            self._began_with(payload.channel_id, payload.message_id)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Take in a deletion."""
        ids = (payload.message_id,)
        self.client.arrivals.deletion(payload.channel_id, ids, payload.guild_id)
        self._began_with(payload.channel_id, *ids)

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Take in that many were deleted at once."""
        ids = payload.message_ids
        self.client.arrivals.deletion(payload.channel_id, ids, payload.guild_id)
        self._began_with(payload.channel_id, *ids)

    @commands.Cog.listener()
    async def on_thread_create(self, thread: discord.Thread) -> None:
        """Take in a new thread of a followed channel."""
        self._start(self.client.opening.heard(thread))

    @commands.Cog.listener()
    async def on_thread_join(self, thread: discord.Thread) -> None:
        """Take in a thread that came into sight: added to it, unarchived, listed anew.

        One that the bot had been removed from is read again, for what was written meanwhile.
        """
        self._sight.added(thread)
        self._start(self.client.opening.heard(thread))

    @commands.Cog.listener()
    async def on_thread_update(self, _before: discord.Thread, after: discord.Thread) -> None:
        """Take in a thread that was moved into sight by a change."""
        if not after.archived:
            self._start(self.client.opening.heard(after))

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Tell the staff that a followed thread is gone."""
        await self._lost(payload.thread_id, "this thread was deleted")

    @commands.Cog.listener()
    async def on_thread_remove(self, thread: discord.Thread) -> None:
        """Tell the staff that the bot no longer hears a followed private thread."""
        await self._sight.removed(thread)

    @commands.Cog.listener()
    async def on_guild_channel_update(
        self, _before: discord.abc.GuildChannel, after: discord.abc.GuildChannel
    ) -> None:
        """Look whether followed threads came out of sight, or back."""
        await self._sight.changed(after.guild)

    @commands.Cog.listener()
    async def on_guild_role_update(self, _before: discord.Role, after: discord.Role) -> None:
        """Do so after a change of a role."""
        await self._sight.changed(after.guild)

    @commands.Cog.listener()
    async def on_member_update(self, _before: discord.Member, after: discord.Member) -> None:
        """Do so after the bot's own roles changed."""
        if after.id == after.guild.me.id:
            await self._sight.changed(after.guild)

    @commands.Cog.listener()
    async def on_connect(self) -> None:
        """Hold what comes until the threads have been read again.

        Only a fresh connection (READY) asks for it. After a resumed one nothing was missed: the
        server sends what was, in order, before anything new.
        """
        self.client.hold(None)

    @commands.Cog.listener()
    async def on_shard_connect(self, shard_id: int) -> None:
        """Do so for one shard."""
        self.client.hold(shard_id)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Catch up with a server: after a fresh start, and when the server itself was away."""
        self._start(self.client.arrive(guild))

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Catch up with a server that invited the bot, perhaps anew."""
        self._start(self.client.arrive(guild))

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Say that the bot is there."""
        self.client.say_ready()

    def _began_with(self, channel_id: int, *message_ids: int) -> None:
        """Read threads again that were opened from messages of another channel: these changed.

        Such a thread has its message's id. Its first message, which shows the words of that one,
        changes with it, and nothing else tells so.
        """
        for message_id in message_ids:
            following = self.client.followed.of(message_id)
            if following is not None and message_id != channel_id:
                self.client.catch_ups.start(following)

    def _join(self, place: object) -> None:
        """Take in a thread whose opening was missed, or failed, by what is said in it."""
        followed = self.client.followed
        if (
            isinstance(place, discord.Thread)
            and followed.of(place.id) is None
            and followed.opening_in(place.parent_id) is not None
        ):
            self._start(self.client.opening.heard(place))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        """Do what takes a while where a stop of the bot waits for it."""
        self.client.background.start(work, "event")

    async def _lost(self, thread_id: int, why: str) -> None:
        following = self.client.followed.of(thread_id)
        if following is not None:
            await self.client.tell_staff(
                following.desk,
                f"{following.thread.name}: {why}. What was heard there stays in the log; "
                "nothing more comes in.",
            )
