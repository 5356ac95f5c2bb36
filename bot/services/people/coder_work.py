"""How everybody's work on a study stands at one moment: what they did, and what is left."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.domain.assignment import Sampling
from bot.domain.coding import Act
from bot.services.people.queue_order import Task
from bot.storage.marks import standing_marks
from bot.storage.queue import ByPerson, Marked, Place
from bot.storage.rows import Mark

_TOGETHER = 2_000  # units looked at without a break: the event loop goes on in between


class Unit(NamedTuple):
    """A unit of analysis: its messages in order, of which one at least was not deleted.

    `task` is what it is to whoever has yet to code it, `assigned` are the coders who are to,
    None where nobody is.
    """

    messages: tuple[Place, ...]
    task: Task
    assigned: frozenset[str] | None

    @property
    def row(self) -> int:
        """The row of its last message that was not deleted, which is the one that is offered."""
        return self.task.row


@dataclass(frozen=True, slots=True)
class Work:
    """What a coder has to do and has done, in units of analysis.

    `coded` and `unsure` count what they are done with, `audited` how much of that belongs to
    the audit slice; `tasks` are what is left.
    """

    tasks: Sequence[Task]
    coded: int
    unsure: int
    audited: int

    @property
    def done(self) -> int:
        """Units that the coder is done with."""
        return self.coded + self.unsure


_Marks = Mapping[int, Sequence[Mark]]  # by message


class Standings:
    """How everybody stands; to be asked at once, as the decisions go on below it."""

    def __init__(
        self,
        sampling: Sampling,
        units: Sequence[Unit],
        last: Mapping[str, Mapping[int, ByPerson]],
        marks: Iterable[Marked],
        settled: Callable[[Unit], bool],
    ) -> None:
        """Take `last`, each coder's decision that stands by message, and the rule's `settled`."""
        self.sampling = sampling
        self._units = units
        self._last = last
        self._settled = settled
        by_coder: defaultdict[str, list[Marked]] = defaultdict(list)
        for marked in marks:
            by_coder[marked.mark.coder].append(marked)
        self._marks = {coder: _standing(given) for coder, given in by_coder.items()}

    @property
    def coders(self) -> tuple[str, ...]:
        """Everybody who is to code something, or has; by name."""
        assigned = {a.coder for a in self.sampling.assignments}
        deciders = {coder for coder, last in self._last.items() if last}
        return tuple(sorted(assigned | deciders | {c for c, m in self._marks.items() if m}))

    def unit_of(self, row: int) -> Unit | None:
        """Return the unit that a message (its row) belongs to, None where all was deleted."""
        return next((u for u in self._units if any(p.row == row for p in u.messages)), None)

    async def of(self, coder: str) -> Work:
        """Return a coder's work.

        Theirs is what they are assigned; with no assignment at all everything that nobody is
        assigned to and on which people have not settled. What others are to code is theirs: a
        correction would settle it behind their backs.
        """
        tasked = any(a.coder == coder for a in self.sampling.assignments)
        marks, own = self._marks.get(coder, {}), self._last.get(coder, {})
        tasks: list[Task] = []
        coded = unsure = audited = 0
        for n, unit in enumerate(self._units):
            if n % _TOGETHER == 0:
                await asyncio.sleep(0)
            if tasked and (unit.assigned is None or coder not in unit.assigned):
                continue
            said = bool(own) and _said(unit, own)
            if said or (marks and _marked(unit, marks, "unsure") is not None):
                coded, unsure = coded + said, unsure + (not said)
                audited += unit.task.audit is not None
            elif tasked or (unit.assigned is None and not self._settled(unit)):
                skipped = _marked(unit, marks, "skipped") if marks else None
                tasks.append(unit.task if skipped is None else unit.task._replace(skipped=skipped))
        return Work(tasks, coded, unsure, audited)

    def last_decision(self, coder: str) -> ByPerson | None:
        """Return the coder's last decision that they can take back in the queue.

        No adjudication: that was settled with a reason, and is not stepped back from by the
        way.
        """
        own = self._last.get(coder, {})
        made = [
            own[place.row]
            for unit in self._units
            for place in unit.messages
            if place.row in own and not place.deleted
        ]
        return max((d for d in made if d.act is not Act.ADJUDICATED), default=None)  # by their rows

    def last_mark(self, coder: str) -> Marked | None:
        """Return the coder's last `unsure` or `skipped` that stands on what is still there."""
        marks = self._marks.get(coder, {})
        given = [
            Marked(place.row, mark)
            for unit in self._units
            for place in unit.messages
            if place.row in marks and not place.deleted
            for mark in marks[place.row]
        ]
        return max(given, key=lambda marked: marked.mark.id, default=None)


def _said(unit: Unit, own: Mapping[int, ByPerson]) -> bool:
    """Return whether a decision among `own` is on a message of the unit as it now reads."""
    for place in unit.messages:
        last = own.get(place.row)
        if last is not None and last.revision == place.revision:
            return True
    return False


def _standing(given: Sequence[Marked]) -> _Marks:
    stands = {mark.id for mark in standing_marks(m.mark for m in given)}
    found: defaultdict[int, list[Mark]] = defaultdict(list)
    for marked in given:
        if marked.mark.id in stands:
            found[marked.message].append(marked.mark)
    return found


def _marked(unit: Unit, marks: _Marks, kind: str) -> int | None:
    """Return the last mark of a kind on a unit as it now reads."""
    found = [
        mark.id
        for place in unit.messages
        for mark in marks.get(place.row, ())
        if mark.kind == kind and mark.revision == place.revision
    ]
    return max(found, default=None)
