"""/export: the study's transcript, or its codebook, as a file for the asker alone."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from contextlib import closing
from pathlib import Path
from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.errors import InputError
from bot.gateway.staff.answers import answer, begin
from bot.gateway.staff.exporting import Exported, exports_folder, keep, write_export
from bot.gateway.staff.parts import Client, Interaction, desk_of, guild_of
from bot.gateway.staff.texts import quoted
from bot.services.desk import Desk


class ExportCog(commands.Cog):
    """Hands out what leaves."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @app_commands.command(name="export")
    @app_commands.guild_only()
    @app_commands.describe(
        format="csv for spreadsheets and our importer, jsonl for programs, or the codebook.",
        session="Only this session; else all of the study's.",
    )
    async def export(
        self,
        interaction: Interaction,
        format: Literal["csv", "jsonl", "codebook"],  # noqa: A002 - it names the option
        session: str | None = None,
    ) -> None:
        """Export messages with every coder's codes, or the codebook."""
        await begin(interaction)
        desk = desk_of(interaction)
        if session is not None:
            session = await _known(desk, session.strip())
        url = self._client.settings.database.url
        stop = threading.Event()
        with tempfile.TemporaryDirectory() as folder:
            try:
                # In a thread with a connection of its own: rows become text there, not on the loop.
                exported = await asyncio.to_thread(
                    write_export, url, desk.study, session, format, Path(folder), stop
                )
            finally:
                stop.set()
            await self._hand_over(interaction, exported, url)

    async def _hand_over(self, interaction: Interaction, exported: Exported, url: str) -> None:
        limit = min(interaction.filesize_limit, guild_of(interaction).filesize_limit)
        if exported.bytes <= limit:
            with closing(discord.File(exported.path)) as file:
                await answer(interaction, exported.told, files=[file])
            return
        kept = await asyncio.to_thread(keep, exported.path, exports_folder(url))
        await answer(
            interaction,
            f"{exported.told}\nIt is larger ({exported.bytes:,} bytes) than this server takes "
            f"({limit:,}); it lies where the bot runs: {quoted(str(kept), 500)}",
        )


async def _known(desk: Desk, name: str) -> str:
    """Return `name` if a session, also an ended one, is called so; else raise InputError."""
    names = [s.name for s in await desk.ingest.store.sessions.all(desk.study.id)]
    if name in names:
        return name
    raise InputError(
        f"the study has no session {name!r}",
        f"name one of {', '.join(map(repr, names[-10:]))}" if names else "start one first",
    )
