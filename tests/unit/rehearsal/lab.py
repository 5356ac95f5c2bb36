"""A small server of the loopback Discord, and discord.py as its client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import discord
import pytest
import yarl
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import HTTPClient, Route

from bot.rehearsal.contract.openapi import OpenApi
from bot.rehearsal.faults import Faults
from bot.rehearsal.rest.limits import Limits
from bot.rehearsal.server import Loopback
from bot.rehearsal.world.accounts import Member, Role
from bot.rehearsal.world.channels import Channel
from bot.rehearsal.world.guilds import Guild
from bot.rehearsal.world.world import World

DESCRIPTION = Path(__file__).parents[4] / "shared" / "discord" / "openapi.json"
_loaded: list[OpenApi] = []


def description() -> OpenApi:
    if not DESCRIPTION.exists():
        pytest.skip("needs Discord's description: put openapi.json into ../shared/discord")
    if not _loaded:
        _loaded.append(OpenApi(DESCRIPTION))
    return _loaded[0]


@dataclass
class Lab:
    world: World
    guild: Guild
    researcher: Role
    ada: Member
    ben: Member
    talk: Channel
    group: Channel
    staff: Channel
    heard: list[tuple[str, dict[str, Any], str | None]] = field(default_factory=list)

    def names(self) -> list[str]:
        return [name for name, _, _ in self.heard]


def make_lab(**kwargs: Any) -> Lab:
    world = World(**kwargs)
    guild = world.add_guild("Lab")
    researcher = guild.add_role("Researcher")
    ada, ben = guild.add_member("Ada", [researcher]), guild.add_member("Ben")
    talk = guild.add_channel("talk")
    group = talk.add_thread("Group 1", members=[ada, ben])
    staff = guild.add_channel("staff", visible_to=[researcher])
    lab = Lab(world, guild, researcher, ada, ben, talk, group, staff)
    world.subscribe(lambda *event: lab.heard.append(event))
    return lab


@asynccontextmanager
async def serving(
    lab: Lab, *, faults: Faults | None = None, limits: Limits | None = None, **kwargs: Any
) -> AsyncIterator[tuple[Loopback, HTTPClient]]:
    """Serve the lab, checked if the description is at hand; give discord.py's HTTP client."""
    checked = description() if DESCRIPTION.exists() else None
    limits = limits or Limits(patient=False)
    served = Loopback(lab.world, description=checked, faults=faults, limits=limits, **kwargs)
    base = Route.BASE
    async with served:
        Route.BASE = served.api_base
        http = HTTPClient(asyncio.get_running_loop())
        try:
            await http.static_login(served.token)
            yield served, http
        finally:
            await http.close()
            Route.BASE = base
    assert served.violations == []


@asynccontextmanager
async def working_bot(
    lab: Lab, arrange: Callable[[commands.Bot], Awaitable[None] | None], **kwargs: Any
) -> AsyncIterator[tuple[Loopback, commands.Bot]]:
    """Connect a real bot, arranged by `arrange`, whose commands are registered."""
    gateway = DiscordWebSocket.DEFAULT_GATEWAY
    intents = discord.Intents.default()
    intents.message_content = True
    async with serving(lab, **kwargs) as (served, _):
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(served.gateway_url)
        client = commands.Bot("!", intents=intents, guild_ready_timeout=0.05)
        ready = asyncio.Event()
        client.add_listener(_setter(ready), "on_ready")
        arrange(client)
        try:
            async with client:
                running = asyncio.create_task(client.start(served.token))
                await asyncio.wait_for(ready.wait(), 20)
                await client.tree.sync()
                yield served, client
                await client.close()
                await running
        finally:
            DiscordWebSocket.DEFAULT_GATEWAY = gateway


def _setter(event: asyncio.Event) -> Callable[[], Awaitable[None]]:
    async def on_ready() -> None:
        event.set()

    return on_ready
