"""Followed threads that the bot cannot hear for a while: told, and read again afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.gateway.followed import Following

if TYPE_CHECKING:
    from bot.gateway.client import IntercoderClient


class Sight:
    """Notes which followed threads are out of sight while the connection stands.

    The server sends nothing of them and repeats nothing later; only history has it.
    """

    def __init__(self, client: IntercoderClient) -> None:
        self._client = client
        self._removed: set[int] = set()  # threads that the bot was removed from
        self._hidden: set[int] = set()  # threads in channels that it may not see

    async def removed(self, thread: discord.Thread) -> None:
        """Note, and tell, that the bot was removed from a thread that only members hear."""
        following = self._client.followed.of(thread.id)
        if following is not None and thread.is_private():
            self._removed.add(thread.id)
            await self._tell([following], "the bot was removed from this private thread")

    def added(self, thread: discord.Thread) -> None:
        """Read a thread again that the bot was removed from before."""
        following = self._client.followed.of(thread.id)
        if following is not None and thread.id in self._removed:
            self._removed.discard(thread.id)
            self._client.catch_ups.start(following)

    async def changed(self, guild: discord.Guild) -> None:
        """Look at a server whose permissions changed for what is hidden now, and no longer."""
        hidden = []
        for following in self._client.followed.of_server(str(guild.id)):
            key = int(following.thread.id)
            if not _hides(guild, key):
                if key in self._hidden:
                    self._hidden.discard(key)
                    self._client.catch_ups.start(following)
            elif key not in self._hidden:
                self._hidden.add(key)
                hidden.append(following)
        if hidden:
            await self._tell(hidden, "the bot may not see this any more; give it View Channel")

    async def _tell(self, followings: list[Following], why: str) -> None:
        names = ", ".join(following.thread.name for following in followings)
        await self._client.tell_staff(
            followings[0].desk,
            f"{names}: {why}. Nothing more comes in until it is back; then what was written "
            "meanwhile is read.",
        )


def _hides(guild: discord.Guild, channel_id: int) -> bool:
    place = guild.get_channel_or_thread(channel_id)
    channel = place.parent if isinstance(place, discord.Thread) else place
    return channel is not None and not channel.permissions_for(guild.me).view_channel
