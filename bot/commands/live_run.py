"""The live bot: its parts, opened in order, wired, and closed in ten seconds."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import structlog
from rich.console import Console
from rich.markup import escape

from bot.commands.databases import make_place
from bot.commands.discord_errors import speaking_of_discord
from bot.commands.heartbeat import beating
from bot.commands.timings import Timings
from bot.gateway.building import build_client
from bot.gateway.client import IntercoderClient
from bot.gateway.endpoint import provenance
from bot.gateway.logs import wordless_libraries
from bot.inference.pool import Pool, opener
from bot.services.desks import Desks
from bot.settings import Settings
from bot.storage.one_bot import one_bot
from bot.storage.store import Store

# Seconds, of the ten that whoever stops a service usually gives it.
_LEAVE = 2.0  # take last looks, say good-bye to Discord
_SETTLE = 1.0  # hand over what was heard
_DRAIN = 5.0  # code what waits; what is left stays pending for the next start

_log = structlog.get_logger(__name__)


async def run_live(
    settings: Settings,
    token: str,
    console: Console,
    *,
    timings: Path | None = None,
    health: Path | None = None,
) -> None:
    """Run the bot until it is cancelled; raises IntercoderError for what a person can mend.

    `timings` tells when each coding was on disk, `health` every few seconds how the bot is.
    However it ends, intake stops first, then what waits is coded, then the database is closed.
    """
    async with AsyncExitStack() as parts:
        parts.enter_context(wordless_libraries())
        noted = None if timings is None else parts.enter_context(Timings(timings))
        make_place(settings.database.url)
        parts.enter_context(one_bot(settings.database.url))  # the last thing to be let go
        chosen = settings.model
        pool = Pool(opener(chosen.engine, chosen.device, chosen.threads), chosen.bundle)
        # First: a coder that cannot be loaded is told before anything is made.
        default = await pool.take(pool.default)
        parts.push_async_callback(pool.give_back, default)
        store = await parts.enter_async_context(await Store.open(settings.database.url))
        desks = Desks(store, pool, provenance(settings.discord))
        parts.push_async_callback(desks.close)
        await desks.open()
        client = build_client(
            settings,
            desks,
            said=lambda text: console.print(escape(text), soft_wrap=True),
            seated=(lambda _: None) if noted is None else noted.hear,
        )
        parts.push_async_callback(_stop, client, desks)
        if health is not None:
            await parts.enter_async_context(beating(health, lambda: client.problem))
        with speaking_of_discord(settings.discord):
            await client.start(token)


async def _stop(client: IntercoderClient, desks: Desks) -> None:
    """Stop listening, hand over what was heard, and code it as far as there is time."""
    try:
        await asyncio.wait_for(client.close(), _LEAVE)
    except TimeoutError:
        # The server does not answer the good-bye: it is left without one.
        await client.http.close()
    except Exception as error:  # noqa: BLE001 - what was heard matters more
        _log.warning("leaving Discord failed", error=type(error).__name__)
    await client.background.settle(_SETTLE)
    if not await desks.drain(_DRAIN):
        _log.warning("not everything is coded: the next start goes on with it")
