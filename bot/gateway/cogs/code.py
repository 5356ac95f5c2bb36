"""/code, and the two entries in a message's own menu: look at a code, set it, note on it."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.gateway.staff.answers import answer, begin
from bot.gateway.staff.meant import code_meant, key_of, matching
from bot.gateway.staff.parts import Client, Interaction, client_of, desk_of
from bot.gateway.staff.render import message_embed, named
from bot.gateway.staff.texts import CHOICE, clip, quoted
from bot.gateway.views.correct import ITEMS, coder_of, open_menu, said
from bot.services.desk import Desk
from bot.storage.rows import StoredMessage

_IN_GUILDS = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)
_MESSAGE = "The message: its id, or its link."

# Whoever reaches a command here has passed the tree's check of roles.


class CodeCog(commands.Cog):
    """What coders do."""

    code = app_commands.Group(
        name="code", description="Look at a message's code, set it, note on it.", guild_only=True
    )

    def __init__(self, client: Client) -> None:
        self._client = client
        self._menus = (
            app_commands.ContextMenu(
                name="Correct code", callback=self.correct_code, allowed_contexts=_IN_GUILDS
            ),
            app_commands.ContextMenu(
                name="Show code", callback=self.show_code, allowed_contexts=_IN_GUILDS
            ),
        )

    async def cog_load(self) -> None:
        """Add the menus, and the items that answer to messages of earlier runs, too."""
        for entry in self._menus:
            self._client.tree.add_command(entry)
        self._client.add_dynamic_items(*ITEMS)

    async def cog_unload(self) -> None:
        """Take them away again."""
        for entry in self._menus:
            self._client.tree.remove_command(entry.name, type=entry.type)
        self._client.remove_dynamic_items(*ITEMS)

    @code.command(name="set")
    @app_commands.describe(
        message=_MESSAGE, code="The code: type some letters of it or of its title.", note="Why."
    )
    async def set_code(
        self,
        interaction: Interaction,
        message: str,
        code: str,
        note: app_commands.Range[str, 1, 1000] | None = None,
    ) -> None:
        """Give a message another code, or confirm the one that it has."""
        await begin(interaction)
        desk = desk_of(interaction)
        stored = await desk.review.find(message)
        coder = await coder_of(interaction, desk)
        chosen = code_meant(code, desk.codes)
        await answer(interaction, said(await desk.review.decide(stored, coder, chosen, note)))

    @set_code.autocomplete("code")
    async def codes(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Return the codes that match what has been typed; from memory."""
        desk = client_of(interaction).desks.of(str(interaction.guild_id))
        if desk is None:
            return []
        book = desk.study.codebook
        return [
            app_commands.Choice(name=clip(named(c.code, book), CHOICE), value=key_of(c.code))
            for c in matching(desk.codes, typed)
        ]

    @code.command(name="show")
    @app_commands.describe(message=_MESSAGE)
    async def show(self, interaction: Interaction, message: str) -> None:
        """Show a message's code, what the coder saw, and who decided what; not while blind."""
        await begin(interaction)
        desk = desk_of(interaction)
        await _show(interaction, desk, await desk.review.find(message))

    @code.command(name="note")
    @app_commands.describe(message=_MESSAGE, text="What to note.")
    async def note(
        self, interaction: Interaction, message: str, text: app_commands.Range[str, 1, 1000]
    ) -> None:
        """Note something on a message without deciding on its code."""
        await begin(interaction)
        desk = desk_of(interaction)
        stored = await desk.review.find(message)
        await desk.review.note(stored, await coder_of(interaction, desk), text)
        await answer(interaction, f"Noted on the message: {quoted(text, 1000)}")

    async def correct_code(self, interaction: Interaction, message: discord.Message) -> None:
        """Open the menu of codes for the message."""
        await begin(interaction)
        desk = desk_of(interaction)
        stored = await desk.review.find(str(message.id), str(message.channel.id))
        await open_menu(interaction, desk, stored)

    async def show_code(self, interaction: Interaction, message: discord.Message) -> None:
        """Show what `/code show` shows."""
        await begin(interaction)
        desk = desk_of(interaction)
        await _show(
            interaction, desk, await desk.review.find(str(message.id), str(message.channel.id))
        )


async def _show(interaction: Interaction, desk: Desk, stored: StoredMessage) -> None:
    looked = await desk.review.look(stored, await coder_of(interaction, desk))
    await answer(interaction, embed=message_embed(looked, desk.study.codebook))
