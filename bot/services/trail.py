"""The audit trail of a message: who decided what, when, having seen what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.domain.coding import Verified, verified
from bot.domain.discussion import Message, Thread
from bot.domain.settling import because
from bot.services.trail_events import (
    Event,
    Saw,
    of_change,
    of_codings,
    of_links,
    of_marks,
    of_noted,
)
from bot.storage.rows import StoredMessage, Study
from bot.storage.store import Store
from bot.storage.trails import Recorded

__all__ = ["Event", "Saw", "Trail", "trail"]


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
    opened = await store.disagreements.of(study.id, stored.id)
    if opened is None:
        raise LookupError(f"message row {stored.id} is not in study {study.name!r}")
    unit = opened.contested
    stored = next(s for s in opened.messages if s.id == stored.id)
    message = stored.message
    recorded = await store.trails.of(stored.id, unit.rows)
    replied = None
    if message.reply_to is not None:
        replied = await store.messages.find(study.id, message.thread_id, message.reply_to)
    events = [
        Event(recorded.stored_at, "received", message.id, message.speaker),
        *await _assignments(store, study, stored, recorded),
        *(of_change(c, stored) for c in await store.edits.of_message(stored.id)),
        *of_codings(recorded.codings),
        *of_noted(opened),
        *of_marks(opened),
        *of_links(opened, recorded),
    ]
    return Trail(
        stored=stored,
        session=recorded.session,
        thread=recorded.thread,
        reply_to=None if replied is None else replied.message,
        unit=tuple(s.message.id for s in opened.messages),
        assigned=tuple(sorted(unit.assigned or ())),
        events=tuple(sorted(events, key=lambda event: event.at)),
        verified=verified(unit.codings, unit.assigned),
        rule=because(unit.codings, unit.assigned),
    )


async def _assignments(
    store: Store, study: Study, stored: StoredMessage, recorded: Recorded
) -> list[Event]:
    message, found = stored.message, []
    for row in await store.assignments.all(study.id):
        given = row.assignment
        if not given.covers(study.name, recorded.session, message.thread_id, message.id):
            continue
        found.append(Event(row.created_at, "assigned", message.id, given.coder, blind=given.blind))
        if row.ended_at is not None:
            found.append(Event(row.ended_at, "assignment_ended", message.id, given.coder))
    return found
