"""The bot's own account, its application, and where the gateway is."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from bot.rehearsal.rest.wire import reply
from bot.rehearsal.world.world import World


class AccountRoutes:
    """What a bot asks when it logs in; `gateway_url` is called when it is known."""

    def __init__(self, world: World, gateway_url: Callable[[], str]) -> None:
        self._world = world
        self._gateway_url = gateway_url
        # How many shards are recommended.
        self.shards = 1

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/gateway", self.gateway),
            web.get("/gateway/bot", self.gateway_of_bot),
            web.get("/users/@me", self.me),
            web.get("/oauth2/applications/@me", self.application),
            web.get("/applications/@me", self.application),
        ]

    async def gateway(self, request: web.Request) -> web.Response:  # noqa: ARG002
        """Answer where the gateway is."""
        return reply({"url": self._gateway_url()})

    async def gateway_of_bot(self, request: web.Request) -> web.Response:  # noqa: ARG002
        """Answer where the gateway is and how often the bot may begin a session there."""
        begins = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
        return reply(
            {"url": self._gateway_url(), "shards": self.shards, "session_start_limit": begins}
        )

    async def me(self, request: web.Request) -> web.Response:  # noqa: ARG002
        """Answer with the bot's user."""
        return reply(self._world.bot_user())

    async def application(self, request: web.Request) -> web.Response:  # noqa: ARG002
        """Answer with the bot's application."""
        return reply(self._world.application())
