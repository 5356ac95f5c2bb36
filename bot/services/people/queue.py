"""The review queue: what a coder is to code next, and what they do with it.

What comes next is a pure function of what is stored: a coder may stop at any moment and goes on
where they were, in another process, too.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.domain.coding import Coding, of_model
from bot.domain.discussion import Message
from bot.domain.errors import InputError
from bot.domain.window import Window
from bot.services.people.coder_work import Work
from bot.services.people.looking import Looking
from bot.services.people.queue_order import Order, audit_period, first
from bot.services.people.review import Decided, Review
from bot.services.people.sight import read_sight
from bot.services.people.workload import Workload
from bot.storage.marks import standing_marks
from bot.storage.rows import Coder, Mark, MarkKind, StoredMessage, Study
from bot.storage.store import Store

__all__ = ["CodingQueue", "Item", "Order"]


@dataclass(frozen=True, slots=True)
class Item:
    """A unit of analysis as a coder is given it.

    `stored` is the last message of the `unit`, and the one to decide on. While it is `blind`
    and the coder has no decision of their `own` on it, codes are `hidden`: `model` is None and
    `codings` empty.
    `model` is its code for the message as it now reads, `codings` are all of the unit's, in
    the order they were given. `reply_to` is the message that it replies to, where that is
    known. `done` counts the units that the coder is done with, `left` those that they are not,
    this one and what they skipped among them.
    """

    stored: StoredMessage
    unit: tuple[Message, ...]
    window: Window
    blind: bool
    reply_to: Message | None
    model: Coding | None
    codings: tuple[Coding, ...]
    flagged: bool
    own: Coding | None
    done: int
    left: int

    @property
    def hidden(self) -> bool:
        """Whether others' codes are hidden from the coder now."""
        return self.blind and self.own is None


