"""Who is to code what: assignments, how far everybody is, and the share of the blind audit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bot.domain.assignment import Assignment
from bot.domain.coding import CoderKind
from bot.domain.errors import InputError
from bot.services.people.workload import Workload
from bot.storage.assignments import AssignmentRow
from bot.storage.rows import Coder, SessionRow, Study
from bot.storage.store import Store

_NAMED = 10  # threads or sessions that a sentence may name


@dataclass(frozen=True, slots=True)
class CoderProgress:
    """How far a coder is, in units of analysis: a message, or several that are one thought.

    Of the units `assigned` they have `coded` some as they now read, were `unsure` of some and
    have the others `left`. Of a coder without an assignment (`assigned` is 0) all that they
    coded counts, and nothing is left.
    """

    coder: str
    assigned: int
    coded: int
    unsure: int
    left: int


class Assigning:
    """The assignments of one study."""

    def __init__(self, store: Store, study: Study, workload: Workload | None = None) -> None:
        """Count on `workload`, which the study's queue may share."""
        self._store = store
        self._study = study
        self._workload = workload or Workload(store, study)

    async def assign(
        self,
        coder: Coder,
        *,
        share: float = 1.0,
        threads: Collection[str] | None = None,
        session: str | None = None,
        blind: bool = True,
    ) -> AssignmentRow:
        """Give a person messages to code; the same assignment twice is one.

        All of the study's, or a `share` of them (above 0, up to 1), those of `threads` (ids), of
        a `session` (its name). Raises InputError for what the study does not have, and for a
        model.
        """
        if coder.kind is not CoderKind.HUMAN:
            raise InputError(f"{coder.name!r} is a model, which codes by itself", "name a person")
        if not 0 < share <= 1:
            raise InputError(
                f"a share of {share:g} is none", "give more than 0, and 1 (100 %) at most"
            )
        place = None if session is None else await self._session(session)
        wanted = Assignment(
            coder.name,
            share,
            None if threads is None else await self._threads(threads),
            None if place is None else place.name,
            blind,
        )
        for row in await self.all():
            if row.ended_at is None and row.assignment == wanted:
                return row
        made = await self._store.assignments.add(
            self._study.id, coder.id, wanted, None if place is None else place.id
        )
        return next(row for row in await self.all() if row.id == made)

    async def end(self, assignment_id: int) -> None:
        """End an assignment; what was coded stays. Raises InputError if none with it is open."""
        open_ = [row.id for row in await self.all() if row.ended_at is None]
        if assignment_id not in open_ or not await self._store.assignments.end(assignment_id):
            named = ", ".join(map(str, open_)) or "none is open"
            raise InputError(f"no assignment {assignment_id} is open", f"there are: {named}")

    async def all(self) -> tuple[AssignmentRow, ...]:
        """Return every assignment of the study, ended ones too, in the order they were made."""
        return await self._store.assignments.all(self._study.id)

    async def progress(self) -> tuple[CoderProgress, ...]:
        """Return how far everybody is who is to code something or has coded, by name."""
        standings = await self._workload.read()
        assigned = {a.coder for a in standings.sampling.assignments}
        found = []
        for coder in standings.coders:
            work = await standings.of(coder)
            left = len(work.tasks) if coder in assigned else 0
            held = work.done + left if coder in assigned else 0
            found.append(CoderProgress(coder, held, work.coded, work.unsure, left))
        return tuple(found)

    async def audit_share(self) -> float:
        """Return the share of messages, from 0 to 1, that everybody codes blind."""
        return (await self._store.assignments.sampling(self._study.id)).audit_share

    async def set_audit_share(self, share: float) -> Study:
        """Set the share of messages that everybody codes blind; return the study as it is then.

        A larger slice holds the smaller one. Raises InputError unless it is from 0 to 1.
        """
        check_audit_share(share)
        return await self._store.studies.set_setting(
            self._study.id, "audit_share", repr(float(share))
        )

    async def _session(self, name: str) -> SessionRow:
        found = await self._store.sessions.find(self._study.id, name)
        if found is None:
            known = [s.name for s in await self._store.sessions.all(self._study.id)]
            raise InputError(f"no session is called {name[:100]!r}", _choose(known, "sessions"))
        return found

    async def _threads(self, given: Collection[str]) -> frozenset[str]:
        known = await self._store.queue.threads(self._study.id)
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise InputError(
                f"the study has no group {unknown[0][:100]!r}", _choose(known, "groups")
            )
        if not given:
            raise InputError("no group is named", _choose(known, "groups"))
        return frozenset(given)


def check_audit_share(share: float) -> None:
    """Raise InputError unless a share is from 0 to 1."""
    if not 0 <= share <= 1:  # also what is no number
        raise InputError(
            f"{share * 100:g} % is no share of the messages",
            "give a share from 0 to 1 (0 to 100 %) for the blind audit",
        )


def _choose(known: Collection[str], what: str) -> str:
    if not known:
        return f"it has no {what} yet"
    named = ", ".join(repr(name) for name in list(known)[:_NAMED])
    more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
    return f"it has {named}{more}"
