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
from bot.gateway.staff.meant import code_meant, key_of
from bot.gateway.staff.parts import Interaction, desk_of
from bot.gateway.staff.render import present, short_embed
from bot.gateway.staff.texts import CHOICE, PAGE, clip, quoted
from bot.gateway.translate import PLATFORM
from bot.gateway.views.staff_item import StaffItem
from bot.services.desk import Desk
from bot.services.review import Decided
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
        shown = codes[target.page * PAGE : (target.page + 1) * PAGE]
        options = [_option(code, now) for code in shown]
        placeholder = "Choose the code" if now is None else f"{now}: choose it to confirm"
        select: discord.ui.Select[Any] = discord.ui.Select(
            custom_id=f"correct:code:{target}",
            placeholder=clip(placeholder, 150),
            options=options,
        )
        return cls(target, select)

    async def act(self, interaction: Interaction) -> None:
        """Decide for the code chosen."""
        desk = desk_of(interaction)
        stored = await desk.review.find(self.target.message, self.target.thread)
        code = code_meant(self.item.values[0], desk.codes)
        decided = await desk.review.decide(stored, await coder_of(interaction, desk), code)
        await _show(interaction, desk, self.target, decided.stored, said(decided))


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
        await _show(interaction, desk, self.target, decided.stored, said(decided))


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
        await _show(interaction, desk, self.target, stored, None)


ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (CodeSelect, Undo, Turn)


async def open_menu(interaction: Interaction, desk: Desk, stored: StoredMessage) -> None:
    """Answer with the menu, opened at the page of the present code."""
    message = stored.message
    now = present(await desk.review.look(stored))
    names = [code.code for code in desk.codes]
    page = names.index(now.code) // PAGE if now is not None and now.code in names else 0
    await _show(interaction, desk, Target(message.thread_id, message.id, page), stored, None)


async def coder_of(interaction: Interaction, desk: Desk) -> Coder:
    """Return the coder that the person of the interaction is."""
    return await desk.review.coder(Account(PLATFORM, str(interaction.user.id)))


def said(decided: Decided) -> str:
    """Return what a decision did, as its maker reads it."""
    code = f"**{quoted(decided.code, 200)}**"
    if decided.act is Act.WITHDRAWN:
        if not decided.code:
            return "Taken back: the message has no code again."
        if decided.before == decided.code:
            return f"Taken back: the code stays {code}."
        return f"Taken back: the code is {code} again."
    if decided.act is Act.CONFIRMED:
        return f"Confirmed: {code}."
    if decided.before == decided.code:
        return f"Noted: {code}, as before."
    before = "" if decided.before is None else f" (it was {quoted(decided.before, 200)})"
    return f"Noted: {code}{before}."


def menu(target: Target, codes: Sequence[Code], now: str | None) -> discord.ui.View:
    """Return the select of one page, with buttons to turn where there are more, and to undo."""
    view = discord.ui.View(timeout=None)
    pages = max(1, -(-len(codes) // PAGE))
    # A codebook that has become shorter since the menu was opened.
    target = replace(target, page=min(target.page, pages - 1))
    view.add_item(CodeSelect.of(target, codes, now))
    if pages > 1:
        before, after = (replace(target, page=(target.page + step) % pages) for step in (-1, 1))
        if pages > 2:  # with two, both would lead to the same page
            view.add_item(Turn(before, f"Page {before.page + 1}"))
        view.add_item(Turn(after, f"Page {after.page + 1} of {pages}"))
    view.add_item(Undo(target))
    return view


async def _show(
    interaction: Interaction, desk: Desk, target: Target, stored: StoredMessage, text: str | None
) -> None:
    looked = await desk.review.look(stored)
    now = present(looked)
    view = menu(target, desk.codes, None if now is None else now.code)
    embed = short_embed(looked, desk.study.codebook)
    await answer(interaction, text, embed=embed, view=view)


def _option(code: Code, now: str | None) -> discord.SelectOption:
    # The present one is marked by a tick: were it the select's default, choosing it again,
    # which confirms it, would send nothing.
    mark = "✓ " if code.code == now else ""
    described = f"{code.code}: {code.definition}" if code.definition else code.code
    return discord.SelectOption(
        label=clip(mark + (code.title or code.code), CHOICE),
        value=key_of(code.code),
        description=clip(" ".join(described.split()), CHOICE),
    )
