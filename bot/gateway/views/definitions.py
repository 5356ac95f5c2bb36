"""The codebook beside the review queue: a click away, in a message of its own."""

from __future__ import annotations

import re
from typing import Any, Self

import discord

from bot.gateway.staff.parts import Interaction, desk_of
from bot.gateway.staff.roles import REVIEWING
from bot.gateway.views.pages import page_shown
from bot.gateway.views.staff_item import StaffItem


class Definitions(
    StaffItem,
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"review:(?P<what>book|turn):(?P<page>\d{1,4})",
):
    """Shows the codebook beside what is coded (book), or turns its pages there (turn)."""

    command = REVIEWING

    def __init__(self, what: str, page: int, label: str = "Definitions", row: int | None = None):
        name = f"review:{what}:{page}"
        super().__init__(discord.ui.Button(label=label, custom_id=name), row=row)
        self.what = what
        self.page = page

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction, _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Return the button that was clicked."""
        return cls(match["what"], int(match["page"]))

    async def begin(self, interaction: Interaction) -> None:
        """Leave it to `act`: the page is from memory, and is the first answer."""

    async def act(self, interaction: Interaction) -> None:
        """Show the page: in a message of its own, or in the place of the page before."""
        book = desk_of(interaction).study.codebook
        embed, view = page_shown(book, self.page, _turn)
        if self.what == "turn":
            await interaction.response.edit_message(embed=embed, view=view)
        elif view is None:
            await interaction.response.send_message(embed=embed, ephemeral=True)
        else:
            await interaction.response.send_message(embed=embed, view=view, ephemeral=True)


def _turn(page: int, label: str) -> Definitions:
    return Definitions("turn", page, label)
