"""/codebook show."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.gateway.staff.answers import begin
from bot.gateway.staff.parts import Client, Interaction, desk_of
from bot.gateway.views.pages import CodebookPage, show_page


class CodebookCog(commands.Cog):
    """Shows the study's codes."""

    codebook = app_commands.Group(
        name="codebook", description="The study's codes.", guild_only=True
    )

    def __init__(self, client: Client) -> None:
        self._client = client

    async def cog_load(self) -> None:
        """Let the buttons of earlier runs' messages work, too."""
        self._client.add_dynamic_items(CodebookPage)

    async def cog_unload(self) -> None:
        """Take them away again."""
        self._client.remove_dynamic_items(CodebookPage)

    @codebook.command(name="show")
    async def show(self, interaction: Interaction) -> None:
        """Show the codes with their definitions and examples."""
        await begin(interaction)
        await show_page(interaction, desk_of(interaction).study.codebook)
