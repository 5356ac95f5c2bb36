"""A Discord on the loopback interface: REST, gateway and downloads on one port."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from aiohttp import web

from bot.rehearsal.contract.description import Description
from bot.rehearsal.contract.event_schemas import EventSchemas
from bot.rehearsal.faults import Faults
from bot.rehearsal.gateway.hub import HEARTBEAT, GatewayHub
from bot.rehearsal.gateway.wire import NOTHING, Intent
from bot.rehearsal.rest.account import AccountRoutes
from bot.rehearsal.rest.callbacks import CallbackRoutes
from bot.rehearsal.rest.channels import ChannelRoutes
from bot.rehearsal.rest.commands import CommandRoutes
from bot.rehearsal.rest.content import ContentRoutes
from bot.rehearsal.rest.gate import Gate, Handler
from bot.rehearsal.rest.guilds import GuildRoutes
from bot.rehearsal.rest.history import HistoryRoutes
from bot.rehearsal.rest.limits import Limits
from bot.rehearsal.rest.messages import MessageRoutes
from bot.rehearsal.rest.threads import ThreadRoutes
from bot.rehearsal.rest.webhooks import WebhookRoutes
from bot.rehearsal.world.world import World

PREFIX = "/api/v10"
# Ten files of the largest size, and what is around them.
LARGEST_BODY = 101 * 1024 * 1024


class Loopback:
    """Serves a world while it is entered; the port is free before and after.

    `violations` are sentences about what was not as Discord describes it, whoever sent it;
    `requests` what was asked: method, route and status.
    """

    def __init__(
        self,
        world: World,
        *,
        description: Description | None = None,
        faults: Faults | None = None,
        limits: Limits | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        heartbeat: float = HEARTBEAT,
        disallowed: Intent = NOTHING,
    ) -> None:
        self.world = world
        self.faults = faults or Faults()
        self.token = f"{world.token(24)}.{world.token(6)}.{world.token(38)}"
        self.violations: list[str] = []
        self.hub = GatewayHub(
            world,
            self.faults,
            self.token,
            self.violations,
            heartbeat=heartbeat,
            disallowed=disallowed,
        )
        self.account = AccountRoutes(world, lambda: self.gateway_url)
        self._gate = Gate(
            PREFIX, self.token, self.faults, limits or Limits(), description, self.violations
        )
        self._schemas = None if description is None else EventSchemas(description, self.violations)
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def requests(self) -> list[tuple[str, str, int]]:
        """Return what was asked so far: method, route, and the status of the answer."""
        return self._gate.requests

    @property
    def api_base(self) -> str:
        """Return where the REST interface is."""
        return f"http://{self._host}:{self._port}{PREFIX}"

    @property
    def gateway_url(self) -> str:
        """Return where the gateway is."""
        return f"ws://{self._host}:{self._port}/gateway"

    async def __aenter__(self) -> Self:
        @web.middleware
        async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._gate.pass_through(request, handler)

        app = web.Application(middlewares=[gate], client_max_size=LARGEST_BODY)
        app.add_routes(ContentRoutes(self.world.uploads).table())
        # Clients add a slash before their query.
        app.router.add_get("/gateway", self.hub.handle)
        app.router.add_get("/gateway/", self.hub.handle)
        for route in self._rest():
            app.router.add_route(route.method, PREFIX + route.path, route.handler)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.world.uploads.serve_at(f"http://{self._host}:{self._port}")
        if self._schemas is not None:
            self._unsubscribe = self.world.subscribe(self._schemas.check)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._schemas is not None:
            self._unsubscribe()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _rest(self) -> list[web.RouteDef]:
        world = self.world
        return [
            *self.account.table(),
            *GuildRoutes(world).table(),
            *ChannelRoutes(world).table(),
            *HistoryRoutes(world).table(),
            *MessageRoutes(world).table(),
            *ThreadRoutes(world).table(),
            *CommandRoutes(world).table(),
            *CallbackRoutes(world).table(),
            *WebhookRoutes(world).table(),
        ]
