"""Posts into threads: what everybody there may read, and never a mention of anybody."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

import discord

from bot.gateway.history import Pause, check_readable, transient
from bot.gateway.splitting import pieces
from bot.services.conduct import PostError

if TYPE_CHECKING:
    from bot.gateway.client import IntercoderClient

_TRIES = 4  # of one message, where the server fails: about seven seconds
_RIGHTS = "View Channel, Send Messages, Send Messages in Threads and Read Message History"


class ChannelPoster:
    """Posts as the bot. For scenarios and what belongs to them: codes never come here."""

    def __init__(self, client: IntercoderClient, pause: Pause = asyncio.sleep) -> None:
        self._client = client
        self._pause = pause

    async def post(self, thread_id: str, text: str) -> int:
        """Post a text, in several messages if it is long; return the id of the first.

        Raises PostError, a sentence with what to do; while the bot stops, whatever it was: then
        nothing is settled, and the next start posts what is missing.
        """
        first: int | None = None
        parts = pieces(text)
        for number, part in enumerate(parts, start=1):
            try:
                posted = await self._send(int(thread_id), part)
            except Exception as error:
                if self._client.is_closed():
                    raise
                which = f" (part {number} of {len(parts)})" if number > 1 else ""
                raise PostError(_sentence(error, which)) from error
            first = posted if first is None else first
        if first is None:
            raise PostError("there is no text to post; give the scenario one.")
        return first

    async def find(self, thread_id: str, text: str, after: int) -> int | None:
        """Return the id of the bot's own post of the whole `text` later than `after`, or None.

        A post of which a part is missing is none: it has to be made again. Raises as `post` does.
        """
        parts = [_plain(part) for part in pieces(text)]
        own = self._client.user
        channel = self._client.get_partial_messageable(int(thread_id))
        found: list[int] = []
        try:
            start = discord.Object(after)
            async for message in channel.history(limit=None, after=start, oldest_first=True):
                if own is None or message.author.id != own.id:
                    continue
                said = _plain(message.content)
                if said != parts[len(found)]:
                    found = []
                if said == parts[len(found)]:
                    found.append(message.id)
                if len(found) == len(parts):
                    return found[0]
            # What the bot may not see may be there: posted again, it would start twice.
            await check_readable(channel, after)
        except Exception as error:
            if self._client.is_closed():
                raise
            raise PostError(_sentence(error)) from error
        return None

    def now(self) -> int:
        """Return the order key of a message that would be written now."""
        return self._client.server_time.now()

    async def _send(self, channel_id: int, text: str) -> int:
        channel = self._client.get_partial_messageable(channel_id)
        # With a nonce the server makes one message of a request that is sent again.
        nonce = secrets.randbits(60)
        for tried in range(1, _TRIES + 1):
            try:
                sent = await channel.send(
                    text, nonce=nonce, allowed_mentions=discord.AllowedMentions.none()
                )
            except Exception as error:
                if not transient(error) or tried == _TRIES:
                    raise
                await self._pause(2 ** (tried - 1))
            else:
                self._client.server_time.heard(sent.id)
                return sent.id
        raise AssertionError("unreachable")


def _plain(text: str) -> str:
    """Return what is compared: a server may write line ends and blanks in its own way."""
    return " ".join(text.split())


def _sentence(error: Exception, which: str = "") -> str:
    """Return why a post failed; never the server's own text, which may quote the post."""
    if isinstance(error, discord.Forbidden):
        return f"the bot may not write or read there{which}; give its role {_RIGHTS}."
    if isinstance(error, discord.NotFound):
        return f"this thread or channel is not there any more{which}; leave it out."
    if isinstance(error, discord.HTTPException):
        return (
            f"the server refused the post{which} with HTTP {error.status}, code {error.code}; "
            "try again, or post it by hand."
        )
    if transient(error):
        return f"the server could not be reached{which}; try again, or post it by hand."
    return f"posting failed with {type(error).__name__}{which}; try again, or post it by hand."
