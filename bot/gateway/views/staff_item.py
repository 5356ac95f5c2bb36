"""What every button and menu of ours has in common: it asks who clicks, and it answers."""

from __future__ import annotations

from typing import ClassVar

from bot.gateway.staff.answers import on_error, refuse
from bot.gateway.staff.parts import Interaction
from bot.gateway.staff.roles import may


class StaffItem:
    """Goes before DynamicItem in a class's bases. `command` is whose right the click needs.

    The message may be years old and its reader's roles gone: they are looked up at each click.
    """

    command: ClassVar[str]

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Tell whether the person may click; the refusal is answered."""
        if may(interaction, self.command):
            return True
        await refuse(interaction)
        return False

    async def callback(self, interaction: Interaction) -> None:
        """Do what the click asks for; an error is answered with a sentence."""
        try:
            await self.begin(interaction)
            await self.act(interaction)
        except Exception as error:  # noqa: BLE001 - answered and logged
            await on_error(interaction, error)

    async def begin(self, interaction: Interaction) -> None:
        """Tell Discord within its three seconds that the message clicked will change.

        What opens a form or sends another message does not: that is its first answer.
        """
        await interaction.response.defer()

    async def act(self, interaction: Interaction) -> None:
        """Do it; `begin` has been called."""
        raise NotImplementedError
