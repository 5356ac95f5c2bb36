"""Registering the commands with Discord, server by server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import discord
from rich.console import Console
from rich.markup import escape

from bot.commands.discord_errors import DiscordError, speaking_of_discord
from bot.domain.counting import many
from bot.gateway.building import build_client
from bot.gateway.client import IntercoderClient
from bot.gateway.invite import invite_link
from bot.gateway.logs import wordless_libraries
from bot.services.desks import Desks
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Sync:
    """Where the commands go: these servers; without any, every server, or `everywhere`."""

    guilds: tuple[int, ...] = ()
    everywhere: bool = False


class _NoDesks:
    """No studies: commands are registered without a look into the database."""

    def of(self, _server_id: str) -> None:
        return None

    def all(self) -> tuple[()]:
        return ()


async def sync_commands(settings: Settings, token: str, wanted: Sync, console: Console) -> None:
    """Register all commands as `wanted`, and print what was done and the invite link.

    Raises DiscordError, a sentence. Nothing is registered twice: commands that a server has are
    replaced.
    """
    desks = cast("Desks", _NoDesks())
    client = build_client(settings, desks, live=False)
    with wordless_libraries(), speaking_of_discord(settings.discord):
        async with client:
            await client.login(token)
            link = invite_link(client.application_id or 0)
            console.print(f"Invite the bot with: {link}", soft_wrap=True)
            if wanted.everywhere:
                synced = await client.tree.sync()
                console.print(f"{many(len(synced), 'command')} registered for all servers.")
                return
            servers = await _servers(client, wanted)
            for server in servers:
                await _register(client, server, console, link)
            if not servers:
                console.print(
                    "The bot is in no server yet: open the link, then run `intercoder sync` again."
                )


async def _servers(client: IntercoderClient, wanted: Sync) -> list[tuple[int, str]]:
    """Return id and name of each server to register in."""
    own = {guild.id: guild.name async for guild in client.fetch_guilds(limit=None)}
    foreign = [server for server in wanted.guilds if server not in own]
    if foreign:
        raise DiscordError(
            f"the bot is not in server {foreign[0]}: invite it with the link above, or check the "
            "id (right click on the server's name > Copy Server ID)."
        )
    return [(server, own[server]) for server in wanted.guilds or own]


async def _register(
    client: IntercoderClient, server: tuple[int, str], console: Console, link: str
) -> None:
    guild = discord.Object(server[0])
    client.tree.copy_global_to(guild=guild)
    try:
        synced = await client.tree.sync(guild=guild)
    except discord.Forbidden:
        raise DiscordError(
            f"the bot may not register commands in {server[1]!r}: invite it again with {link}"
        ) from None
    console.print(f"{many(len(synced), 'command')} registered in {escape(server[1])}.")
