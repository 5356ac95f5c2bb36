"""The model coders of a desk that are in memory, as one: what they code, how far they are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import structlog

from bot.domain.discussion import Scenario
from bot.inference.bundle import Bundle
from bot.inference.pool import Model
from bot.services.decide import Decision
from bot.services.live import LiveCoder
from bot.storage.rows import Coder

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Seat:
    """A model coder at the desk, and how it codes; `serving` takes what begins."""

    coder: Coder
    live: LiveCoder
    model: Model
    serving: bool = False

    @property
    def bundle(self) -> Bundle:
        """The bundle that the coder is."""
        return self.model.bundle

    @property
    def engine(self) -> str:
        """What computes, such as "onnx-cpu"."""
        return self.model.batcher.engine.name


class SeatedCoders:
    """Model coders for whoever does not ask which of them codes what."""

    def __init__(self) -> None:
        self._seats: dict[int, Seat] = {}
        self._coders: dict[int, Coder] = {}  # whoever has sat here since the start
        self._serving: int | None = None
        self._followed: set[int] = set()
        self._listeners: list[Callable[[Decision], None]] = []
        self._coded_before = 0  # by coders that have left

    @property
    def serving(self) -> Seat | None:
        """Who codes what begins."""
        return None if self._serving is None else self._seats.get(self._serving)

    @property
    def coder(self) -> Coder | None:
        """Who codes what begins, as the database knows it."""
        return None if self._serving is None else self._coders[self._serving]

    def all(self) -> tuple[Seat, ...]:
        """Return every coder that is in memory, the one that serves first."""
        return tuple(
            replace(s, serving=s.coder.id == self._serving)
            for s in sorted(self._seats.values(), key=lambda s: s.coder.id != self._serving)
        )

    def listen(self, listener: Callable[[Decision], None]) -> None:
        """Call `listener` with every decision once it is on disk; it must return at once."""
        self._listeners.append(listener)

    def forget(self, listener: Callable[[Decision], None]) -> None:
        """Stop calling `listener`."""
        self._listeners.remove(listener)

    def check(self, scenarios: Iterable[Scenario]) -> None:
        """Raise InputError for a scenario that is too long for who codes what begins."""
        if self.serving is not None:
            self.serving.live.check(scenarios)

    def follow(self, session_id: int) -> None:
        """Code a session, each its own part."""
        self._followed.add(session_id)
        for seat in self._seats.values():
            seat.live.follow(session_id)

    def retry(self) -> None:
        """Search again where something failed."""
        for seat in self._seats.values():
            seat.live.retry()

    @property
    def coded(self) -> int:
        """Decisions since the start."""
        return self._coded_before + sum(s.live.coded for s in self._seats.values())

    @property
    def waiting(self) -> int:
        """Messages in memory that are not coded yet."""
        return sum(s.live.waiting for s in self._seats.values())

    @property
    def failed(self) -> int:
        """Messages that could not be coded, and have not been since."""
        return sum(s.live.failed for s in self._seats.values())

    async def settled(self) -> None:
        """Wait until everything in the sessions followed is coded or has failed."""
        await asyncio.gather(*(seat.live.settled() for seat in self._seats.values()))

    async def drain(self) -> None:
        """Wait until nothing is pending; raises the first error since the last call."""
        await asyncio.gather(*(seat.live.drain() for seat in self._seats.values()))

    async def _take_seat(self, seat: Seat) -> None:
        """Let a coder begin; it follows what the others follow."""
        seat.live.listen(self._tell)
        await seat.live.start()
        self._seats[seat.coder.id], self._coders[seat.coder.id] = seat, seat.coder
        for session_id in self._followed:
            seat.live.follow(session_id)

    async def _leave_seat(self, seat: Seat) -> None:
        """Let a coder end; at once nothing is heard by it any more."""
        del self._seats[seat.coder.id]
        self._coded_before += seat.live.coded
        await seat.live.close()

    def _tell(self, decision: Decision) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(decision)
            except Exception:  # noqa: BLE001 - coding goes on, whatever a listener does
                _log.exception("a listener failed")
