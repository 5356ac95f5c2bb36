"""Reading guilds, their members and roles."""

from __future__ import annotations

from aiohttp import web

from bot.rehearsal.rest.access import Access
from bot.rehearsal.rest.errors import UNKNOWN_MEMBER, UNKNOWN_USER, refused
from bot.rehearsal.rest.wire import reply
from bot.rehearsal.world.guild_payloads import guild_payload
from bot.rehearsal.world.payloads import member_payload, role_payload, user_payload
from bot.rehearsal.world.permissions import guild_permissions
from bot.rehearsal.world.world import World


class GuildRoutes:
    """What there is of a guild besides its channels."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._access = Access(world)

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/users/@me/guilds", self.mine),
            web.get("/users/{user_id}", self.user),
            web.get("/guilds/{guild_id}", self.one),
            web.get("/guilds/{guild_id}/roles", self.roles),
            web.get("/guilds/{guild_id}/members/{user_id}", self.member),
        ]

    async def mine(self, request: web.Request) -> web.Response:  # noqa: ARG002
        """Answer with the guilds that the bot is in."""
        return reply(
            [
                {
                    "id": guild.id,
                    "name": guild.name,
                    "icon": None,
                    "banner": None,
                    "owner": False,
                    "permissions": str(guild_permissions(guild, guild.me).value),
                    "features": [],
                }
                for guild in self._world.bot_guilds()
            ]
        )

    async def one(self, request: web.Request) -> web.Response:
        """Answer with a guild, with the numbers of members if they are asked for."""
        guild = self._access.guild(request)
        payload = guild_payload(guild)
        if request.query.get("with_counts", "false").lower() in ("1", "true"):
            payload["approximate_member_count"] = len(guild.members)
            payload["approximate_presence_count"] = len(guild.members)
        return reply(payload)

    async def roles(self, request: web.Request) -> web.Response:
        """Answer with a guild's roles."""
        guild = self._access.guild(request)
        return reply([role_payload(role) for role in guild.roles.values()])

    async def member(self, request: web.Request) -> web.Response:
        """Answer with a member of a guild."""
        member = self._access.guild(request).members.get(request.match_info["user_id"])
        if member is None:
            raise refused(UNKNOWN_MEMBER)
        return reply(member_payload(member))

    async def user(self, request: web.Request) -> web.Response:
        """Answer with a user."""
        user = self._world.users.get(request.match_info["user_id"])
        if user is None:
            raise refused(UNKNOWN_USER)
        return reply(user_payload(user))
