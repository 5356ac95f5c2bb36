"""The review queue's menu and buttons: one click a message, and each works after a restart."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Self

import discord

from bot.domain.codebook import Code
from bot.domain.errors import InputError
from bot.gateway.staff.answers import answer, sentence
from bot.gateway.staff.parts import Interaction, desk_of, turn_of
from bot.gateway.staff.queue_embed import queue_embed, totals
from bot.gateway.staff.roles import REVIEWING
from bot.gateway.views.choices import code_select, page_count, page_of, pages_beside
from bot.gateway.views.correct import coder_of
from bot.gateway.views.definitions import Definitions
from bot.gateway.views.forms import FormKind, open_form
from bot.gateway.views.queue_work import NOTHING, PRESSED, TARGET, Shown, Target, Worker
from bot.gateway.views.staff_item import StaffItem
from bot.services.people.queue import Item, Order

_NOTE = "note"


class QueueSelect(
    StaffItem,
    discord.ui.DynamicItem[discord.ui.Select[Any]],
    template=rf"review:code:{TARGET}",
):
    """The codes of one page."""

    command = REVIEWING

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

    async def act(self, interaction: Interaction) -> None:
        """Store the code chosen and show the next message."""
        chosen = self.item.values[0]
        await _clicked(interaction, self.target, lambda worker, to: worker.code(to, chosen))


class QueueButton(
    StaffItem,
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=rf"review:(?P<what>{'|'.join([*PRESSED, _NOTE])}):{TARGET}",
):
    """What else one does with a message; `what` says what."""

    command = REVIEWING

    def __init__(self, what: str, target: Target, label: str = "", row: int | None = None) -> None:
        name = f"review:{what}:{target}"
        super().__init__(discord.ui.Button(label=label or what, custom_id=name), row=row)
        self.what = what
        self.target = target

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction, _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Return the button that was clicked."""
        return cls(match["what"], Target.read(match))

    async def begin(self, interaction: Interaction) -> None:
        """Announce the change; a form is an answer of its own."""
        if self.what != _NOTE:
            await super().begin(interaction)

    async def act(self, interaction: Interaction) -> None:
        """Do it and show what comes then."""
        if self.what == _NOTE:
            name = f"review:noted:{self.target}"
            await open_form(interaction, name, "Note on the message", "What to note")
        else:
            await _clicked(interaction, self.target, PRESSED[self.what])


async def _noted(interaction: Interaction, match: re.Match[str], text: str) -> None:
    target, turn = Target.read(match), turn_of(interaction)
    # Who writes takes long: meanwhile another message may have taken the place of the one meant.
    now = target if turn.shown is None else replace(target, row=int(turn.shown), page=None)
    await _clicked(interaction, now, lambda worker, to: worker.note(to, target.row, text))


ITEMS: tuple[type[discord.ui.DynamicItem[Any]], ...] = (QueueSelect, QueueButton, Definitions)
NOTE_FORM = FormKind(re.compile(rf"review:noted:{TARGET}"), REVIEWING, _noted)


async def open_queue(interaction: Interaction, order: Order) -> None:
    """Answer with what is next for the person."""
    desk = desk_of(interaction)
    worker = Worker(desk, await coder_of(interaction, desk))
    target = Target(NOTHING, order)
    await _show(interaction, worker, target, await worker.next(target))


def queue_view(item: Item, target: Target, codes: Sequence[Code]) -> discord.ui.View:
    """Return the codes of one page, with the buttons below."""
    view = discord.ui.View(timeout=None)
    pages, now = page_count(codes), None if item.model is None else item.model.code
    page = page_of(now, codes) if target.page is None else target.page
    # A codebook may have become shorter since the menu was opened.
    page = min(page, pages - 1)
    target = replace(target, row=item.stored.id, page=page, blind=item.hidden)
    select = code_select(f"review:code:{target}", codes, target.page or 0, now)
    view.add_item(QueueSelect(target, select))
    for other, label in pages_beside(target.page or 0, pages):
        view.add_item(QueueButton("page", replace(target, page=other), label, row=1))
    view.add_item(QueueButton("unsure", target, "Unsure", row=2))
    view.add_item(QueueButton("skip", target, "Skip", row=2))
    view.add_item(QueueButton(_NOTE, target, "Note", row=2))
    view.add_item(QueueButton("undo", target, "Undo", row=2))
    what, label = ("unflag", "No edge case") if item.flagged else ("flag", "Flag as edge case")
    view.add_item(QueueButton(what, target, label, row=2))
    view.add_item(Definitions("book", 0, row=3))
    return view


def nothing_view(order: Order) -> discord.ui.View:
    """Return what one can do when nothing is left."""
    view = discord.ui.View(timeout=None)
    view.add_item(QueueButton("undo", Target(NOTHING, order), "Undo"))
    view.add_item(QueueButton("again", Target(NOTHING, order), "Look again"))
    return view


async def _clicked(
    interaction: Interaction, target: Target, do: Callable[[Worker, Target], Awaitable[Shown]]
) -> None:
    """Do what was clicked, once, and show what comes then.

    What cannot be done, because the message was deleted or the codebook changed, is told
    beside the next message: the queue never stands still.
    """
    desk = desk_of(interaction)
    worker = Worker(desk, await coder_of(interaction, desk))
    turn = turn_of(interaction)
    async with turn.lock:
        if turn.late(str(target.row)):
            now = replace(target, row=int(turn.shown or NOTHING), page=None)
            shown = await worker.same(now, "That click came twice, or too late: it did nothing.")
        else:
            try:
                shown = await do(worker, target)
            except InputError as error:
                shown = await worker.next(target, sentence(error))
        # First: if the answer does not arrive, what is on the screen is outdated all the same.
        turn.shown = str(NOTHING if shown.item is None else shown.item.stored.id)
        await _show(interaction, worker, target, shown)


async def _show(interaction: Interaction, worker: Worker, target: Target, shown: Shown) -> None:
    item = shown.item
    if item is None:
        own = [p for p in await worker.desk.assigning.progress() if p.coder == worker.coder.name]
        text = "\n".join(filter(None, [shown.told, totals(own[0] if own else None)]))
        await answer(interaction, text, view=nothing_view(target.order))
        return
    book = worker.desk.study.codebook
    view = queue_view(item, replace(target, page=shown.page), book.codes)
    await answer(interaction, shown.told, embed=queue_embed(item, book), view=view)
