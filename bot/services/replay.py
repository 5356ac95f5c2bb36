"""A transcript sent again through exactly the path of live messages.

Idempotent: messages have their ids and places from the transcript, so a run that was killed
is finished by running it again, and a finished one changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.domain.discussion import Message, Provenance, Thread
from bot.domain.errors import InputError
from bot.domain.transcript import Transcript
from bot.services.decide import Decision
from bot.services.ingest import Arrival, Ingest
from bot.services.live import LiveCoder
from bot.services.order import Step, in_order
from bot.services.pace import Pace
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

    `stored` messages were new, `known` were there already, of which `differing` stand there
    with another text (the stored one stays). `coded` were coded in this run.
    """

    session: SessionRow
    total: int
    stored: int
    known: int
    differing: int
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
        self._differing = 0
        self._coded = 0
        self._on_the_way = 0
        self._landing = asyncio.Event()
        self._error: BaseException | None = None

    async def run(self) -> Replayed:
        """Send everything that is not stored yet and wait until all of it is coded.

        Raises InputError before anything is written if a scenario is too long for the model
        or the threads hold something else already; later StorageError or EngineError, with
        everything up to there kept: run it again.
        """
        await self.check()
        session = await self._ingest.start_session(self._session)
        last: dict[str, int] = {}
        if self._speed is not None:
            last = await self._ingest.store.messages.last_keys(session.id)
        if self._live is not None:
            self._live.listen(self._decided)
            self._live.follow(session.id)
        try:
            pace = Pace(self._speed)
            for step in in_order(self._transcript):
                if step.position > last.get(step.message.thread_id, -1):
                    await pace.wait(step.due)  # what is stored already is not waited for
                await self._send(session, step)
            await self._landed(down_to=0)
            human = await self._human(session)
            if self._live is not None:
                await self._live.drain()
        finally:
            if self._live is not None:
                self._live.forget(self._decided)
        await self._ingest.end_session(session)
        _log.info("replayed", messages=self._total, stored=self._stored, coded=self._coded)
        return Replayed(
            session, self._total, self._stored, self._known, self._differing, self._coded, human
        )

    async def check(self) -> None:
        """Raise InputError for what cannot go well; writes nothing. `run` does it first."""
        if self._live is not None:
            self._live.check({d.scenario for d in self._transcript.discussions})
        sessions, study = self._ingest.store.sessions, self._ingest.study
        own = await sessions.find(study.id, self._session)
        starts = {
            (step.message.thread_id, step.position): step.discussion.scenario
            for step in in_order(self._transcript)
            if step.starts
        }
        for known in await sessions.of_threads(study.id, self._transcript.threads):
            if own is None or known.session_id != own.id:
                raise InputError(
                    f"thread {known.thread.id!r} stands in another session of study "
                    f"{study.name!r} already",
                    "replay the file into that session, or into another study",
                )
            if starts.get((known.thread.id, known.start_key)) != known.scenario:
                raise InputError(
                    f"thread {known.thread.id!r} of session {own.name!r} has other discussions "
                    "than the file",
                    "replay a changed file into another study",
                )

    def _provenance_of(self, message: Message) -> Provenance:
        """Return how `message` reached us: Discord's words stay Discord's in an export of ours."""
        through_a_platform = (Provenance.DISCORD, Provenance.SELF_HOSTED)
        told = message.provenance
        return told if told in through_a_platform else self._provenance

    async def _send(self, session: SessionRow, step: Step) -> None:
        message = step.message
        if step.starts:
            thread = Thread(message.thread_id, message.thread_id)
            scenario = step.discussion.scenario
            self._ingest.submit_start(session, thread, scenario, step.position)
        arrival = Arrival(
            thread_id=message.thread_id,
            external_id=message.id,
            order_key=step.position,
            author=message.speaker,
            text=message.text,
            sent_at=message.sent_at,
            reply_to=message.reply_to,
            provenance=self._provenance_of(message),
        )
        self._on_the_way += 1
        self._ingest.submit(arrival).add_done_callback(self._arrived)
        await self._landed(down_to=_ON_THE_WAY)
        if self._live is not None:
            await self._live.room(_BACKLOG)

    async def _landed(self, down_to: int) -> None:
        """Wait until no more than `down_to` messages are on the way; raise what went wrong."""
        while self._on_the_way > down_to and self._error is None:
            self._landing.clear()
            await self._landing.wait()
        if self._error is not None:
            raise self._error

    def _arrived(self, done: asyncio.Future[Receipt]) -> None:
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
            self._differing += not receipt.same
            self._tell()

    def _decided(self, decision: Decision) -> None:
        del decision
        self._coded += 1
        self._tell()

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(Progress(self._stored + self._known, self._coded, self._total))

    async def _human(self, session: SessionRow) -> ImportedCodes | None:
        if not self._human_codes:
            return None
        ingest = self._ingest
        return await import_codes(ingest.store, ingest.study, session, self._transcript)
