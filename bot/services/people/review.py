"""What people do with a coded message: look at it, decide on its code, take that back, note."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from bot.domain.coding import Act, Basis, CoderKind, Coding, last_of, of_model, standing
from bot.domain.errors import InputError
from bot.services.ingest import storable
from bot.services.people.decisions import check_code
from bot.services.people.finding import find_message
from bot.services.people.looking import Looked, Looking, window_read
from bot.services.people.sight import Read, Sight, read_sight
from bot.storage.rows import Account, Coder, NewCoding, StoredMessage, Study
from bot.storage.store import Store

__all__ = ["Decided", "Looked", "Review"]


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person did: `act`, for `code`; after a withdrawal `code` is the one that counts.

    `before` is the code that counted until then, None if none did; after a withdrawal `code`
    is empty where none counts. `adjudicated` is the adjudicated code that goes on counting
    whatever was decided now, None where there is none. While what counts is `hidden` from the
    person, as after a withdrawal from what is to be coded blind, neither `code` nor `before`
    tells it.
    """

    stored: StoredMessage
    code: str
    act: Act
    before: str | None
    adjudicated: str | None = None
    hidden: bool = False


class Review:
    """People's work on the messages of one study."""

    def __init__(
        self, store: Store, study: Study, window: int, deciding: asyncio.Lock | None = None
    ) -> None:
        """Show windows of up to `window` messages, which is what the study's model reads.

        All that decides on the same study shares `deciding`: what counted before is read, then
        the decision written.
        """
        self._store = store
        self._study = study
        self._limit = window
        self._looking = Looking(store, study, window)
        self._deciding = deciding or asyncio.Lock()

    async def find(self, message: str, thread_id: str | None = None) -> StoredMessage:
        """Return the message that an id or a link names; InputError if there is none, or several.

        `thread_id` is the thread of an id; a link names its own.
        """
        return await find_message(self._store, self._study, message, thread_id)

    async def look(self, stored: StoredMessage, coder: Coder | None = None) -> Looked:
        """Return the message as it now stands, with the window that the model's code rests on.

        With a `coder` only what they may see of it; that they were shown others' codes is kept.
        """
        return await self._looking.look(stored, coder)

    async def decide(
        self,
        stored: StoredMessage,
        coder: Coder,
        code: str,
        note: str | None = None,
        *,
        queued: bool = False,
    ) -> Decided:
        """Append a person's code.

        It is a reading of their own where others' codes are hidden from them and where the
        message is assigned to them; else a confirmation if it is the model's, or a correction.
        The same decision sent twice is one; of the review queue (`queued`), where the window was
        shown, whatever repeats the person's own code. Raises InputError, with nothing written,
        for a code that the codebook does not have and for a deleted message.
        """
        code = check_code(code, self._study.codebook)
        said = storable(note).strip() if note else ""
        async with self._deciding:
            stored = await self._to_decide(stored)
            read, sight = await self._read(stored, coder)
            codings = read.known.codings
            own_reading = sight.hidden or sight.tasked
            act = Act.CODED if own_reading else _act(code, codings, stored)
            new = replace(
                self._coding(stored, coder, code, act, sight),
                note=said or None,
                window_size=self._shown(read) if queued else None,
            )
            if queued and sight.own is not None and _says(sight.own, code, said):
                act = sight.own.act
            elif not _repeats(new, coder, codings):
                await self._store.codings.append([new])
            after, _ = await self._read(stored, coder)
        if sight.blind:  # what others said would colour how the next ones are read, too
            return Decided(stored, code, act, None)
        return Decided(stored, code, act, read.counts(), _adjudicated(after))

    async def undo(self, stored: StoredMessage, coder: Coder) -> Decided:
        """Take back the coder's last decision that stands: append its withdrawal.

        The withdrawal names the code that counts without that decision; it is nobody's
        decision for it. Others' decisions stand. Raises InputError if the coder has none that
        stands, and for a deleted message.
        """
        async with self._deciding:
            return await self.take_back(stored, coder)

    async def take_back(self, stored: StoredMessage, coder: Coder) -> Decided:
        """Do what `undo` does, for a caller that holds the lock of all who decide."""
        stored = await self._to_decide(stored)
        read, sight = await self._read(stored, coder)
        last = last_of(standing(read.known.codings), coder.name)
        if last is None:
            raise InputError(
                "no decision of yours on this message stands", "there is nothing to take back"
            )
        code = read.counts(without=last) or ""
        withdrawal = self._coding(stored, coder, code, Act.WITHDRAWN, sight)
        await self._store.codings.append([withdrawal])
        after, left = await self._read(stored, coder)
        if left.hidden:
            return Decided(stored, "", Act.WITHDRAWN, None, hidden=True)
        return Decided(stored, code, Act.WITHDRAWN, read.counts(), _adjudicated(after))

    async def note(self, stored: StoredMessage, coder: Coder, text: str) -> None:
        """Append a note on the message; InputError if it says nothing."""
        said = storable(text).strip()
        if not said:
            raise InputError("the note is empty", "write something")
        await self._store.notes.add(stored.id, coder.id, said)

    async def coder(self, account: Account) -> Coder:
        """Return the coder of the study that a person's account is: C1, C2, ..., made if new."""
        return await self._store.coder_accounts.coder(self._study.id, account)

    async def _read(self, stored: StoredMessage, coder: Coder) -> tuple[Read, Sight]:
        read = await read_sight(self._store, self._study, stored, coder)
        if read.sight is None:
            raise ValueError("what nobody looks at has no sight")
        return read, read.sight

    def _coding(
        self, stored: StoredMessage, coder: Coder, code: str, act: Act, sight: Sight
    ) -> NewCoding:
        return NewCoding(
            message=stored.id,
            coder=coder.id,
            codebook=self._study.codebook_id,
            code=code,
            at=self._store.connections.clock(),
            revision=stored.message.revision,
            context=stored.context,
            act=act,
            seen=sight.seen,
        )

    def _shown(self, read: Read) -> int:
        """Return how many earlier messages the queue shows with a message."""
        message = read.known.stored.message
        limit = window_read(read.known.codings, message.revision, self._limit)
        return min(limit, message.sequence - 1)

    async def _reread(self, stored: StoredMessage) -> StoredMessage:
        message = stored.message
        found = await self._store.messages.find(self._study.id, message.thread_id, message.id)
        return stored if found is None else found

    async def _to_decide(self, stored: StoredMessage) -> StoredMessage:
        stored = await self._reread(stored)
        if stored.deleted_at is not None:
            raise InputError(
                "the message was deleted by its author", "choose one that is still there"
            )
        return stored


def _adjudicated(read: Read) -> str | None:
    settled = read.verified
    above = settled is not None and settled.basis is Basis.ADJUDICATED
    return settled.code if settled is not None and above else None


def _act(code: str, codings: tuple[Coding, ...], stored: StoredMessage) -> Act:
    """Return what a person does who gives `code`: only the model's present code is confirmed."""
    revision = stored.message.revision
    present = of_model([c for c in codings if c.revision == revision])
    return Act.CONFIRMED if present is not None and code == present.code else Act.CORRECTED


def _repeats(new: NewCoding, coder: Coder, codings: tuple[Coding, ...]) -> bool:
    """Return whether the decision is the last of people's that stand, sent once more.

    A code of one's own that is sent again is no review of it.
    """
    stands = [c for c in standing(codings) if c.kind is CoderKind.HUMAN]
    last = stands[-1] if stands else None
    return last is not None and (
        last.coder == coder.name
        and last.act in (new.act, Act.CODED)
        and last.revision == new.revision
        and _says(last, new.code, new.note or "")
    )


def _says(made: Coding, code: str, note: str) -> bool:
    """Return whether a decision says what another would, which brings no note of its own."""
    return made.code == code and (not note or note == made.note)
