"""The menu by which a disagreement is decided, with a reason; it works on after a restart."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import discord

from bot.domain.codebook import Code
from bot.domain.errors import InputError
from bot.gateway.staff.answers import answer, sentence
from bot.gateway.staff.case_embed import case_embed
from bot.gateway.staff.meant import code_meant
from bot.gateway.staff.parts import Interaction, desk_of, turn_of
from bot.gateway.staff.progress_text import waiting_text
from bot.gateway.staff.render import named
from bot.gateway.staff.roles import ADJUDICATING
from bot.gateway.staff.texts import quoted
from bot.gateway.views.choices import code_select, page_count, pages_beside
from bot.gateway.views.correct import coder_of
from bot.gateway.views.forms import FormKind, open_form
from bot.gateway.views.staff_item import StaffItem
from bot.services.desk import Desk
from bot.services.people.adjudication import Case

_TARGET = r"(?P<row>\d{1,20}):(?P<page>\d{1,4})"
_DONE = "Nothing is left to adjudicate."
_LAST = "That was the last one. What was skipped waits: `/review adjudicate` begins anew."


@dataclass(frozen=True, slots=True)
class Target:
    """Which message (its row) is decided, and which page of the codebook is shown."""

    row: int
    page: int = 0

    @classmethod
    def read(cls, match: re.Match[str]) -> Self:
        """Return the target that an item's id holds."""
        return cls(int(match["row"]), int(match["page"]))

    def __str__(self) -> str:
        return f"{self.row}:{self.page}"


class CaseSelect(
    StaffItem,
    discord.ui.DynamicItem[discord.ui.Select[Any]],
    template=rf"adjudicate:code:{_TARGET}",
):
    """The codes of one page; choosing one asks for the reason."""

    command = ADJUDICATING

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

    async def begin(self, interaction: Interaction) -> None:
        """Leave it to `act`: the form is the first answer."""

    async def act(self, interaction: Interaction) -> None:
        """Ask for the reason."""
        code = code_meant(self.item.values[0], desk_of(interaction).codes)
        name = f"adjudicate:reason:{self.target}:{_digest(code)}"
        await open_form(
            interaction, name, f"Decide for {code}", "Why? It is kept with the decision"
        )


class CaseButton(
    StaffItem,
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=rf"adjudicate:(?P<what>skip|page):{_TARGET}",
):
    """Leaves the case for later (skip), or turns to another page of the codebook (page)."""

    command = ADJUDICATING

    def __init__(self, what: str, target: Target, label: str = "", row: int | None = None) -> None:
        name = f"adjudicate:{what}:{target}"
        super().__init__(discord.ui.Button(label=label or what, custom_id=name), row=row)
        self.what = what
        self.target = target

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction, _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Return the button that was clicked."""
        return cls(match["what"], Target.read(match))

    async def act(self, interaction: Interaction) -> None:
        """Show the next case, or this one with other codes."""
        desk, target = desk_of(interaction), self.target
        turn = turn_of(interaction)
        async with turn.lock:
            if turn.late(str(target.row)):
                return  # the click before it has been answered
            coder = await coder_of(interaction, desk)
            if self.what == "page":
                case = await desk.adjudication.case(target.row, coder)
                await _show(interaction, desk, case, page=target.page)
                return
            after = await desk.adjudication.next(after=target.row, coder=coder)
            turn.shown = _row(after)
            await _show(interaction, desk, after, _LAST if after is None else None)


async def _reasoned(interaction: Interaction, match: re.Match[str], reason: str) -> None:
    """Store the decision and show the next case; what cannot be decided is told beside it."""
    desk, target = desk_of(interaction), Target.read(match)
    turn, adjudication = turn_of(interaction), desk.adjudication
    async with turn.lock:
        coder = await coder_of(interaction, desk)
        try:
            code = _meant(match["digest"], desk.codes)
            decided = await adjudication.decide(target.row, coder, code, reason)
            told = f"Adjudicated: **{quoted(named(decided.code, desk.study.codebook), 100)}**."
        except InputError as error:
            told = f"{sentence(error)} Your reason was: {quoted(reason, 800)}"
        case = await adjudication.next(after=target.row, coder=coder)
        case = case or await adjudication.next(coder=coder)
        turn.shown = _row(case)
        await _show(interaction, desk, case, told if case else f"{told}\n{_DONE}")


ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (CaseSelect, CaseButton)
REASON_FORM = FormKind(
    re.compile(rf"adjudicate:reason:{_TARGET}:(?P<digest>[0-9a-f]{{16}})"), ADJUDICATING, _reasoned
)


async def open_case(interaction: Interaction) -> None:
    """Answer with the first case."""
    desk = desk_of(interaction)
    case = await desk.adjudication.next(coder=await coder_of(interaction, desk))
    told = None if case else f"{_DONE} {waiting_text(await desk.adjudication.left())}"
    await _show(interaction, desk, case, told)


def case_view(row: int, page: int, codes: Sequence[Code]) -> discord.ui.View:
    """Return the codes of one page, with the buttons below."""
    view = discord.ui.View(timeout=None)
    pages = page_count(codes)
    # A codebook may have become shorter since the menu was opened.
    target = Target(row, min(page, pages - 1))
    select = code_select(f"adjudicate:code:{target}", codes, target.page)
    view.add_item(CaseSelect(target, select))
    for other, label in pages_beside(target.page, pages):
        view.add_item(CaseButton("page", replace(target, page=other), label, row=1))
    view.add_item(CaseButton("skip", target, "Skip", row=2))
    return view


async def _show(
    interaction: Interaction, desk: Desk, case: Case | None, told: str | None = None, page: int = 0
) -> None:
    if case is None:
        await answer(interaction, told)
        return
    book = desk.study.codebook
    view = case_view(case.stored.id, page, book.codes)
    await answer(interaction, told, embed=case_embed(case, book), view=view)


def _row(case: Case | None) -> str:
    return "0" if case is None else str(case.stored.id)


def _digest(code: str) -> str:
    """Return what stands for a code in a form's id, which takes a hundred characters."""
    return hashlib.sha256(code.encode()).hexdigest()[:16]


def _meant(digest: str, codes: Sequence[Code]) -> str:
    found = next((code.code for code in codes if _digest(code.code) == digest), None)
    if found is None:
        raise InputError(
            "the codebook has changed and no longer has that code", "choose another one"
        )
    return found
