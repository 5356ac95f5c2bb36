"""What a click in the review queue does to the study, and what is shown then."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Self

from bot.domain.coding import Act
from bot.gateway.staff.meant import code_meant
from bot.gateway.staff.render import named
from bot.gateway.staff.texts import quoted
from bot.services.desk import Desk
from bot.services.people.queue import Item, Order
from bot.storage.rows import Coder

NOTHING = 0
"""Stands for a message's row where nothing is left to show."""
TARGET = rf"(?P<row>\d{{1,20}}):(?P<order>{'|'.join(Order)}):(?P<page>\d{{1,4}}):(?P<blind>[01])"


@dataclass(frozen=True, slots=True)
class Target:
    """Which message (its row) buttons are about; kept in their ids.

    `order` is how the queue goes on, `page` the page of the codebook that is shown; without
    one it is that of the model's code, where that may be seen. `blind` tells that codes were
    hidden when the buttons were made.
    """

    row: int
    order: Order
    page: int | None = None
    blind: bool = False

    @classmethod
    def read(cls, match: re.Match[str]) -> Self:
        """Return the target that an item's id holds."""
        page, blind = int(match["page"]), match["blind"] == "1"
        return cls(int(match["row"]), Order(match["order"]), page, blind)

    def __str__(self) -> str:
        return f"{self.row}:{self.order}:{self.page or 0}:{self.blind:d}"


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown after a click: an item (None: nothing is left), and what was done.

    `page` keeps the codebook's page where the same message stays.
    """

    item: Item | None
    told: str | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Worker:
    """A person at a desk's queue."""

    desk: Desk
    coder: Coder

    async def next(self, target: Target, told: str | None = None) -> Shown:
        """Return what comes next in the target's order."""
        return Shown(await self.desk.queue.next(self.coder, target.order), told)

    async def same(self, target: Target, told: str | None = None) -> Shown:
        """Return the same message as it stands now."""
        if target.row == NOTHING:
            return await self.next(target, told)
        return Shown(await self.desk.queue.item(target.row, self.coder), told, target.page)

    async def code(self, target: Target, given: str) -> Shown:
        """Store the code chosen for the message; one that has the person's own keeps it."""
        item = await self.desk.queue.item(target.row, self.coder)
        number = item.stored.message.sequence
        if item.own is not None:
            told = (
                f"Nothing changed: you have coded message {number} as "
                f"**{self._named(item.own.code)}** already. Undo takes your last one back."
            )
            return await self.next(target, told)
        if target.blind and not item.blind:
            # What was read blind would be kept as the correction of codes that nobody had seen.
            told = "Nothing is stored: this is no longer to be coded blind. Look, and decide anew."
            return await self.same(replace(target, page=None), told)
        chosen = code_meant(given, self.desk.codes)
        decided = await self.desk.queue.code(item.stored.id, self.coder, chosen)
        done = "Confirmed" if decided.act is Act.CONFIRMED else "Stored"
        told = f"{done}: **{self._named(decided.code)}** for message {number}."
        return await self.next(target, told)

    async def note(self, target: Target, row: int, text: str) -> Shown:
        """Note something on a message (its row); the one that is shown stays."""
        item = await self.desk.queue.item(row, self.coder)
        await self.desk.review.note(item.stored, self.coder, text)
        return await self.same(target, f"Noted: {quoted(text, 300)}")

    async def unsure(self, target: Target) -> Shown:
        """Mark the message as one whose code the person cannot tell."""
        await self.desk.queue.unsure(target.row, self.coder)
        return await self.next(target, "Marked as unsure.")

    async def skip(self, target: Target) -> Shown:
        """Put the message off."""
        await self.desk.queue.skip(target.row, self.coder)
        return await self.next(target, "Put off until the others are done.")

    async def flag(self, target: Target) -> Shown:
        """Flag the message as an edge case."""
        return await self._flagged(target, "Flagged as an edge case.", wanted=True)

    async def unflag(self, target: Target) -> Shown:
        """Take the flag back."""
        return await self._flagged(target, "It is no edge case any more.", wanted=False)

    async def _flagged(self, target: Target, told: str, *, wanted: bool) -> Shown:
        item = await self.desk.queue.item(target.row, self.coder)
        if item.flagged != wanted:  # else it was clicked twice
            await self.desk.queue.flag(item.stored.id, self.coder)
        return await self.same(target, told)

    async def undo(self, target: Target) -> Shown:
        """Take back what the person did last, and show that message again."""
        item = await self.desk.queue.undo(self.coder)
        told = "Taken back: decide anew."
        return await self.next(target, told) if item is None else Shown(item, told)

    def _named(self, code: str) -> str:
        return quoted(named(code, self.desk.study.codebook), 100)


PRESSED: Mapping[str, Callable[[Worker, Target], Awaitable[Shown]]] = {
    "unsure": Worker.unsure,
    "skip": Worker.skip,
    "flag": Worker.flag,
    "unflag": Worker.unflag,
    "undo": Worker.undo,
    "page": Worker.same,
    "again": Worker.next,
}
"""What each button does, by the word for it in its id."""
