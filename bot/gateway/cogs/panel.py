"""Keeps the staff panels for as long as the bot runs."""

from __future__ import annotations

import discord
from discord.ext import commands

from bot.gateway.staff.panel import PanelKeeper
from bot.gateway.staff.parts import Client


class PanelCog(commands.Cog):
    """Starts and stops the panels with the bot, and hears when one is deleted."""

    def __init__(self, client: Client) -> None:
        self._panels = PanelKeeper(client)

    async def cog_load(self) -> None:
        """Begin to keep panels."""
        self._panels.start()

    async def cog_unload(self) -> None:
        """Leave them as they stand."""
        await self._panels.stop()

    @commands.Cog.listener()
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Make a deleted panel anew."""
        self._panels.gone(payload.message_id)

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Make a panel anew that was deleted with others."""
        for message_id in payload.message_ids:
            self._panels.gone(message_id)
