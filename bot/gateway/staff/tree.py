"""The door of all commands: who may not pass is refused here, before anything is looked up."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.gateway.staff.answers import on_error, refuse
from bot.gateway.staff.parts import Interaction
from bot.gateway.staff.roles import full_name, may


class StaffTree(app_commands.CommandTree[discord.Client]):
    """Commands, context menus and autocompletion for a study's staff alone."""

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Tell whether the person may use the command; the refusal is answered."""
        name = None if interaction.data is None else full_name(interaction.data)
        if name is not None and may(interaction, name):
            return True
        await refuse(interaction)
        return False

    async def on_error(
        self, interaction: Interaction, error: app_commands.AppCommandError, /
    ) -> None:
        """Answer with a sentence, whatever went wrong."""
        await on_error(interaction, error)
