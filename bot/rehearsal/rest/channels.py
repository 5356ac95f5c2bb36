"""Reading channels and threads."""

from __future__ import annotations

from aiohttp import web

from bot.rehearsal.rest.access import Access
from bot.rehearsal.rest.form import Form
from bot.rehearsal.rest.wire import BODY, reply
from bot.rehearsal.world.payloads import channel_payload
from bot.rehearsal.world.world import World


class ChannelRoutes:
    """A channel, a guild's channels, and what a bot changes of a thread."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._access = Access(world)

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/channels/{channel_id}", self.one),
            web.patch("/channels/{channel_id}", self.edit),
            web.get("/guilds/{guild_id}/channels", self.of_guild),
        ]

    async def one(self, request: web.Request) -> web.Response:
        """Answer with a channel or thread."""
        channel = self._access.channel(request)
        return reply(channel_payload(channel, member=self._world.bot.id))

    async def of_guild(self, request: web.Request) -> web.Response:
        """Answer with a guild's channels, threads excluded."""
        guild = self._access.guild(request)
        channels = [one for one in guild.channels.values() if not one.is_thread]
        return reply([channel_payload(channel) for channel in channels])

    async def edit(self, request: web.Request) -> web.Response:
        """Rename a channel or thread, or put a thread away or take it out again."""
        channel = self._access.channel(request)
        fields = request[BODY].fields
        form = Form()
        form.length(("name",), fields.get("name"), 100, 1)
        form.check()
        # Whoever may write in a thread may take it out of the archive, if it is not locked.
        only_wakes = set(fields) == {"archived"} and not fields["archived"]
        if channel.is_thread and only_wakes and not channel.state.locked:
            self._access.need(channel, "send_messages")
        elif channel.is_thread:
            self._access.need(channel, "manage_threads")
        else:
            self._access.need(channel, "manage_channels")
        self._world.structure.change(channel, fields)
        return reply(channel_payload(channel, member=self._world.bot.id))
