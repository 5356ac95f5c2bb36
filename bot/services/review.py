"""What people do with a coded message: look at it, decide on its code, take that back, note."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from bot.domain.coding import (
    Act,
    CoderKind,
    Coding,
    counting,
    of_model,
    standing,
    verified_code,
)
from bot.domain.errors import InputError
from bot.domain.window import Window, window
from bot.services.decisions import check_code, counting_without_last
from bot.services.ingest import storable
from bot.storage.rows import Account, Change, Coder, NewCoding, Note, StoredMessage, Study
from bot.storage.store import Store

# .../channels/SERVER/THREAD/MESSAGE, and what "Copy ID" gives with the shift key: THREAD-MESSAGE.
_LINK = re.compile(r"/channels/(?:\d+|@me)/(?P<thread>\d+)/(?P<message>\d+)/?(?:[?#].*)?$")
_PAIR = re.compile(r"(?P<thread>\d{15,20})-(?P<message>\d{15,20})")


@dataclass(frozen=True, slots=True)
class Looked:
    """A message as its coder saw it, and all that was decided, noted and changed since."""

    stored: StoredMessage
    window: Window
    codings: tuple[Coding, ...]
    verified: str | None
    notes: tuple[Note, ...]
    edits: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person did: `act`, by which `code` counts.

    `before` is the code that counted until then, None if none did. `code` is empty where none
    counts any more after a withdrawal.
    """

    stored: StoredMessage
    code: str
    act: Act
    before: str | None


class Review:
    """People's work on the messages of one study."""

    def __init__(self, store: Store, study: Study, window: int) -> None:
        """Show windows of up to `window` messages, which is what the study's model reads."""
        self._store = store
        self._study = study
        self._limit = window
        self._deciding = asyncio.Lock()  # what counted before is read, then the decision written

    async def find(self, message: str, thread_id: str | None = None) -> StoredMessage:
        """Return the message that an id or a link names; InputError if there is none, or several.

        `thread_id` is the thread of an id; a link names its own.
        """
        given = message.strip().strip("<>")
        link = _LINK.search(given) or _PAIR.fullmatch(given)
        if link is not None:
            thread_id, given = link["thread"], link["message"]
        if thread_id is not None:
            found = await self._store.messages.find(self._study.id, thread_id, given)
            if found is not None:
                return found
            raise _unknown(given)
        named = await self._store.messages.named(self._study.id, given)
        if not named:
            raise _unknown(given)
        if len(named) > 1:
            raise InputError(
                f"{len(named)} threads have a message {given!r}", "give the message's link"
            )
        return named[0]

    async def look(self, stored: StoredMessage) -> Looked:
        """Return the message as it now stands, with the window that the model's code rests on."""
        stored = await self._reread(stored)
        message = stored.message
        codings = await self._store.codings.of_message(stored.id)
        limit = _seen(codings, message.revision, self._limit)
        earlier = await self._store.messages.before(stored.discussion_id, message.sequence, limit)
        return Looked(
            stored,
            window(earlier, stored.scenario, message, limit),
            codings,
            verified_code(codings),
            await self._store.notes.of_message(stored.id),
            await self._store.edits.of_message(stored.id),
        )

    async def decide(
        self, stored: StoredMessage, coder: Coder, code: str, note: str | None = None
    ) -> Decided:
        """Append a person's code: a confirmation if it is the model's, else a correction.

        The same decision sent twice is one. Raises InputError, with nothing written, for a code
        that the codebook does not have and for a deleted message.
        """
        code = check_code(code, self._study.codebook)
        said = storable(note).strip() if note else ""
        async with self._deciding:
            stored = await self._to_decide(stored)
            codings = await self._store.codings.of_message(stored.id)
            decided = Decided(stored, code, _act(code, codings, stored), counting(codings))
            if not _repeats(decided, coder, said, codings):
                await self._append(decided, coder, said or None)
        return decided

    async def undo(self, stored: StoredMessage, coder: Coder) -> Decided:
        """Take back the coder's last decision that stands: append its withdrawal.

        The withdrawal names the code that counts without that decision; it is nobody's
        decision for it. Others' decisions stand. Raises InputError if the coder has none that
        stands, and for a deleted message.
        """
        async with self._deciding:
            stored = await self._to_decide(stored)
            codings = await self._store.codings.of_message(stored.id)
            code = counting_without_last(codings, coder.name) or ""
            decided = Decided(stored, code, Act.WITHDRAWN, counting(codings))
            await self._append(decided, coder, None)
        return decided

    async def note(self, stored: StoredMessage, coder: Coder, text: str) -> None:
        """Append a note on the message; InputError if it says nothing."""
        said = storable(text).strip()
        if not said:
            raise InputError("the note is empty", "write something")
        await self._store.notes.add(stored.id, coder.id, said)

    async def coder(self, account: Account) -> Coder:
        """Return the coder of the study that a person's account is: C1, C2, ..., made if new."""
        return await self._store.coder_accounts.coder(self._study.id, account)

    async def _append(self, decided: Decided, coder: Coder, note: str | None) -> None:
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
            note=note,
        )
        await self._store.codings.append([coding])

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


def _unknown(message: str) -> InputError:
    if not message.isdecimal():
        return InputError(
            f"{message[:100]!r} is no message's id or link",
            "choose 'Copy Message Link' in the message's menu and give that",
        )
    return InputError(
        f"no message {message[:100]!r} is stored in this study",
        "choose one that a person wrote in a thread of a session while it ran",
    )


def _seen(codings: tuple[Coding, ...], revision: int, limit: int) -> int:
    """Return how many earlier messages the model read for its last code on this text."""
    for coding in reversed(codings):
        if coding.kind is CoderKind.MODEL and coding.revision == revision:
            return limit if coding.window_size is None else coding.window_size
    return limit


def _act(code: str, codings: tuple[Coding, ...], stored: StoredMessage) -> Act:
    """Return what a person does who gives `code`: only the model's present code is confirmed."""
    revision = stored.message.revision
    present = of_model([c for c in codings if c.revision == revision])
    return Act.CONFIRMED if present is not None and code == present.code else Act.CORRECTED


def _repeats(decided: Decided, coder: Coder, note: str, codings: tuple[Coding, ...]) -> bool:
    """Return whether the decision is the last of people's that stand, sent once more."""
    stands = [c for c in standing(codings) if c.kind is CoderKind.HUMAN]
    last = stands[-1] if stands else None
    return last is not None and (
        (last.coder, last.code, last.act) == (coder.name, decided.code, decided.act)
        and last.revision == decided.stored.message.revision
        and (not note or note == last.note)
    )
