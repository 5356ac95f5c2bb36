"""The buttons by which people say whether two messages are one thought; they survive restarts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Self

import discord

from bot.domain.errors import InputError
from bot.gateway.staff.answers import answer, sentence
from bot.gateway.staff.parts import Interaction, desk_of, turn_of
from bot.gateway.staff.roles import UNITISING
from bot.gateway.staff.unit_embed import unit_embed
from bot.gateway.views.correct import coder_of
from bot.gateway.views.staff_item import StaffItem
from bot.services.desk import Desk
from bot.services.people.unitising import Proposal
from bot.storage.rows import Coder

_NOTHING = 0
_DONE = "No more thoughts are proposed to you as split over two messages."
_LAST = "That was the last one. What was skipped waits: `/review units` begins anew."
_TOLD = {"join": "Joined: one thought.", "apart": "Kept apart: two thoughts."}


@dataclass(frozen=True, slots=True)
class Pair:
    """The two messages (their rows) that buttons are about; kept in their ids."""

    previous: int
    message: int

    @classmethod
    def read(cls, match: re.Match[str]) -> Self:
        """Return the pair that an item's id holds."""
        return cls(int(match["previous"]), int(match["message"]))

    @classmethod
    def of(cls, proposal: Proposal | None) -> Self:
        """Return a proposal's pair; of none the one that stands for nothing."""
        if proposal is None:
            return cls(_NOTHING, _NOTHING)
        return cls(proposal.previous.id, proposal.message.id)

    def __str__(self) -> str:
        return f"{self.previous}:{self.message}"


class UnitButton(
    StaffItem,
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"units:(?P<what>join|apart|undo|skip):(?P<previous>\d{1,20}):(?P<message>\d{1,20})",
):
    """Joins the two messages, keeps them apart, takes back the last decision, or skips."""

    command = UNITISING

    def __init__(self, what: str, pair: Pair, label: str = "") -> None:
        name = f"units:{what}:{pair}"
        super().__init__(discord.ui.Button(label=label or what, custom_id=name))
        self.what = what
        self.pair = pair

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction, _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Return the button that was clicked."""
        return cls(match["what"], Pair.read(match))

    async def act(self, interaction: Interaction) -> None:
        """Do it, once, and show the next two messages; what cannot be done is told there."""
        desk = desk_of(interaction)
        coder = await coder_of(interaction, desk)
        turn = turn_of(interaction)
        async with turn.lock:
            if turn.late(str(self.pair)):
                return  # the click before it has been answered
            try:
                proposal, told = await self._done(desk, coder)
            except InputError as error:
                proposal, told = await desk.unitising.next(coder), sentence(error)
            turn.shown = str(Pair.of(proposal))
            await _show(interaction, proposal, told)

    async def _done(self, desk: Desk, coder: Coder) -> tuple[Proposal | None, str]:
        unitising, pair = desk.unitising, self.pair
        if self.what == "undo":
            return await unitising.undo(coder), "Taken back: decide anew."
        if self.what == "skip":
            after = await unitising.next(coder, after=pair.message)
            return after, _LAST if after is None else "Skipped."
        joined = self.what == "join"
        await unitising.decide(pair.message, pair.previous, coder, joined=joined)
        proposal = await unitising.next(coder, after=pair.message) or await unitising.next(coder)
        told = _TOLD[self.what]
        return proposal, told if proposal else f"{told}\n{_DONE}"


ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (UnitButton,)


async def open_units(interaction: Interaction) -> None:
    """Answer with the first proposal."""
    desk = desk_of(interaction)
    proposal = await desk.unitising.next(await coder_of(interaction, desk))
    await _show(interaction, proposal, None if proposal else _DONE)


def units_view(pair: Pair) -> discord.ui.View:
    """Return the buttons; where nothing is left, only the one that takes back."""
    view = discord.ui.View(timeout=None)
    if pair.message != _NOTHING:
        view.add_item(UnitButton("join", pair, "Join"))
        view.add_item(UnitButton("apart", pair, "Keep apart"))
    view.add_item(UnitButton("undo", pair, "Undo"))
    if pair.message != _NOTHING:
        view.add_item(UnitButton("skip", pair, "Skip"))
    return view


async def _show(interaction: Interaction, proposal: Proposal | None, told: str | None) -> None:
    embed = None if proposal is None else unit_embed(proposal)
    await answer(interaction, told, embed=embed, view=units_view(Pair.of(proposal)))
