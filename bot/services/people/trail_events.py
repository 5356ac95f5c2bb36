"""What can happen to a message, as its audit trail tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.domain.coding import Act, CoderKind, Seen, standing
from bot.domain.units import Link, standing_links
from bot.storage.contested import Opened
from bot.storage.marks import standing_marks
from bot.storage.rows import Change, StoredMessage
from bot.storage.trails import CodingRecord


class Saw(StrEnum):
    """What of others' codes a person had been shown when they decided."""

    NOTHING = "nothing of others' codes"
    CODES = "others' codes"
    UNKNOWN = "unknown (imported)"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was done to a message, or to another message of its unit (`message_id`).

    `what` is received, edited or deleted (by its author), an act of coding (coded, confirmed,
    corrected, adjudicated, withdrawn), noted, a mark (unsure, skipped, edge_case, shown,
    undone), a decision on units (joined, separated, taken_back), assigned or assignment_ended.
    `who` is a coder's name, a speaker's pseudonym, or None where it is not known. `stands` tells
    of what can be taken back whether it was not. Everything else is None where it is nothing to
    the event.
    """

    at: datetime
    what: str
    message_id: str
    who: str | None = None
    code: str | None = None
    note: str | None = None
    stands: bool | None = None
    saw: Saw | None = None
    window_size: int | None = None
    cut: bool | None = None
    bundle: str | None = None
    fingerprint: str | None = None
    confidence: float | None = None
    runner_up: str | None = None
    runner_up_confidence: float | None = None
    codebook: str | None = None
    codebook_hash: str | None = None
    revision: int | None = None
    before: str | None = None
    after: str | None = None
    previous_id: str | None = None
    blind: bool | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what the event tells, its time in ISO 8601."""
        told = {f.name: getattr(self, f.name) for f in fields(self)}
        kept = {name: value for name, value in told.items() if value is not None}
        return {**kept, "at": self.at.isoformat()}


def of_change(change: Change, stored: StoredMessage) -> Event:
    """Return what an author did to a message afterwards."""
    message = stored.message
    return Event(
        change.at,
        change.kind,
        message.id,
        message.speaker,
        revision=change.revision,
        before=change.before,
        after=change.after,
    )


def of_codings(records: Sequence[CodingRecord]) -> list[Event]:
    """Return what coders decided, and what of it stands."""
    stands = {id(c) for c in standing([r.coding for r in records])}
    return [_coding(record, stands=id(record.coding) in stands) for record in records]


def _coding(record: CodingRecord, *, stands: bool) -> Event:
    coding = record.coding
    withdrawal = coding.act is Act.WITHDRAWN
    return Event(
        coding.at,
        str(coding.act),
        coding.message_id,
        coding.coder,
        code=coding.code or None,
        note=coding.note,
        stands=None if withdrawal else stands,
        saw=None if withdrawal or coding.kind is CoderKind.MODEL else _saw(coding.seen),
        window_size=coding.window_size,
        cut=coding.cut if coding.kind is CoderKind.MODEL else None,
        bundle=record.bundle,
        fingerprint=record.fingerprint,
        confidence=coding.confidence,
        runner_up=coding.runner_up,
        runner_up_confidence=coding.runner_up_confidence,
        codebook=record.codebook,
        codebook_hash=record.codebook_hash,
        revision=coding.revision,
    )


def _saw(seen: Seen | None) -> Saw:
    return Saw.UNKNOWN if seen is None else Saw[seen.name]


def of_noted(opened: Opened) -> list[Event]:
    """Return what people noted."""
    return [Event(n.at, "noted", n.message_id, n.coder, note=n.text) for n in opened.notes]


def of_marks(opened: Opened) -> list[Event]:
    """Return what people marked, and what of it stands."""
    given = opened.contested.marks
    stands = {mark.id for mark in standing_marks(given)}
    return [
        Event(
            mark.at,
            mark.kind,
            mark.message_id,
            mark.coder,
            stands=None if mark.kind == "undone" else mark.id in stands,
            revision=mark.revision,
        )
        for mark in given
    ]


def of_links(links: Sequence[Link]) -> list[tuple[frozenset[str], Event]]:
    """Return the decisions on units in a discussion, each with the two messages it is about."""
    stands = {id(link) for link in standing_links(links)}
    return [
        (frozenset({link.message_id, link.previous_id}), _link(link, stands=id(link) in stands))
        for link in links
    ]


def _link(link: Link, *, stands: bool) -> Event:
    if link.takes_back:
        return Event(link.at, "taken_back", link.message_id, link.coder)
    return Event(
        link.at,
        "joined" if link.joined else "separated",
        link.message_id,
        link.coder,
        stands=stands,
        previous_id=link.previous_id,
    )
