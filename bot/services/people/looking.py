"""Looking at a message: with what a coder may see of it, and a record that they were shown it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.coding import CoderKind, Coding, Verified, of_model
from bot.domain.discussion import Message
from bot.domain.window import Window, window
from bot.services.people.sight import Known, Read, Sight, read_sight
from bot.storage.rows import Change, Coder, Note, StoredMessage, Study
from bot.storage.store import Store


@dataclass(frozen=True, slots=True)
class Looked:
    """A message as its coder saw it, and all that was decided, noted and changed since.

    `codings` are the message's own; `verified` is what people settled on for its unit. While it
    is `hidden` from whoever looks, `codings` are empty, `verified` is None, and `notes` are
    their own alone.
    """

    stored: StoredMessage
    window: Window
    codings: tuple[Coding, ...]
    verified: Verified | None
    notes: tuple[Note, ...]
    edits: tuple[Change, ...]
    hidden: bool = False

    @property
    def counts(self) -> str | None:
        """The code that counts: the verified one, else the model's last, else None."""
        if self.verified is not None:
            return self.verified.code
        model = of_model(self.codings)
        return None if model is None else model.code


@dataclass(frozen=True, slots=True)
class LookedUnit:
    """A coder's look at a unit of analysis, of which `looked` is the message asked for.

    `unit` are its messages in order, without the deleted ones; `codings` all of theirs, in the
    order they were given, none while they are hidden.
    """

    looked: Looked
    sight: Sight
    unit: tuple[Message, ...]
    codings: tuple[Coding, ...]


class Looking:
    """Looks at messages of one study."""

    def __init__(self, store: Store, study: Study, window: int) -> None:
        """Show windows of up to `window` messages."""
        self._store = store
        self._study = study
        self._limit = window

    async def look(self, stored: StoredMessage, coder: Coder | None) -> Looked:
        """Return a message as it now stands, as `coder` may see it; None: with everything.

        Whoever is shown others' codes gets a mark that says so, once.
        """
        stored = await self._reread(stored)
        read = await read_sight(self._store, self._study, stored, coder)
        if coder is not None and read.sight is not None:
            await self._mark_shown(coder, read.sight, (read.known,))
        return await self._looked(read, coder)

    async def look_at_unit(self, stored: StoredMessage, coder: Coder) -> LookedUnit:
        """Return a message with its whole unit of analysis, as `coder` may see it."""
        stored = await self._reread(stored)
        read = await read_sight(self._store, self._study, stored, coder)
        if read.sight is None:
            raise ValueError("what nobody looks at has no sight")
        await self._mark_shown(coder, read.sight, read.unit)
        said = tuple(
            k.stored.message
            for k in read.unit
            if k.stored.deleted_at is None or k.stored.id == stored.id
        )
        looked = await self._looked(read, coder)
        return LookedUnit(looked, read.sight, said, () if looked.hidden else read.codings)

    async def _looked(self, read: Read, coder: Coder | None) -> Looked:
        stored = read.known.stored
        message = stored.message
        hidden = read.sight is not None and read.sight.hidden
        limit = window_read(read.known.codings, message.revision, self._limit)
        earlier = await self._store.messages.before(stored.discussion_id, message.sequence, limit)
        notes = await self._store.notes.of_message(stored.id)
        if hidden and coder is not None:
            notes = tuple(note for note in notes if note.coder == coder.name)
        return Looked(
            stored,
            window(earlier, stored.scenario, message, limit),
            () if hidden else read.known.codings,
            None if hidden else read.verified,
            notes,
            await self._store.edits.of_message(stored.id),
            hidden,
        )

    async def _mark_shown(self, coder: Coder, sight: Sight, shown: tuple[Known, ...]) -> None:
        if sight.hidden:
            return
        for known in shown:
            others = any(c.coder != coder.name for c in known.codings)
            again = any(m.coder == coder.name and m.kind == "shown" for m in known.marks)
            if others and not again:
                revision = known.stored.message.revision
                await self._store.marks.add(known.stored.id, coder.id, "shown", revision)

    async def _reread(self, stored: StoredMessage) -> StoredMessage:
        message = stored.message
        found = await self._store.messages.find(self._study.id, message.thread_id, message.id)
        return stored if found is None else found


def window_read(codings: tuple[Coding, ...], revision: int, limit: int) -> int:
    """Return how many earlier messages the model read for its last code on this text."""
    for coding in reversed(codings):
        if coding.kind is CoderKind.MODEL and coding.revision == revision:
            return limit if coding.window_size is None else coding.window_size
    return limit
