"""What a server still has of a thread: its messages, how many are gone, threads opened since."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import datetime

import aiohttp
import discord

from bot.storage.rows import Arrival

_TRIES = 5  # in a row, for one page of history
_LONGEST = 8.0  # seconds between two of them
_UNKNOWN_CHANNEL = 10003  # Discord's code of a 404: the message may be there, the thread is not

Channel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
Pause = Callable[[float], Awaitable[object]]


def transient(error: BaseException) -> bool:
    """Tell whether a request that failed so may succeed later without anybody's doing."""
    if isinstance(error, discord.HTTPException):
        return error.status >= 500 or error.status == 429
    kinds = (aiohttp.ClientError, discord.RateLimited, discord.GatewayNotFound, OSError)
    return isinstance(error, (*kinds, asyncio.TimeoutError))


async def history(
    channel: discord.abc.Messageable,
    after: int,
    read: Callable[[discord.Message], Arrival | None],
    pause: Pause = asyncio.sleep,
) -> AsyncIterator[Arrival]:
    """Yield what people wrote later than order key `after`, oldest first.

    A page that the server fails to give is asked for again, some times; then the server's error
    is raised, and one that will not go away (no permission, no such thread) at once.
    """
    failures, silent = 0, True
    while True:
        try:
            start = discord.Object(after)
            async for message in channel.history(limit=None, after=start, oldest_first=True):
                found = read(await _whole(channel, message))
                failures, after, silent = 0, message.id, False
                if found is not None:
                    yield found
            if silent:
                await check_readable(channel, after)
        except Exception as error:
            failures += 1
            if not transient(error) or failures >= _TRIES:
                raise
            await pause(min(_LONGEST, 0.5 * 2**failures))
        else:
            return


async def _whole(channel: discord.abc.Messageable, message: discord.Message) -> discord.Message:
    """Return a thread's first message with the one that it stands for, if that is to be had."""
    stands_for = message.reference
    if (
        message.type is discord.MessageType.thread_starter_message
        and stands_for is not None
        and stands_for.message_id is not None
        and stands_for.resolved is None  # not sent along; a deleted one would be told
        and isinstance(channel, discord.Thread)
        and isinstance(channel.parent, discord.TextChannel)
    ):
        with suppress(discord.NotFound, discord.Forbidden):
            stands_for.resolved = await channel.parent.fetch_message(stands_for.message_id)
    return message


async def is_gone(channel: discord.abc.Messageable, message_id: int) -> bool:
    """Ask for one message; return whether it was deleted.

    So is the first of a thread with the message that it stands for. Raises the server's error
    if it tells neither that nor the contrary.
    """
    try:
        found = await channel.fetch_message(message_id)
    except discord.NotFound as error:
        if error.code == _UNKNOWN_CHANNEL:
            raise
        return True
    stands_for = None if found.reference is None else found.reference.resolved
    starts = found.type is discord.MessageType.thread_starter_message
    return starts and isinstance(stands_for, discord.DeletedReferencedMessage)


async def check_readable(channel: discord.abc.Messageable, message_id: int) -> None:
    """Raise Forbidden if the bot may not read history: pages are empty then, without an error.

    Taken for the truth, they would say that everything was deleted. One message is refused.
    """
    with suppress(discord.NotFound):
        await channel.fetch_message(max(1, message_id))


def deleted_in_all(channel: object) -> int | None:
    """Return how many messages of a thread have been deleted; None for what is no thread."""
    if not isinstance(channel, discord.Thread):
        return None
    return max(0, channel.total_message_sent - channel.message_count)


async def threads_since(
    guild: discord.Guild, channel_id: int, since: datetime
) -> AsyncIterator[discord.Thread]:
    """Yield the threads of a channel that were opened or talked in since a time, any order.

    Active ones, and those archived meanwhile, as far as the bot may see them.
    """
    for thread in await guild.active_threads():
        if thread.parent_id == channel_id and _later(thread, since):
            yield thread
    channel = guild.get_channel(channel_id)
    if isinstance(channel, discord.ForumChannel | discord.TextChannel):
        async for thread in channel.archived_threads(limit=None):
            if thread.archive_timestamp < since:
                break  # they come last archived first
            if _later(thread, since):
                yield thread
    if isinstance(channel, discord.TextChannel):
        # By falling id: an old thread may have been archived lately, so none ends the list.
        async for thread in channel.archived_threads(private=True, joined=True, limit=None):
            if thread.archive_timestamp >= since and _later(thread, since):
                yield thread


def _later(thread: discord.Thread, since: datetime) -> bool:
    last = max(thread.id, thread.last_message_id or 0)
    return last >= discord.utils.time_snowflake(since)
