"""How a running session stands, for the staff: counts from the log, speed as it was heard."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import median
from time import monotonic
from typing import Protocol

from bot.domain.assignment import Sampling
from bot.domain.coding import Act, verified_code
from bot.domain.discussion import Thread
from bot.services.decide import Decision
from bot.services.ingest import Edited, Event, Ingest
from bot.services.people.sight import to_be_coded_blind
from bot.services.summary import last_decision
from bot.storage.live_rows import Run
from bot.storage.numbers import Counted, Tally, Uncertain
from bot.storage.rows import Coder, DiscussionRow, Receipt, SessionRow
from bot.storage.store import Store

__all__ = ["GroupNumbers", "Numbers", "SessionNumbers", "Uncertain"]

_UNCERTAIN = 5  # least certain codes that are shown
_RECENT = 1_000  # codings of a session that its median is taken over
_REMEMBERED = 20_000  # messages stored and not yet coded whose times are kept


@dataclass(frozen=True, slots=True)
class GroupNumbers:
    """A thread's messages in the session; `scenario` is the title of the one it discusses now.

    `coded` counts those with the model's code as they now stand. `waiting` are still to be
    coded; messages deleted before they were coded are neither.
    """

    thread: Thread
    scenario: str
    messages: int
    coded: int
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class SessionNumbers:
    """How a session stands.

    `slowest_ms` and `median_ms` are from a message on disk to its code on disk, since the
    program began; None before the first. `codes` are the codes that count (people's over the
    model's), most frequent first; `uncertain` the model's least certain codes that nobody has
    decided on, without those of messages that somebody is still to code blind; `gaps` the places
    where messages are missing. `corrected` and `confirmed` count messages by how people last
    decided on them. `timed` are the runs that have not
    ended and will by themselves.
    """

    session: SessionRow
    groups: tuple[GroupNumbers, ...]
    messages: int
    coded: int
    waiting: int
    slowest_ms: float | None
    median_ms: float | None
    codes: tuple[tuple[str, int], ...]
    uncertain: tuple[Uncertain, ...]
    gaps: int
    corrected: int = 0
    confirmed: int = 0
    timed: tuple[Run, ...] = ()


@dataclass(slots=True)
class _Speed:
    """Milliseconds from stored to coded in one session."""

    slowest: float | None = None
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=_RECENT))


class Decides(Protocol):
    """What codes the sessions: a live coder, or all of a desk's."""

    @property
    def coder(self) -> Coder | None:
        """Who codes what begins."""
        ...

    def listen(self, listener: Callable[[Decision], None], /) -> None:
        """Call `listener` with every decision once it is on disk."""
        ...

    def forget(self, listener: Callable[[Decision], None], /) -> None:
        """Stop calling `listener`."""
        ...


class Numbers:
    """The numbers of one study's sessions. Close it when it is no longer asked."""

    def __init__(
        self,
        store: Store,
        ingest: Ingest,
        live: Decides | None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Count what `live` decides; `clock` gives seconds."""
        self._store = store
        self._ingest = ingest
        self._live = live
        self._clock = clock
        self._stored: OrderedDict[int, float] = OrderedDict()  # message row -> when it was stored
        self._speeds: defaultdict[int, _Speed] = defaultdict(_Speed)
        self._listening = live is not None
        if live is not None:
            ingest.listen(self._heard)
            live.listen(self._decided)

    def close(self) -> None:
        """Stop listening. May be called again."""
        if self._live is not None and self._listening:
            self._listening = False
            self._ingest.forget(self._heard)
            self._live.forget(self._decided)

    async def of(self, session: SessionRow) -> SessionNumbers:
        """Return how a session stands now."""
        serving = None if self._live is None else self._live.coder
        coder = None if serving is None else serving.id
        sampling = await self._store.assignments.sampling(session.study_id)

        def may_show(thread_id: str, message_id: str) -> bool:
            return not to_be_coded_blind(sampling, session.name, thread_id, message_id)

        counted = await self._store.numbers.of(session.id, coder, _UNCERTAIN, may_show)
        discussions = await self._store.sessions.discussions(session.id)
        gaps = await self._store.gaps.of_session(session.id)
        runs = await self._store.runs.of(session.id)
        decided = Counter(last_decision(message.codings) for message in counted.reviewed)
        whole = _sum(counted.tallies.values())
        speed = self._speeds.get(session.id, _Speed())
        return SessionNumbers(
            session=session,
            groups=_groups(discussions, counted),
            messages=whole.messages,
            coded=whole.coded,
            waiting=whole.waiting,
            slowest_ms=speed.slowest,
            median_ms=median(speed.recent) if speed.recent else None,
            codes=_codes(counted, sampling, session.name),
            uncertain=counted.uncertain,
            gaps=len(gaps),
            corrected=decided[Act.CORRECTED],
            confirmed=decided[Act.CONFIRMED],
            timed=tuple(r for r in runs if r.ended_at is None and r.ends_at is not None),
        )

    def _heard(self, event: Event) -> None:
        if isinstance(event, Receipt) and event.stored.deleted_at is None:
            self._stored[event.stored.id] = self._clock()
            if len(self._stored) > _REMEMBERED:
                self._stored.popitem(last=False)
        elif isinstance(event, Edited) and event.stored.deleted_at is not None:
            self._stored.pop(event.stored.id, None)

    def _decided(self, decision: Decision) -> None:
        began = self._stored.pop(decision.stored.id, None)
        if began is None:  # stored by an earlier process, or coded again
            return
        took = (self._clock() - began) * 1000
        speed = self._speeds[decision.stored.session_id]
        speed.recent.append(took)
        speed.slowest = took if speed.slowest is None else max(took, speed.slowest)


def _groups(discussions: tuple[DiscussionRow, ...], counted: Counted) -> tuple[GroupNumbers, ...]:
    by_thread: dict[str, list[DiscussionRow]] = {}
    for row in discussions:
        by_thread.setdefault(row.thread.id, []).append(row)
    nothing = Tally(0, 0, 0)
    groups = []
    for rows in by_thread.values():
        present = rows[-1]
        tally = _sum(counted.tallies.get(row.id, nothing) for row in rows)
        title = present.scenario.title or present.scenario.id
        groups.append(
            GroupNumbers(present.thread, title, tally.messages, tally.coded, tally.waiting)
        )
    return tuple(groups)


def _codes(counted: Counted, sampling: Sampling, session: str) -> tuple[tuple[str, int], ...]:
    """Return the codes that count, with their numbers: what people settled on goes first."""
    codes = Counter(counted.codes)
    for message in counted.reviewed:
        assigned = sampling.assigned(session, message.thread_id, message.message_id)
        verified = verified_code(message.codings, assigned)
        if verified is not None:
            codes[verified] += 1
            if message.present is not None:
                codes[message.present] -= 1
    ordered = sorted(codes.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple((code, number) for code, number in ordered if number)


def _sum(tallies: Iterable[Tally]) -> Tally:
    all_ = list(tallies)
    return Tally(
        sum(t.messages for t in all_), sum(t.coded for t in all_), sum(t.waiting for t in all_)
    )
