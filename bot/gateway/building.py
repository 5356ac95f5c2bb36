"""The client that the settings ask for: with or without shards, with every command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import discord

from bot.gateway.client import IntercoderClient
from bot.gateway.cogs.all import COGS
from bot.services.desk import Desk
from bot.services.desks import Desks
from bot.settings import Settings


class ShardedIntercoderClient(IntercoderClient, discord.AutoShardedClient):
    """The same over several connections: the library's sharded client in the place of its base."""


def build_client(
    settings: Settings,
    desks: Desks,
    *,
    said: Callable[[str], None] = lambda _: None,
    seated: Callable[[Desk], None] = lambda _: None,
    live: bool = True,
) -> IntercoderClient:
    """Return the client that `settings` ask for, with all commands; see IntercoderClient."""
    shards = settings.discord.shards
    parts: dict[str, Any] = {"said": said, "seated": seated, "live": live}
    if shards is None:
        return IntercoderClient(settings, desks, COGS, **parts)
    count = None if shards == "auto" else shards
    return ShardedIntercoderClient(settings, desks, COGS, shard_count=count, **parts)
