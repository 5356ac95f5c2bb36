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

from bot.gateway.staff.answers import answer, begin
from bot.gateway.staff.exporting import (
    CODEBOOKS,
    Exported,
    exports_folder,
    keep,
    write_export,
)
from bot.gateway.staff.meant import known_session
from bot.gateway.staff.parts import Client, Interaction, desk_of, guild_of
from bot.gateway.staff.texts import CHOICE, clip, quoted
from exports.forms import FORMS

FORMATS = [
    app_commands.Choice(name=clip(f"{name}: {use}", CHOICE), value=name)
    for name, use in (*((form.name, form.use) for form in FORMS.values()), *CODEBOOKS.items())
]
"""Every form of a transcript, then those of the codebook; Discord takes 25."""


class ExportCog(commands.Cog):
    """Hands out what leaves."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @app_commands.command(name="export")
    @app_commands.guild_only()
    @app_commands.describe(
        format="What the file is for.",
        session="Only this session; else all of the study's.",
        layout="Of tables: a row for each message and coder (long), or a column a coder (wide).",
    )
    @app_commands.choices(format=FORMATS)
    async def export(
        self,
        interaction: Interaction,
        format: str,  # noqa: A002 - it names the option
        session: str | None = None,
        layout: Literal["long", "wide"] = "long",
    ) -> None:
        """Export messages with every coder's codes, or the codebook."""
        await begin(interaction)
        desk = desk_of(interaction)
        if session is not None:
            session = await known_session(desk, session)
        url = self._client.settings.database.url
        stop = threading.Event()
        with tempfile.TemporaryDirectory() as folder:
            try:
                # In a thread with a connection of its own: rows become text there, not on the loop.
                exported = await asyncio.to_thread(
                    write_export, url, desk.study, session, format, Path(folder), stop, layout
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
