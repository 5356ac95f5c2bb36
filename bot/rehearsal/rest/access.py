"""Looking things up as the bot may: what is not there is 404, what is hidden 403."""

from __future__ import annotations

from aiohttp import web

from bot.rehearsal.rest.errors import (
    MISSING_ACCESS,
    MISSING_PERMISSIONS,
    UNKNOWN_APPLICATION,
    UNKNOWN_CHANNEL,
    UNKNOWN_GUILD,
    UNKNOWN_MESSAGE,
    refused,
)
from bot.rehearsal.world.channels import Channel
from bot.rehearsal.world.guilds import Guild
from bot.rehearsal.world.messages import Message
from bot.rehearsal.world.world import World


class Access:
    """Finds what a request's path names and checks what the bot may do with it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def guild(self, request: web.Request) -> Guild:
        """Return the guild of the path; raises Discord's refusal where the bot is not in it."""
        guild = self._world.guilds.get(request.match_info["guild_id"])
        if guild is None or self._world.bot.id not in guild.members:
            raise refused(UNKNOWN_GUILD)
        return guild

    def channel(self, request: web.Request, *needed: str) -> Channel:
        """Return the channel of the path, where the bot has the needed permissions."""
        channel = self._world.channels.get(request.match_info["channel_id"])
        if channel is None:
            raise refused(UNKNOWN_CHANNEL)
        if not self._world.sees(channel):
            raise refused(MISSING_ACCESS)
        self.need(channel, *needed)
        return channel

    def need(self, channel: Channel, *needed: str) -> None:
        """Raise Discord's refusal unless the bot has the permissions in the channel."""
        allowed = self._world.allowed(channel)
        if not all(getattr(allowed, name) for name in needed):
            raise refused(MISSING_PERMISSIONS)

    def message(self, request: web.Request, channel: Channel) -> Message:
        """Return the message of the path, which is to stand in the channel for all."""
        message = self._world.messages.get(request.match_info["message_id"])
        if (
            message is None
            or message.deleted
            or message.ephemeral
            or message.channel_id != channel.id
        ):
            raise refused(UNKNOWN_MESSAGE)
        return message

    def application(self, request: web.Request) -> None:
        """Raise Discord's refusal if the path names another application than the bot's."""
        if request.match_info["application_id"] != self._world.application_id:
            raise refused(UNKNOWN_APPLICATION)
