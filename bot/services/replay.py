"""A transcript sent again through exactly the path of live messages.

Idempotent: messages have their ids and places from the transcript, so a run that was killed
is finished by running it again, and a finished one changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import islice

import structlog

from bot.domain.discussion import Message, Provenance, Thread
from bot.domain.errors import InputError
from bot.domain.transcript import Transcript
from bot.services.decide import Decision
from bot.services.ingest import Arrival, Ingest, Start
from bot.services.live import LiveCoder
from bot.services.order import Step, in_order
from bot.services.pace import Pace
from bot.services.places import Places, find_places
from bot.services.study import ImportedCodes, import_codes
from bot.storage.errors import StorageError
from bot.storage.rows import Receipt, SessionRow

_ON_THE_WAY = 256  # messages handed in and not yet on disk: what one commit can take
_BACKLOG = 1_000  # messages stored and not yet coded

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a replay is, in messages; `coded` counts those of this run."""

    stored: int
    coded: int
    total: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did.

    `stored` messages were new, `known` were there already, of which `differing` (their ids)
    stand there with another text (the stored one stays, unless the file has only the deletion
    left: then its words are removed). `coded` were coded in this run.
    """

    session: SessionRow
    total: int
    stored: int
    known: int
    differing: tuple[str, ...]
    coded: int
    human: ImportedCodes | None


class Replay:
    """Sends a transcript into a session. Without a live coder the messages are only stored."""

    def __init__(
        self,
        ingest: Ingest,
        live: LiveCoder | None,
        transcript: Transcript,
        session: str,
        *,
        speed: float | None = None,
        human_codes: bool = False,
        provenance: Provenance = Provenance.REPLAY,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        """Send at `speed` times the recorded pace (None: as fast as it is stored).

        With `human_codes` the transcript's own codes are stored as codings by people.
        """
        if speed is not None and not speed > 0:
            raise InputError(f"speed {speed} is not above 0", "give 1, 10 or max")
        self._ingest = ingest
        self._live = live
        self._transcript = transcript
        self._session = session
        self._speed = speed
        self._human_codes = human_codes
        self._provenance = provenance
        self._progress = progress
        self._total = len(transcript.messages)
        self._stored = 0
        self._known = 0
        self._differing: list[str] = []
        self._coded = 0
        self._deleted: list[Message] = []  # of the file: known, and deleted by their authors since
        self._on_the_way = 0
        self._landing = asyncio.Event()
        self._error: BaseException | None = None

    async def run(self) -> Replayed:
        """Send everything that is not stored yet and wait until all of it is coded.

        Raises InputError before anything is written if a scenario is too long for the model
        or the messages have no place in what the threads hold already; later StorageError or
        EngineError, with everything up to there kept: run it again.
        """
        places = await self.check()
        if self._live is not None:
            self._live.listen(self._decided)
        try:
            pace = Pace(self._speed)
            steps = in_order(self._transcript)
            for step in islice(steps, 1):
                # By itself: the session begins in the transaction of its first message, or not.
                await self._send(step, places, pace)
                await self._landed(down_to=0)
            session = await self._ingest.start_session(self._session)
            if self._live is not None:
                self._live.follow(session.id)
                # While it still searches the log, what arrives does not wait in memory, and
                # `room` would let everything in at once.
                await self._live.settled()
            for step in steps:
                await self._send(step, places, pace)
                await self._landed(down_to=_ON_THE_WAY)
                if self._live is not None:
                    await self._live.room(_BACKLOG)
            await self._landed(down_to=0)
            await self._delete()
            human = await self._human(session)
            if self._live is not None:
                await self._live.drain()
        finally:
            if self._live is not None:
                self._live.forget(self._decided)
        await self._ingest.end_session(session)
        _log.info("replayed", messages=self._total, stored=self._stored, coded=self._coded)
        return Replayed(
            session,
            self._total,
            self._stored,
            self._known,
            tuple(self._differing),
            self._coded,
            human,
        )

    @property
    def so_far(self) -> Progress:
        """How far it is."""
        return Progress(self._stored + self._known, self._coded, self._total)

    async def check(self) -> Places:
        """Return where the messages go; raises InputError for what cannot go well.

        Writes nothing. `run` does it first.
        """
        if self._live is not None:
            self._live.check({d.scenario for d in self._transcript.discussions})
        ingest = self._ingest
        return await find_places(ingest.store, ingest.study, self._session, self._transcript)

    def _provenance_of(self, message: Message) -> Provenance:
        """Return how `message` reached us: Discord's words stay Discord's in an export of ours."""
        through_a_platform = (Provenance.DISCORD, Provenance.SELF_HOSTED)
        told = message.provenance
        return told if told in through_a_platform else self._provenance

    async def _send(self, step: Step, places: Places, pace: Pace) -> None:
        message = step.message
        if (message.thread_id, message.id) not in places.known:
            await pace.wait(step.due)  # what is stored already is not waited for
        # Nothing is awaited from here on: a start and its first message share a transaction.
        if step.starts:
            self._ingest.submit_start(
                Start(
                    study_id=self._ingest.study.id,
                    session=self._session,
                    thread=Thread(message.thread_id, message.thread_id),
                    scenario=step.discussion.scenario,
                    start_key=places.starts[step.discussion.key],
                    round=step.discussion.round,
                )
            )
        arrival = Arrival(
            thread_id=message.thread_id,
            external_id=message.id,
            order_key=places.order_key(message),
            author=message.speaker,
            text=message.text,
            sent_at=message.sent_at,
            reply_to=message.reply_to,
            provenance=self._provenance_of(message),
            deleted=message.id in self._transcript.deleted,
        )
        self._on_the_way += 1
        self._ingest.submit(arrival).add_done_callback(partial(self._arrived, message))

    async def _delete(self) -> None:
        """Delete what was stored before its author deleted it, as far as the file does."""
        at = self._ingest.store.connections.clock()
        for message in self._deleted:
            keep = bool(message.text)
            await self._ingest.deleted(message.thread_id, message.id, at, keep_text=keep)

    async def _landed(self, down_to: int) -> None:
        """Wait until no more than `down_to` messages are on the way; raise what went wrong."""
        while self._on_the_way > down_to and self._error is None:
            self._landing.clear()
            await self._landing.wait()
        if self._error is not None:
            raise self._error

    def _arrived(self, message: Message, done: asyncio.Future[Receipt]) -> None:
        self._on_the_way -= 1
        self._landing.set()
        if done.cancelled():
            self._error = self._error or StorageError("the store was closed during the replay.")
        elif (error := done.exception()) is not None:
            self._error = self._error or error
        else:
            receipt = done.result()
            self._stored += receipt.new
            self._known += not receipt.new
            to_delete = receipt.stored.deleted_at is None and message.id in self._transcript.deleted
            if to_delete:
                self._deleted.append(message)
            if not receipt.same and not (to_delete and not message.text):
                self._differing.append(message.id)
            self._tell()

    def _decided(self, decision: Decision) -> None:
        del decision
        self._coded += 1
        self._tell()

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(self.so_far)

    async def _human(self, session: SessionRow) -> ImportedCodes | None:
        if not self._human_codes:
            return None
        ingest = self._ingest
        return await import_codes(ingest.store, ingest.study, session, self._transcript)
