"""Store -> window -> encode -> score -> store: a model codes what is pending, in order.

The work list is the log itself. What arrives is taken from memory while the coder keeps up;
when it does not, and at every start, it is found in the database by its missing coding.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence

import structlog

from bot.domain.discussion import Scenario
from bot.encoding.encode import Encoder
from bot.services.decide import Decider, Decision, Failure, Scorer
from bot.services.failing import Failing
from bot.services.ingest import Ingest
from bot.services.tails import Tails
from bot.services.worklist import WorkList
from bot.storage.rows import Coder, NewCoding, StoredMessage

_IN_FLIGHT = 64  # messages windowed, encoded and scored together
_ADVANCE = 1_000  # codings after which a session's progress is noted

_log = structlog.get_logger(__name__)


class LiveCoder:
    """One model coding the sessions that it follows.

    `coded` counts decisions since the start, `failed` the messages that at present cannot be
    coded: they stay pending, and are tried again by `retry` and at the next start.
    """

    def __init__(
        self,
        ingest: Ingest,
        encoder: Encoder,
        scorer: Scorer,
        coder: Coder,
        labels: Sequence[str],
        owns: Callable[[int], bool] = lambda _: True,
    ) -> None:
        """Code as `coder`, a model; `labels` name the columns that `scorer` gives.

        `owns` tells of a discussion (its row), as it stands in the database, whether it is this
        coder's to code.
        """
        if coder.codebook_id is None:
            raise ValueError(f"coder {coder.name!r} is not a model")
        self.coder = coder
        self.coded = 0
        self._codebook = coder.codebook_id
        self._ingest = ingest
        self._store = ingest.store
        self._encoder = encoder
        self._tails = Tails(ingest.store.messages, encoder.spec.window)
        self._decider = Decider(encoder, scorer, labels, self._tails)
        self._listeners: list[Callable[[Decision], None]] = []
        self._work = WorkList(self._tails, self._stir, owns)
        self._scoring = 0
        self._unnoted: Counter[int] = Counter()  # session -> codings since its progress was noted
        self._failing = Failing()
        self._lost_track = False  # a turn failed: what it had taken from the work list is unknown
        self._error: Exception | None = None
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._step = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None
        self._worker: asyncio.Task[None] | None = None

    def listen(self, listener: Callable[[Decision], None]) -> None:
        """Call `listener` with every decision once it is on disk; it must return at once."""
        self._listeners.append(listener)

    def forget(self, listener: Callable[[Decision], None]) -> None:
        """Stop calling `listener`."""
        self._listeners.remove(listener)

    def check(self, scenarios: Iterable[Scenario]) -> None:
        """Raise InputError for a scenario that is too long for this model to read."""
        for scenario in scenarios:
            self._encoder.check_scenario(scenario)

    async def start(self, sessions: Iterable[int] = ()) -> None:
        """Begin to code: first what earlier runs left pending, then what arrives."""
        self._ingest.listen(self._work.hear)
        for session_id in sessions:
            self.follow(session_id)
        self._worker = asyncio.create_task(self._run(), name="live-coder")

    def follow(self, session_id: int) -> None:
        """Code a session: search what is pending in it, then listen to it."""
        self._work.follow(session_id)

    def retry(self) -> None:
        """Search again where something failed; does nothing where all went well."""
        sessions = self._failing.take()
        if self._lost_track:
            self._lost_track = False
            sessions |= self._work.followed
        for session_id in sessions:
            self._work.follow(session_id)

    @property
    def failed(self) -> int:
        """Messages that could not be coded, and have not been since."""
        return len(self._failing)

    @property
    def idle(self) -> bool:
        """Whether nothing is pending for it in the sessions followed."""
        return self._idle.is_set() and not (self.failed or self._lost_track)

    @property
    def waiting(self) -> int:
        """Messages in memory that are not coded yet."""
        return len(self._work) + self._scoring

    async def room(self, limit: int) -> None:
        """Wait until no more than `limit` messages wait in memory."""
        while self.waiting > limit:
            await self._unless_dead(self._step.wait())

    async def settled(self) -> None:
        """Wait until everything in the sessions followed is coded or has failed."""
        await self._unless_dead(self._idle.wait())

    async def drain(self) -> None:
        """Wait until nothing is pending in the sessions followed.

        Raises the first error since the last call, if there was one: then what failed is
        still pending.
        """
        await self.settled()
        error, self._error = self._error, None
        if error is not None:
            raise error

    async def close(self) -> None:
        """Stop; what is being scored stays pending for the next start. May be called again."""
        if self._worker is None:
            return
        worker, self._worker = self._worker, None
        self._ingest.forget(self._work.hear)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
        await self._written()
        if self._error is None:
            await self._note()

    def _stir(self) -> None:
        self._idle.clear()
        self._wake.set()

    async def _run(self) -> None:
        while True:
            try:
                await self._turn()
            except Exception as error:  # noqa: BLE001 - live goes on, drain tells of it
                self._error = self._error or error
                self._scoring = 0
                self._lost_track = True
                _log.exception("a turn of coding failed")

    async def _turn(self) -> None:
        if group := self._work.take(_IN_FLIGHT):
            await self._code(group)
        elif self._writing is not None:
            await self._written()
        elif search := self._work.take_search():
            await self._catch_up(*search)
        else:
            self._wake.clear()
            self._idle.set()
            await self._wake.wait()

    async def _catch_up(self, session_id: int, after: int) -> None:
        page = await self._store.codings.pending(
            self.coder.id, session_id, after=after, limit=_IN_FLIGHT
        )
        if not page:
            await self._note()
            return
        self._work.searched(session_id, page)
        await self._code(page)

    async def _code(self, group: Sequence[StoredMessage]) -> None:
        self._scoring = len(group)
        decided = await self._decider.decide(group)
        decisions = [d for d in decided if isinstance(d, Decision)]
        self._failures([d for d in decided if isinstance(d, Failure)])
        await self._written()  # the group before: scored while that was on its way to disk
        self._writing = asyncio.create_task(self._append(decisions))
        self._scoring = 0

    async def _append(self, decisions: Sequence[Decision]) -> None:
        at = self._store.connections.clock()
        codings = [
            NewCoding.of_model(
                d.stored,
                d.prediction,
                coder=self.coder.id,
                codebook=self._codebook,
                at=at,
                window_size=d.window_size,
                cut=d.cut,
            )
            for d in decisions
        ]
        try:
            await self._store.codings.append(codings)
        except Exception as error:  # noqa: BLE001 - told to whoever drains
            self._failures([Failure(d.stored, error) for d in decisions])
            return
        self.coded += len(decisions)
        self._failing.coded(decision.stored for decision in decisions)
        for decision in decisions:
            self._unnoted[decision.stored.session_id] += 1
            self._tell(decision)

    def _tell(self, decision: Decision) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(decision)
            except Exception:  # noqa: BLE001 - coding goes on, whatever a listener does
                _log.exception("a listener failed")

    async def _written(self) -> None:
        if self._writing is not None:
            await asyncio.shield(self._writing)
            self._writing = None
            self._step.set()
            self._step = asyncio.Event()
            if self._unnoted.total() >= _ADVANCE:
                await self._note()

    async def _note(self) -> None:
        for session_id in list(self._unnoted):
            del self._unnoted[session_id]
            try:
                await self._store.codings.advance(self.coder.id, session_id)
            except Exception:  # noqa: BLE001 - only a bound: the next search takes longer
                _log.exception("progress was not noted")

    def _failures(self, failures: Sequence[Failure]) -> None:
        if failures:
            self._failing.add(failure.stored for failure in failures)
            self._error = self._error or failures[0].error
            kind = type(failures[0].error).__name__
            _log.error("messages stay pending", messages=len(failures), error=kind)

    async def _unless_dead(self, awaited: Awaitable[object]) -> None:
        """Wait, but not for a worker that has been stopped."""
        waiter = asyncio.ensure_future(awaited)
        try:
            if self._worker is None:
                raise RuntimeError("the live coder is not running")
            await asyncio.wait({waiter, self._worker}, return_when=asyncio.FIRST_COMPLETED)
            if not waiter.done():
                raise RuntimeError("the live coder was closed")
        finally:
            waiter.cancel()
