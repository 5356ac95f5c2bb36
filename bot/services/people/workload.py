"""What is to be coded in a study, and who has coded it: from the log, kept up with it.

Decisions and names are only ever appended to the log, so they are read once and kept; what
can change (revisions, deletions, marks, units, assignments) is read anew each time. Nothing
here is a truth of its own: another process, or this one after a restart, comes to the same.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bot.domain.assignment import Sampling, audit_place
from bot.domain.coding import CoderKind, Coding, last_of, standing, together, verified
from bot.services.people.abstaining import Abstaining, goes_to_people
from bot.services.people.coder_work import Standings, Unit
from bot.services.people.queue_order import Task
from bot.storage.queue import ByModel, ByPerson, Log, Name, Place
from bot.storage.rows import Study
from bot.storage.store import Store

_TOGETHER = 2_000  # looked at without a break: the event loop goes on in between


class _Drawn(NamedTuple):
    """What follows from a message's name: its place in the audit slice, and its coders."""

    session_id: int
    audit: float | None
    assigned: frozenset[str] | None


class Workload:
    """The work on one study."""

    def __init__(self, store: Store, study: Study) -> None:
        self._store = store
        self._study = study
        self._reading = asyncio.Lock()
        self._named = 0
        self._decided = 0
        self._names: dict[int, Name] = {}
        self._models: dict[int, ByModel] = {}
        self._people: defaultdict[int, list[ByPerson]] = defaultdict(list)
        self._last: defaultdict[str, dict[int, ByPerson]] = defaultdict(dict)
        self._sampling: Sampling | None = None
        self._abstaining = Abstaining(store, study)
        self._below: dict[int, float] | None = None  # by model coder; None: no target error
        self._drawn: dict[int, _Drawn] = {}
        self._alone: dict[int, Unit] = {}  # units of one message, as they were last time
        self._settled: dict[int, bool] = {}

    async def read(self) -> Standings:
        """Return how everything stands now."""
        async with self._reading:
            log = await self._store.queue.log(
                self._study.id, named=self._named, decided=self._decided
            )
            await self._keep(log)
            await self._abstain(log.sampling)
            units = await self._units(log)
            return Standings(log.sampling, units, self._last, log.marks, self.settled)

    def settled(self, unit: Unit) -> bool:
        """Tell whether people have settled on a code for a unit as it now reads, by THE rule."""
        rows = [place.row for place in unit.messages if place.row in self._people]
        if not rows:
            return False
        known = self._settled.get(unit.row) if len(unit.messages) == 1 else None
        if known is None:
            known = self._verified(unit)
            if len(unit.messages) == 1:
                self._settled[unit.row] = known
        return known

    def _verified(self, unit: Unit) -> bool:
        codings = together([_coding(d) for d in self._people.get(p.row, ())] for p in unit.messages)
        revisions = {str(place.row): place.revision for place in unit.messages}
        present = [c for c in standing(codings) if c.revision == revisions[c.message_id]]
        return verified(present, unit.assigned) is not None

    async def _keep(self, log: Log) -> None:
        for name in log.names:
            self._names[name.row] = name
            self._named = max(self._named, name.row)
        for made in log.models:
            self._models[made.message] = made
            self._alone.pop(made.message, None)
        for decision in log.people:
            self._people[decision.message_id].append(decision)
        for n, row in enumerate({decision.message_id for decision in log.people}):
            if n % _TOGETHER == 0:
                await asyncio.sleep(0)
            self._stand(row)
        self._decided = log.last
        if log.sampling != self._sampling:
            self._sampling = log.sampling
            for known in (self._drawn, self._alone, self._settled):
                known.clear()

    async def _abstain(self, sampling: Sampling) -> None:
        """Take over the thresholds as they are now; units that are known were drawn by others."""
        below = None if sampling.target_error is None else await self._abstaining.below()
        if below != self._below:
            self._below = below
            self._alone.clear()

    def _stand(self, row: int) -> None:
        """Note the last decision of each person on a message (its row) that stands."""
        stands = standing(self._people[row])
        for coder in {decision.coder for decision in self._people[row]}:
            last = last_of(stands, coder)
            if last is None:
                self._last[coder].pop(row, None)
            else:
                self._last[coder][row] = last
        self._settled.pop(row, None)

    async def _units(self, log: Log) -> list[Unit]:
        unit_of = {row: rows for rows in log.together for row in rows}
        several: defaultdict[tuple[int, ...], list[tuple[int, Place]]] = defaultdict(list)
        found: list[Unit] = []
        for n, place in enumerate(log.places):
            if n % _TOGETHER == 0:
                await asyncio.sleep(0)
            if place.row in unit_of:
                several[unit_of[place.row]].append((n, place))
                continue
            if place.deleted:
                continue
            unit = self._alone.get(place.row)
            if unit is None or unit.task.place != n or unit.messages[0] != place:
                unit = self._alone[place.row] = self._unit([(n, place)], log)
                self._settled.pop(place.row, None)  # in another session others may be to code it
            found.append(unit)
        there = (m for m in several.values() if not all(place.deleted for _, place in m))
        return [*found, *(self._unit(members, log) for members in there)]

    def _unit(self, members: Sequence[tuple[int, Place]], log: Log) -> Unit:
        places = tuple(place for _, place in members)
        drawn = [self._draw(place, log) for place in places]
        sure = _present(self._confidence(place) for place in places if not place.deleted)
        audited = _present(d.audit for d in drawn)
        assigned = {d.assigned for d in drawn if d.assigned is not None}
        # Most units have the same coders: they share one set.
        together = assigned.pop() if len(assigned) == 1 else frozenset[str]().union(*assigned)
        n, last = next(m for m in reversed(members) if not m[1].deleted)
        # What is one thought is looked at as one: its least certain message decides.
        below = any(self._goes_to_people(place) for place in places if not place.deleted)
        least, audit = min(sure, default=None), min(audited, default=None)
        task = Task(last.row, n, least, audit, None, below)
        return Unit(places, task, together or None)

    def _draw(self, place: Place, log: Log) -> _Drawn:
        known = self._drawn.get(place.row)
        if known is None or known.session_id != place.session_id:
            known = _drawn(place, self._names[place.row], log.sampling, log.sessions)
            self._drawn[place.row] = known
        return known

    def _confidence(self, place: Place) -> float | None:
        made = self._model(place)
        return None if made is None else made.confidence

    def _goes_to_people(self, place: Place) -> bool:
        if self._below is None:
            return True
        made = self._model(place)
        if made is None:
            return True
        return goes_to_people(self._below, made.coder, made.confidence)

    def _model(self, place: Place) -> ByModel | None:
        """Return the last decision of a model on a message as it now reads."""
        made = self._models.get(place.row)
        return made if made is not None and made.revision == place.revision else None


def _drawn(place: Place, name: Name, sampling: Sampling, sessions: Mapping[int, str]) -> _Drawn:
    _, thread, message = name
    audited = sampling.audited(thread, message)
    return _Drawn(
        place.session_id,
        audit_place(sampling.study, thread, message) if audited else None,
        sampling.assigned(sessions[place.session_id], thread, message),
    )


def _present(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _coding(made: ByPerson) -> Coding:
    """Return a decision as the rule reads it."""
    return Coding(
        message_id=str(made.message_id),
        coder=made.coder,
        kind=CoderKind.HUMAN,
        code=made.code,
        at=made.at,
        act=made.act,
        revision=made.revision,
    )
