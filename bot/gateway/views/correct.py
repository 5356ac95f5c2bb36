"""The menu by which a message gets another code; it works on after a restart of the bot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import discord

from bot.domain.codebook import Code
from bot.domain.coding import Act
from bot.gateway.staff.answers import answer
from bot.gateway.staff.meant import code_meant
from bot.gateway.staff.parts import Interaction, desk_of
from bot.gateway.staff.render import present, short_embed
from bot.gateway.staff.texts import quoted
from bot.gateway.translate import PLATFORM
from bot.gateway.views.choices import code_select, page_count, page_of, pages_beside
from bot.gateway.views.staff_item import StaffItem
from bot.services.desk import Desk
from bot.services.people.review import Decided
from bot.storage.rows import Account, Coder, StoredMessage

COMMAND = "Correct code"
_TARGET = r"(?P<thread>\d{1,20}):(?P<message>\d{1,20}):(?P<page>\d{1,4})"


@dataclass(frozen=True, slots=True)
class Target:
    """Whose code the menu sets, and which page of the codebook it shows; kept in its items."""

    thread: str
    message: str
    page: int = 0

    @classmethod
    def read(cls, match: re.Match[str]) -> Self:
        """Return the target that an item's id holds."""
        return cls(match["thread"], match["message"], int(match["page"]))

    def __str__(self) -> str:
        return f"{self.thread}:{self.message}:{self.page}"


class CodeSelect(
    StaffItem,
    discord.ui.DynamicItem[discord.ui.Select[Any]],
    template=rf"correct:code:{_TARGET}",
):
    """The codes of one page."""

    command = COMMAND

    def __init__(self, target: Target, select: discord.ui.Select[Any]) -> None:
        super().__init__(select, row=0)
        self.target = target

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Return the item that was used, with what was chosen in it."""
        if not isinstance(item, discord.ui.Select):
            raise TypeError(f"{type(item).__name__} is no select")
        return cls(Target.read(match), item)

    @classmethod
    def of(cls, target: Target, codes: Sequence[Code], now: str | None) -> Self:
        """Return the select of one page of `codes`; `now` is marked."""
        select = code_select(f"correct:code:{target}", codes, target.page, now)
        return cls(target, select)

    async def act(self, interaction: Interaction) -> None:
        """Decide for the code chosen."""
        desk = desk_of(interaction)
        stored = await desk.review.find(self.target.message, self.target.thread)
        code = code_meant(self.item.values[0], desk.codes)
        decided = await desk.review.decide(stored, await coder_of(interaction, desk), code)
        await _show(interaction, desk, self.target, decided.stored, decided)


class Undo(
    StaffItem,
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=rf"correct:undo:{_TARGET}",
):
    """Takes back the clicker's own last decision on the message."""

    command = COMMAND

    def __init__(self, target: Target) -> None:
        super().__init__(
            discord.ui.Button(label="Undo my last", custom_id=f"correct:undo:{target}"), row=1
        )
        self.target = target

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction, _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Return the button that was clicked."""
        return cls(Target.read(match))

    async def act(self, interaction: Interaction) -> None:
        """Take back the clicker's last decision; what counts without it counts again."""
        desk = desk_of(interaction)
        stored = await desk.review.find(self.target.message, self.target.thread)
        decided = await desk.review.undo(stored, await coder_of(interaction, desk))
        await _show(interaction, desk, self.target, decided.stored, decided)


class Turn(
    StaffItem,
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=rf"correct:page:{_TARGET}",
):
    """Turns to another page of the codebook."""

    command = COMMAND

    def __init__(self, target: Target, label: str = "Turn", *, disabled: bool = False) -> None:
        button: discord.ui.Button[Any] = discord.ui.Button(
            label=label, custom_id=f"correct:page:{target}", disabled=disabled
        )
        super().__init__(button, row=1)
        self.target = target

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction, _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Return the button that was clicked."""
        return cls(Target.read(match))

    async def act(self, interaction: Interaction) -> None:
        """Show the page."""
        desk = desk_of(interaction)
        stored = await desk.review.find(self.target.message, self.target.thread)
        await _show(interaction, desk, self.target, stored)


ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (CodeSelect, Undo, Turn)


async def open_menu(interaction: Interaction, desk: Desk, stored: StoredMessage) -> None:
    """Answer with the menu, opened at the page of the present code where that may be seen."""
    message = stored.message
    now = present(await desk.review.look(stored, await coder_of(interaction, desk)))
    page = page_of(None if now is None else now.code, desk.codes)
    await _show(interaction, desk, Target(message.thread_id, message.id, page), stored)


async def coder_of(interaction: Interaction, desk: Desk) -> Coder:
    """Return the coder that the person of the interaction is."""
    return await desk.review.coder(Account(PLATFORM, str(interaction.user.id)))


def said(decided: Decided) -> str:
    """Return what a decision did, as its maker reads it."""
    if decided.act is Act.WITHDRAWN:
        return _taken_back(decided)
    code = f"**{quoted(decided.code, 200)}**"
    if decided.act is Act.CONFIRMED:
        told = f"Confirmed: {code}."
    elif decided.before is None:
        told = f"Noted: {code}."
    elif decided.before == decided.code:
        told = f"Noted: {code}, as before."
    else:
        told = f"Noted: {code} (it was {quoted(decided.before, 200)})."
    if decided.adjudicated is not None:
        told += f" What was adjudicated goes on counting: {quoted(decided.adjudicated, 200)}."
    return told


def _taken_back(decided: Decided) -> str:
    code = f"**{quoted(decided.code, 200)}**"
    if decided.hidden:
        return "Taken back. The message is to be coded blind: other codes are hidden again."
    if not decided.code:
        return "Taken back: the message has no code again."
    if decided.before == decided.code:
        return f"Taken back: the code stays {code}."
    return f"Taken back: the code is {code} again."


def menu(target: Target, codes: Sequence[Code], now: str | None) -> discord.ui.View:
    """Return the select of one page, with buttons to turn where there are more, and to undo."""
    view = discord.ui.View(timeout=None)
    pages = page_count(codes)
    # A codebook that has become shorter since the menu was opened.
    target = replace(target, page=min(target.page, pages - 1))
    view.add_item(CodeSelect.of(target, codes, now))
    for page, label in pages_beside(target.page, pages):
        view.add_item(Turn(replace(target, page=page), label))
    view.add_item(Undo(target))
    return view


async def _show(
    interaction: Interaction,
    desk: Desk,
    target: Target,
    stored: StoredMessage,
    decided: Decided | None = None,
) -> None:
    looked = await desk.review.look(stored, await coder_of(interaction, desk))
    now = present(looked)
    view = menu(target, desk.codes, None if now is None else now.code)
    embed = short_embed(looked, desk.study.codebook)
    text = None if decided is None else said(decided)
    await answer(interaction, text, embed=embed, view=view)
