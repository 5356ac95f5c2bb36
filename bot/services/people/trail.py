"""The audit trail of a message: who decided what, when, having seen what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.coding import Verified, verified
from bot.domain.discussion import Message, Thread
from bot.domain.settling import because
from bot.services.people.trail_events import (
    Event,
    Saw,
    of_change,
    of_codings,
    of_links,
    of_marks,
    of_noted,
)
from bot.storage.assignments import AssignmentRow
from bot.storage.contested import Opened
from bot.storage.rows import StoredMessage, Study
from bot.storage.store import Store
from bot.storage.trails import Recorded

__all__ = ["Event", "Saw", "Trail", "trail", "trails"]


@dataclass(frozen=True, slots=True)
class Trail:
    """A message and all that became of it, in the order of time.

    `unit` are the ids of the messages of its unit of analysis, in order, whose codings are
    told too: they count for it. `rule` is the part of the rule that made the code of `verified`,
    or says why there is none.
    """

    stored: StoredMessage
    session: str
    thread: Thread
    reply_to: Message | None
    unit: tuple[str, ...]
    assigned: tuple[str, ...]
    events: tuple[Event, ...]
    verified: Verified | None
    rule: str

    def to_dict(self) -> dict[str, Any]:
        """Return the trail in plain words and numbers; see docs/review.md for the keys."""
        message, counts = self.stored.message, self.verified
        return {
            "message": {
                "id": message.id,
                "session": self.session,
                "thread_id": message.thread_id,
                "thread": self.thread.name,
                "scenario_id": message.scenario_id,
                "round": message.round,
                "sequence": message.sequence,
                "speaker": message.speaker,
                "sent_at": None if message.sent_at is None else message.sent_at.isoformat(),
                "text": message.text,
                "reply_to": message.reply_to,
                "provenance": str(message.provenance),
                "unit": list(self.unit),
                "assigned": list(self.assigned),
            },
            "events": [event.to_dict() for event in self.events],
            "verified": {
                "code": None if counts is None else counts.code,
                "basis": None if counts is None else str(counts.basis),
                "coders": [] if counts is None else list(counts.coders),
                "rule": self.rule,
            },
        }


async def trail(store: Store, study: Study, stored: StoredMessage) -> Trail:
    """Return the trail of a message of `study`; raises LookupError if it is not the study's."""
    (found,) = await trails(store, study, [stored])
    return found


async def trails(store: Store, study: Study, wanted: Sequence[StoredMessage]) -> list[Trail]:
    """Return the trails of messages of one discussion of `study`, which is read once for all.

    Raises LookupError if one of them is not the study's.
    """
    discussion = wanted[0].discussion_id
    units = await store.disagreements.of_discussion(study.id, discussion)
    opened = {row: unit for unit in units for row in unit.contested.rows}
    foreign = [s.id for s in wanted if s.id not in opened]
    if foreign:
        raise LookupError(f"message row {foreign[0]} is not in study {study.name!r}")
    here = _Here(
        study,
        await store.trails.of_discussion(discussion),
        await store.assignments.all(study.id),
    )
    said = {s.message.id: s.message for unit in units for s in unit.messages}
    found = []
    for stored in wanted:
        target = stored.message.reply_to
        replied = None if target is None else said.get(target)
        if target is not None and replied is None:
            elsewhere = await store.messages.find(study.id, stored.message.thread_id, target)
            replied = None if elsewhere is None else elsewhere.message
        found.append(here.trail(opened[stored.id], stored.id, replied))
    return found


class _Here:
    """What the trails of a discussion's messages share."""

    def __init__(
        self, study: Study, recorded: Recorded, assignments: Sequence[AssignmentRow]
    ) -> None:
        self._study = study
        self._recorded = recorded
        self._assignments = assignments
        self._links = of_links(recorded.links)

    def trail(self, opened: Opened, row: int, replied: Message | None) -> Trail:
        unit, recorded = opened.contested, self._recorded
        stored = next(s for s in opened.messages if s.id == row)
        message = stored.message
        ids = tuple(s.message.id for s in opened.messages)
        codings = (c for r in unit.rows for c in recorded.codings.get(r, ()))
        events = [
            Event(recorded.stored_at[row], "received", message.id, message.speaker),
            *self._assigned(message),
            *(of_change(change, stored) for change in recorded.changes.get(row, ())),
            *of_codings(sorted(codings, key=lambda record: record.id)),
            *of_noted(opened),
            *of_marks(opened),
            *(event for about, event in self._links if not about.isdisjoint(ids)),
        ]
        return Trail(
            stored=stored,
            session=recorded.session,
            thread=recorded.thread,
            reply_to=replied,
            unit=ids,
            assigned=tuple(sorted(unit.assigned or ())),
            events=tuple(sorted(events, key=lambda event: event.at)),
            verified=verified(unit.codings, unit.assigned),
            rule=because(unit.codings, unit.assigned),
        )

    def _assigned(self, message: Message) -> Iterator[Event]:
        for row in self._assignments:
            given, session = row.assignment, self._recorded.session
            if not given.covers(self._study.name, session, message.thread_id, message.id):
                continue
            yield Event(row.created_at, "assigned", message.id, given.coder, blind=given.blind)
            if row.ended_at is not None:
                yield Event(row.ended_at, "assignment_ended", message.id, given.coder)