class CodingQueue:
    """The review queues of a study's coders."""

    def __init__(
        self,
        store: Store,
        study: Study,
        window: int,
        deciding: asyncio.Lock | None = None,
        workload: Workload | None = None,
    ) -> None:
        """Show windows of up to `window` messages.

        `deciding` is shared by all who decide on the study, `workload` by all who count its work.
        """
        self._store = store
        self._study = study
        self._deciding = deciding or asyncio.Lock()
        self._review = Review(store, study, window, self._deciding)
        self._looking = Looking(store, study, window)
        self._workload = workload or Workload(store, study)

    async def next(self, coder: Coder, order: Order) -> Item | None:
        """Return what the coder is to code next, None if nothing is left.

        Nothing comes twice: what they coded, or could not tell, is done with until its words
        change; what they skipped comes last.
        """
        standings = await self._workload.read()
        work = await standings.of(coder.name)
        period = audit_period(standings.sampling.audit_share)
        task = await asyncio.to_thread(  # it looks at all tasks
            first, work.tasks, order, done=work.done, audited=work.audited, period=period
        )
        return None if task is None else await self._item(task.row, coder, work)

    async def item(self, row_id: int, coder: Coder) -> Item:
        """Return the unit of a message (its row) as the coder may see it now.

        Raises InputError if the study has no such message.
        """
        standings = await self._workload.read()
        unit = standings.unit_of(row_id)
        row = row_id if unit is None else unit.row
        return await self._item(row, coder, await standings.of(coder.name))

    async def code(self, row_id: int, coder: Coder, code: str, note: str | None = None) -> Decided:
        """Store the coder's code of a message (its row), as `Review.decide` does.

        What repeats their own code is nothing new, and no review of it: a click that came twice.
        Raises InputError, with nothing written, for a code that the codebook does not have, and
        for a message that was deleted or is not the study's.
        """
        stored = await self._stored(row_id)
        return await self._review.decide(stored, coder, code, note, queued=True)

    async def unsure(self, row_id: int, coder: Coder) -> None:
        """Mark a message as one whose code the coder cannot tell; they are done with it.

        Raises InputError if they have coded it, and for a deleted message.
        """
        async with self._deciding:
            stored, marks = await self._to_mark(row_id, coder)
            if not any(m.kind == "unsure" for m in marks):
                await self._mark(stored, coder, "unsure")

    async def skip(self, row_id: int, coder: Coder) -> None:
        """Put a message off until nothing else is left, after what was put off before.

        Raises InputError if they have coded it, and for a deleted message.
        """
        async with self._deciding:
            stored, marks = await self._to_mark(row_id, coder)
            latest = (await self._workload.read()).last_mark(coder.name)
            # Clicked twice: it is the last of all already.
            if latest is None or latest.mark not in marks or latest.mark.kind != "skipped":
                await self._mark(stored, coder, "skipped")

    async def flag(self, row_id: int, coder: Coder) -> bool:
        """Flag a message as an edge case, or take the coder's flag back.

        Returns whether it is flagged now. Raises InputError for a deleted message.
        """
        async with self._deciding:
            stored = _present(await self._stored(row_id))
            flags = [m for m in await self._marks(stored, coder) if m.kind == "edge_case"]
            if not flags:
                await self._mark(stored, coder, "edge_case")
            for flag in flags:
                await self._mark(stored, coder, "undone", takes_back=flag.id)
        return not flags

    async def undo(self, coder: Coder) -> Item | None:
        """Take back what the coder did last: a code, `unsure` or skip, wherever they gave it.

        Returns that message's item; what was deleted meanwhile, and adjudications, are left
        alone. Raises InputError if there is nothing to take back.
        """
        async with self._deciding:
            standings = await self._workload.read()
            decision, marked = standings.last_decision(coder.name), standings.last_mark(coder.name)
            if decision is None and marked is None:
                raise InputError(
                    "nothing of yours is left to take back", "code a message of the queue first"
                )
            if marked is not None and (decision is None or marked.mark.at > decision.at):
                row = marked.message
                await self._mark(
                    await self._stored(row), coder, "undone", takes_back=marked.mark.id
                )
            elif decision is not None:
                row = decision.message_id
                await self._review.take_back(await self._stored(row), coder)
        return await self.item(row, coder)

    async def _item(self, row: int, coder: Coder, work: Work) -> Item:
        stored = await self._stored(row)
        found = await self._looking.look_at_unit(stored, coder)
        looked, sight = found.looked, found.sight
        message = looked.stored.message
        model = of_model([c for c in looked.codings if c.revision == message.revision])
        return Item(
            stored=looked.stored,
            unit=found.unit,
            window=looked.window,
            blind=sight.blind,
            reply_to=await self._replied_to(message),
            model=model,
            codings=found.codings,
            flagged=any(m.kind == "edge_case" for m in await self._marks(stored, coder)),
            own=sight.own,
            done=work.done,
            left=len(work.tasks),
        )

    async def _replied_to(self, message: Message) -> Message | None:
        if message.reply_to is None:
            return None
        found = await self._store.messages.find(self._study.id, message.thread_id, message.reply_to)
        return None if found is None else found.message

    async def _stored(self, row: int) -> StoredMessage:
        found = await self._store.queue.message(self._study.id, row)
        if found is None:
            raise InputError(
                f"this study has no message number {row} any more", "go on with the next one"
            )
        return found

    async def _to_mark(self, row: int, coder: Coder) -> tuple[StoredMessage, list[Mark]]:
        """Return a message that the coder has not coded, and their marks on it as it reads."""
        stored = _present(await self._stored(row))
        read = await read_sight(self._store, self._study, stored, coder)
        own = None if read.sight is None else read.sight.own
        if own is not None:
            raise InputError(
                f"you have coded this message as {own.code!r}", "take your code back first"
            )
        marks = await self._marks(stored, coder)
        return stored, [m for m in marks if m.revision == stored.message.revision]

    async def _marks(self, stored: StoredMessage, coder: Coder) -> list[Mark]:
        marks = standing_marks(await self._store.marks.of_message(stored.id))
        return [m for m in marks if m.coder == coder.name]

    async def _mark(
        self, stored: StoredMessage, coder: Coder, kind: MarkKind, takes_back: int | None = None
    ) -> None:
        await self._store.marks.add(stored.id, coder.id, kind, stored.message.revision, takes_back)


def _present(stored: StoredMessage) -> StoredMessage:
    if stored.deleted_at is not None:
        raise InputError("the message was deleted by its author", "go on with the next one")
    return stored
