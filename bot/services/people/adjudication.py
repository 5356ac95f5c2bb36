"""Adjudication: where people's codes differ, somebody decides, and says why."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.coding import Act, CoderKind, Coding, Seen, Verified, counting, standing, verified
from bot.domain.discussion import Message
from bot.domain.errors import InputError
from bot.domain.settling import because, to_adjudicate
from bot.domain.window import Window, window
from bot.services.ingest import storable
from bot.services.people.decisions import check_code
from bot.services.people.open_cases import check_open, closed_to, is_case, waits_for
from bot.services.people.review import Decided
from bot.storage.contested import Contested, Opened
from bot.storage.rows import Coder, Mark, NewCoding, Note, StoredMessage, Study
from bot.storage.store import Store


@dataclass(frozen=True, slots=True)
class Case:
    """A message that people have to settle, with everything that was said about it.

    It stands for its whole unit of analysis: `unit` are the unit's messages in order, `stored`
    is the last of them that was not deleted, and codings, notes and marks are those of all.
    `codings` are in the order they were given, the models' among them. `why` is a sentence. `left`
    counts the study's open cases, this one among them while it is one. `reply_to` is the message
    it replies to, where that is stored.
    """

    stored: StoredMessage
    window: Window
    codings: tuple[Coding, ...]
    notes: tuple[Note, ...]
    marks: tuple[Mark, ...]
    verified: Verified | None
    why: str
    left: int
    unit: tuple[Message, ...] = ()
    reply_to: Message | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """How many `cases` are to be settled now, and how many differences wait for `coders`."""

    cases: int
    waiting: int
    coders: tuple[str, ...]


class Adjudication:
    """The disagreements of one study."""

    def __init__(
        self, store: Store, study: Study, window: int, deciding: asyncio.Lock | None = None
    ) -> None:
        """Show windows of up to `window` messages; `deciding` is whoever else's lock decides."""
        self._store = store
        self._study = study
        self._limit = window
        self._deciding = asyncio.Lock() if deciding is None else deciding

    async def next(self, after: int | None = None, *, coder: Coder | None = None) -> Case | None:
        """Return the oldest open case, None without any; with `after`, the first above that row.

        Cases come in the order in which their messages arrived. A case that `coder`, who is to
        see it, may not open is passed over; what is shown to them is noted.
        """
        cases = await self._open()
        for found in cases:
            if (after is None or found.row > after) and not closed_to(found, coder):
                opened = await self._read(found.row)
                await self._show(opened, coder)
                return await self._case(opened, len(cases))
        return None

    async def left(self) -> Left:
        """Return how many cases there are, and what waits for coders who have yet to code it."""
        found = await self._store.disagreements.contested(self._study.id)
        return await asyncio.to_thread(_left, found)

    async def case(self, row_id: int, coder: Coder | None = None) -> Case:
        """Return the case of a message (its row), also when it is settled by now.

        What is shown to `coder` is noted. Raises InputError for an unknown message, while
        an assigned blind coder has still to code it, and for a `coder` who has.
        """
        opened = await self._read(row_id)
        check_open(opened.contested, coder)
        left = len(await self._open())
        await self._show(opened, coder)
        return await self._case(opened, left)

    async def decide(self, row_id: int, coder: Coder, code: str, reason: str) -> Decided:
        """Append a person's adjudication of a message (its row), which counts from then on.

        The same one sent twice is one; another, also by somebody else, replaces it. Raises
        InputError, with nothing written, as `case` does, and without a reason, for a code that
        the codebook does not have and for a deleted message.
        """
        code = check_code(code, self._study.codebook)
        said = storable(reason).strip()
        if not said:
            raise InputError("an adjudication needs its reason", "say in a sentence why this code")
        async with self._deciding:
            opened = await self._read(row_id)
            contested = opened.contested
            check_open(contested, coder)
            stored = _stored(opened)
            if contested.deleted or _message(opened, row_id).deleted_at is not None:
                raise InputError(
                    "the message was deleted by its author", "choose one that is still there"
                )
            before = counting(contested.codings, contested.assigned)
            decided = Decided(stored, code, Act.ADJUDICATED, before)
            if not _repeats(decided, coder, said, contested.codings):
                await self._append(decided, coder, said)
        return decided

    async def _open(self) -> tuple[Contested, ...]:
        """Return the open cases in the order of their rows."""
        found = await self._store.disagreements.contested(self._study.id)
        return await asyncio.to_thread(lambda: tuple(unit for unit in found if is_case(unit)))

    async def _read(self, row_id: int) -> Opened:
        opened = await self._store.disagreements.of(self._study.id, row_id)
        if opened is None:
            raise InputError(
                "this message is not stored in this study", "open the next with /review adjudicate"
            )
        return opened

    async def _case(self, opened: Opened, left: int) -> Case:
        unit, stored = opened.contested, _stored(opened)
        message = stored.message
        earlier = await self._store.messages.before(
            stored.discussion_id, message.sequence, self._limit
        )
        why = to_adjudicate(unit.codings, unit.assigned, unit.unsure)
        return Case(
            stored=stored,
            window=window(earlier, stored.scenario, message, self._limit),
            codings=unit.codings,
            notes=opened.notes,
            marks=unit.marks,
            verified=verified(unit.codings, unit.assigned),
            why=why or because(unit.codings, unit.assigned),
            left=left,
            unit=tuple(s.message for s in opened.messages),
            reply_to=await self._replied(message),
        )

    async def _replied(self, message: Message) -> Message | None:
        if message.reply_to is None:
            return None
        found = await self._store.messages.find(self._study.id, message.thread_id, message.reply_to)
        return None if found is None else found.message

    async def _show(self, opened: Opened, coder: Coder | None) -> None:
        """Note that a coder was shown everybody's codes, once a message."""
        if coder is None:
            return
        known = {m.message_id for m in opened.contested.marks if _shown(m, coder)}
        for stored in opened.messages:
            if stored.message.id not in known:
                revision = stored.message.revision
                await self._store.marks.add(stored.id, coder.id, "shown", revision)

    async def _append(self, decided: Decided, coder: Coder, reason: str) -> None:
        stored = decided.stored
        coding = NewCoding(
            message=stored.id,
            coder=coder.id,
            codebook=self._study.codebook_id,
            code=decided.code,
            at=self._store.connections.clock(),
            revision=stored.message.revision,
            context=stored.context,
            act=decided.act,
            window_size=min(self._limit, stored.message.sequence - 1),
            note=reason,
            seen=Seen.CODES,
        )
        await self._store.codings.append([coding])


def _left(found: Sequence[Contested]) -> Left:
    waiting = [coders for unit in found if (coders := waits_for(unit))]
    everybody = sorted(frozenset().union(*waiting))
    return Left(sum(map(is_case, found)), len(waiting), tuple(everybody))


def _stored(opened: Opened) -> StoredMessage:
    return _message(opened, opened.contested.row)


def _message(opened: Opened, row_id: int) -> StoredMessage:
    return next(s for s in opened.messages if s.id == row_id)


def _shown(mark: Mark, coder: Coder) -> bool:
    return mark.kind == "shown" and mark.coder == coder.name


def _repeats(decided: Decided, coder: Coder, reason: str, codings: tuple[Coding, ...]) -> bool:
    """Tell whether the decision is the last of people's that stand, sent once more."""
    stands = [c for c in standing(codings) if c.kind is CoderKind.HUMAN]
    last = stands[-1] if stands else None
    return last is not None and (
        (last.coder, last.code, last.act) == (coder.name, decided.code, decided.act)
        and last.revision == decided.stored.message.revision
        and last.note == reason
    )
