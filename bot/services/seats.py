"""The model coders of a desk: one serves what begins, earlier ones end what was begun with them.

Whose a discussion is stands in the database (storage.pins); what is kept here follows it, in the
order of the log, so a message is taken by exactly one of them.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.domain.errors import IntercoderError
from bot.inference.pool import Model, Pool
from bot.services.ingest import Event, Ingest, Started
from bot.services.live import LiveCoder
from bot.services.returning import Returning
from bot.services.seated_coders import Seat, SeatedCoders
from bot.services.study import register_bundle
from bot.storage.pins import Seated


class Seats(SeatedCoders):
    """A desk's model coders: who sits down, who leaves, and whose a discussion is."""

    def __init__(self, ingest: Ingest, pool: Pool | None) -> None:
        super().__init__()
        self._ingest = ingest
        self._store = ingest.store
        self._pool = pool
        self._pins: dict[int, int] = {}
        self._news: list[str] = []
        self._changing = asyncio.Lock()
        self._returning = Returning(self._sit_again, self.tell)
        self._opened = self._closed = False

    @property
    def closed(self) -> bool:
        """Whether nothing is coded any more."""
        return self._closed

    @property
    def lost(self) -> tuple[str, ...]:
        """What waits for a coder that cannot be loaded, a sentence each."""
        return self._returning.lost

    def news(self) -> tuple[str, ...]:
        """Return what the staff is to be told since the last call."""
        told, self._news = tuple(self._news), []
        return told

    def tell(self, sentence: str) -> None:
        """Add to what the staff is to be told."""
        self._news.append(sentence)

    def retry(self) -> None:
        """Search again where something failed, and look again for who could not be loaded."""
        super().retry()
        self._returning.retry()

    async def settled(self) -> None:
        """Wait until everything in the sessions followed is coded or has failed."""
        await self._returning.wait()
        await super().settled()

    async def drain(self) -> None:
        """Wait until nothing is pending; raises the first error since the last call."""
        await self._returning.wait()
        await super().drain()

    async def open(self) -> None:
        """Read whose the discussions are, and listen to what arrives in them."""
        self._pins = await self._store.pins.of_study(self._ingest.study.id)
        self._ingest.listen(self._hear)
        self._opened = True

    async def seat(self, model: Model | None, folder: Path | None) -> None:
        """Let a model, taken from the pool for this, code what begins; None: nobody.

        `folder` is where its bundle stands.

        What is there stays with who codes it now. Raises InputError if the model gives codes
        that the study does not have, StorageError if it could not be written: then all is as
        before, and the model is given back.
        """
        async with self._changing:
            new = None
            try:
                if model is not None:
                    new = await self._sit(model)
                coder_id = None if new is None else new.coder.id
                done = self._store.pins.seat(self._ingest.study.id, coder_id, folder)
                done.add_done_callback(self._seated)
                await asyncio.shield(done)
            except Exception:
                if new is not None and new.coder.id != self._serving:
                    await self._leave_if_idle()
                raise
        # Asked only now: what begins from here on is followed by its conductor.
        for session in await self._store.followed.running(self._ingest.study.id):
            self.follow(session.id)
        if new is not None:
            await self._finish(new.coder.id)
        await self.tidy()

    async def recall(self) -> None:
        """Call back, after a start, the earlier coders of what goes on or was not all coded."""
        talking = await self._store.pins.talking(self._ingest.study.id)
        for coder_id in sorted(set(self._pins.values()) - self._seats.keys()):
            if await self._finish(coder_id) or coder_id in talking:
                self._returning.call(coder_id)
        await self._returning.wait()

    async def _finish(self, coder_id: int) -> bool:
        """Follow the sessions in which something of a coder's is pending; return if there are."""
        left = await self._store.codings.unfinished(coder_id, self._ingest.study.id)
        for session_id in left:
            self.follow(session_id)
        return bool(left)

    async def tidy(self) -> None:
        """Let go of the coders to whom nothing is to come; they are called back if it does."""
        if len(self._seats) > (self._serving is not None):
            async with self._changing:
                await self._leave_if_idle()

    async def close(self) -> None:
        """Stop coding; what waits stays pending for the next start. May be called again."""
        if not self._closed and self._opened:
            self._ingest.forget(self._hear)
        self._closed = True
        await self._returning.stop()
        async with self._changing:
            for seat in tuple(self._seats.values()):
                await self._leave(seat)

    async def _sit(self, model: Model) -> Seat:
        """Return the model's seat, a new one if it has none; it owns what the database says."""
        try:
            coder = await register_bundle(self._store, self._ingest.study, model.bundle.manifest)
            if self._closed:
                raise RuntimeError("the desk is closed")
        except BaseException:
            await self._give_back(model)
            raise
        if (known := self._seats.get(coder.id)) is not None:
            await self._give_back(model)
            return known
        live = LiveCoder(
            self._ingest,
            model.encoder,
            model.batcher,
            coder,
            model.bundle.manifest.labels,
            owns=lambda discussion_id: self._owner(discussion_id) == coder.id,
        )
        seat = Seat(coder, live, model)
        await self._take_seat(seat)
        return seat

    def _seated(self, done: asyncio.Future[Seated]) -> None:
        """Follow the database, at the same place in the order of the log."""
        if not done.cancelled() and done.exception() is None:
            self._pins.update(done.result().pins)
            self._serving = done.result().coder_id

    def _owner(self, discussion_id: int) -> int | None:
        return self._pins.get(discussion_id, self._serving)

    def _hear(self, event: Event) -> None:
        """Call a coder back to whom something has come after all."""
        if isinstance(event, Started):
            return
        owner = self._owner(event.stored.discussion_id)
        if owner is None or owner in self._seats or self._closed:
            return
        if event.stored.session_id in self._followed:
            self._returning.hear(owner)

    async def _sit_again(self, coder_id: int) -> None:
        async with self._changing:
            await self._sit(await self._load(coder_id))

    async def _load(self, coder_id: int) -> Model:
        coders = await self._store.studies.coders(self._ingest.study.id)
        coder = next(c for c in coders if c.id == coder_id)
        folder = await self._store.pins.folder(coder_id)
        if self._pool is None or folder is None or coder.fingerprint is None:
            raise IntercoderError(f"it is not known where the bundle of {coder.name!r} stands.")
        return await self._pool.take(folder, coder.fingerprint)

    async def _leave_if_idle(self) -> None:
        talking = await self._store.pins.talking(self._ingest.study.id)
        for seat in tuple(self._seats.values()):
            if seat.coder.id not in {*talking, self._serving} and seat.live.idle:
                await self._leave(seat)

    async def _leave(self, seat: Seat) -> None:
        await self._leave_seat(seat)  # what it is to hear from here on calls it back
        await self._give_back(seat.model)

    async def _give_back(self, model: Model) -> None:
        if self._pool is not None:
            await self._pool.give_back(model)
