"""/reliability: how far the study's coders agree, as a table and a picture."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import closing
from pathlib import Path

import discord
from discord import app_commands
from discord.ext import commands

from bot.gateway.staff.answers import answer, begin
from bot.gateway.staff.meant import known_session
from bot.gateway.staff.measuring import PICTURE, measure_and_draw
from bot.gateway.staff.parts import Client, Interaction, desk_of
from bot.gateway.staff.reliability_embed import reliability_embed


class ReliabilityCog(commands.Cog):
    """Shows agreement to researchers."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @app_commands.command(name="reliability")
    @app_commands.guild_only()
    @app_commands.describe(
        session="Only this session; else all of the study's.",
        units="One code a unit of analysis, instead of one a message.",
        blind="Of people only what they decided before they were shown any code.",
    )
    async def reliability(
        self,
        interaction: Interaction,
        session: str | None = None,
        units: bool = False,
        blind: bool = False,
    ) -> None:
        """Show how far people and model versions agree, with intervals."""
        await begin(interaction)
        desk = desk_of(interaction)
        if session is not None:
            session = await known_session(desk, session)
        url = self._client.settings.database.url
        with tempfile.TemporaryDirectory() as folder:
            # In a thread with a connection of its own: a thousand resamples are no work for the
            # loop that hears the groups.
            drawn = await asyncio.to_thread(
                measure_and_draw,
                url,
                desk.study,
                session,
                Path(folder),
                of_units=units,
                blind=blind,
            )
            embed = reliability_embed(drawn.found)
            embed.set_image(url=f"attachment://{PICTURE}")
            with closing(discord.File(drawn.picture, filename=PICTURE)) as file:
                await answer(interaction, embed=embed, files=[file])
