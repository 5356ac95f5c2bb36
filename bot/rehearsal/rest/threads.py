"""Finding threads, joining them, and who is in them."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from bot.rehearsal.rest.access import Access
from bot.rehearsal.rest.errors import ARCHIVED, UNKNOWN_CHANNEL, UNKNOWN_MEMBER, refused
from bot.rehearsal.rest.numbers import limit, snowflake, time
from bot.rehearsal.rest.wire import reply
from bot.rehearsal.world.channels import PRIVATE, PUBLIC, Channel
from bot.rehearsal.world.messages import Json
from bot.rehearsal.world.payloads import channel_payload, member_payload, thread_member_payload
from bot.rehearsal.world.world import World


class ThreadRoutes:
    """A guild's active threads, a channel's archive, and threads' members."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._access = Access(world)

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        channel = "/channels/{channel_id}"
        members = channel + "/thread-members"
        return [
            web.get("/guilds/{guild_id}/threads/active", self.active),
            web.get(channel + "/threads/archived/public", self.archived_public),
            web.get(channel + "/threads/archived/private", self.archived_private),
            web.get(channel + "/users/@me/threads/archived/private", self.archived_private_joined),
            web.get(members, self.members),
            web.put(members + "/@me", self.join),
            web.delete(members + "/@me", self.leave),
            web.get(members + "/{user_id}", self.member),
        ]

    async def active(self, request: web.Request) -> web.Response:
        """Answer with the threads of a guild that are not put away."""
        threads = self._world.active_threads(self._access.guild(request))
        return reply(self._listed(threads) | {"has_more": False})

    async def archived_public(self, request: web.Request) -> web.Response:
        """Answer with a page of a channel's public archive, last put away first."""
        channel = self._access.channel(request, "read_message_history")
        return self._archive(request, channel, PUBLIC)

    async def archived_private(self, request: web.Request) -> web.Response:
        """Answer with a page of a channel's private archive; needs the right to manage it."""
        channel = self._access.channel(request, "read_message_history", "manage_threads")
        return self._archive(request, channel, PRIVATE)

    async def archived_private_joined(self, request: web.Request) -> web.Response:
        """Answer with a page of the private archived threads that the bot is in, by id."""
        channel = self._access.channel(request, "read_message_history")
        before, count = snowflake(request, "before"), limit(request, least=2)
        threads = [
            thread
            for thread in self._archived(channel, PRIVATE)
            if self._world.bot.id in thread.joined and (before is None or int(thread.id) < before)
        ]
        threads.sort(key=lambda thread: -int(thread.id))
        return reply(self._listed(threads[:count]) | {"has_more": len(threads) > count})

    async def members(self, request: web.Request) -> web.Response:
        """Answer with who is in a thread."""
        thread = self._thread(request)
        return reply([self._member(request, thread, user_id) for user_id in thread.joined])

    async def member(self, request: web.Request) -> web.Response:
        """Answer with one membership of a thread."""
        thread = self._thread(request)
        user_id = request.match_info["user_id"]
        user_id = self._world.bot.id if user_id == "@me" else user_id
        if user_id not in thread.joined:
            raise refused(UNKNOWN_MEMBER)
        return reply(self._member(request, thread, user_id))

    async def join(self, request: web.Request) -> web.Response:
        """Make the bot a member of a thread that is not put away."""
        thread = self._thread(request)
        if thread.state.archived:
            raise refused(ARCHIVED)
        self._world.threads.join(thread, self._world.bot.id)
        return reply()

    async def leave(self, request: web.Request) -> web.Response:
        """Take the bot out of a thread that is not put away."""
        thread = self._thread(request)
        if thread.state.archived:
            raise refused(ARCHIVED)
        self._world.threads.leave(thread, self._world.bot.id)
        return reply()

    def _thread(self, request: web.Request) -> Channel:
        thread = self._access.channel(request)
        if not thread.is_thread:
            raise refused(UNKNOWN_CHANNEL)
        return thread

    def _member(self, request: web.Request, thread: Channel, user_id: str) -> Json:
        payload = thread_member_payload(thread, user_id)
        if request.query.get("with_member", "false").lower() in ("1", "true"):
            member = self._world.guilds[thread.guild_id].members[user_id]
            payload["member"] = member_payload(member)
        return payload

    def _archived(self, channel: Channel, kind: int) -> list[Channel]:
        guild = self._world.guilds[channel.guild_id]
        return [
            thread
            for thread in guild.channels.values()
            if thread.parent_id == channel.id and thread.type == kind and thread.state.archived
        ]

    def _archive(self, request: web.Request, channel: Channel, kind: int) -> web.Response:
        before, count = time(request, "before"), limit(request, least=2)
        threads = self._archived(channel, kind)
        if before is not None:
            threads = [thread for thread in threads if thread.state.changed_at < before]
        threads.sort(key=lambda thread: thread.state.changed_at, reverse=True)
        return reply(self._listed(threads[:count]) | {"has_more": len(threads) > count})

    def _listed(self, threads: Sequence[Channel]) -> Json:
        bot = self._world.bot.id
        return {
            "threads": [channel_payload(thread) for thread in threads],
            "members": [
                thread_member_payload(thread, bot) for thread in threads if bot in thread.joined
            ],
        }
