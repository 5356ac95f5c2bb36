"""Which server the library talks to: Discord, or one that speaks its protocol."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import discord
import yarl
from aiohttp import ClientWebSocketResponse
from discord.gateway import DiscordWebSocket
from discord.http import HTTPClient, Route

from bot.domain.discussion import Provenance
from bot.settings import DiscordSettings

_OWN_HOSTS = ("discord.com", "discordapp.com")


def provenance(settings: DiscordSettings) -> Provenance:
    """Return how messages from this server reach us: through Discord's interface or not."""
    host = yarl.URL(settings.api_base).host or ""
    own = any(host == name or host.endswith(f".{name}") for name in _OWN_HOSTS)
    return Provenance.DISCORD if own else Provenance.SELF_HOSTED


def home(settings: DiscordSettings) -> str:
    """Return where people open this server's messages: of Discord, or of another's origin."""
    if provenance(settings) is Provenance.DISCORD:
        return "https://discord.com"
    return str(yarl.URL(settings.api_base).origin())


def point(client: discord.Client, settings: DiscordSettings) -> None:
    """Let `client` reach its server at the addresses of `settings`.

    The HTTP address holds for the whole process: the library's answers to interactions do not
    pass the client's own HTTP part, so there is no narrower place to set it.
    """
    Route.BASE = settings.api_base
    gateway = _Gateway(client.http, settings)
    setattr(client.http, "ws_connect", gateway.connect)  # noqa: B010 - this client's alone


class _Gateway:
    """Opens the socket. Every way to the gateway ends here: first, resumed and sharded."""

    def __init__(self, http: HTTPClient, settings: DiscordSettings) -> None:
        self._http = http
        self._open: Callable[..., Awaitable[ClientWebSocketResponse]] = http.ws_connect
        self._fixed = None if settings.gateway_url is None else yarl.URL(settings.gateway_url)
        self._foreign = provenance(settings) is not Provenance.DISCORD

    async def connect(self, url: str, *, compress: int = 0) -> ClientWebSocketResponse:
        """Return an open socket; `url` says version, encoding and compression."""
        wanted = yarl.URL(url)
        address = await self._address(wanted)
        if address is not None:
            wanted = address.with_query(wanted.query)
        return await self._open(str(wanted), compress=compress)

    async def _address(self, wanted: yarl.URL) -> yarl.URL | None:
        """Return where to go instead of `wanted`: also in the place of a resume address."""
        if self._fixed is not None:
            return self._fixed
        if self._foreign and wanted.host == DiscordWebSocket.DEFAULT_GATEWAY.host:
            # The library knows Discord's gateway alone: another server is asked for its own.
            _, asked, _ = await self._http.get_bot_gateway()
            return yarl.URL(asked)
        return None
