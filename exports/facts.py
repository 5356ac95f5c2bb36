"""What every form tells of a message, worked out once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.coding import Coding, Verified, latest, standing
from bot.domain.discussion import Message
from bot.domain.units import members
from bot.storage.marks import standing_marks
from bot.storage.rows import CodedDiscussion, Mark, Note

TOLD_MARKS = ("edge_case", "unsure")
"""The marks that leave: what a person thinks of a message. The others steer the queue."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A message with what people and models made of it.

    `stands` tells for each of `codings` whether it stands, `counts` whether it is its coder's
    latest that stands: one a coder, no more. `unit` is the id of the first message
    of its unit of analysis, which has `unit_messages` in order; `missing` the number of messages
    that are missing just before it.
    """

    message: Message
    codings: tuple[Coding, ...]
    stands: tuple[bool, ...]
    counts: tuple[bool, ...]
    verified: Verified | None
    unit: str
    unit_messages: tuple[str, ...]
    unit_verified: Verified | None
    assigned: tuple[str, ...]
    marks: tuple[Mark, ...]
    notes: tuple[Note, ...]
    missing: int
    deleted: bool

    @property
    def standing(self) -> tuple[Coding, ...]:
        """The codings that stand, in the order they were given."""
        return tuple(c for c, stands in zip(self.codings, self.stands, strict=True) if stands)


def facts(coded: CodedDiscussion) -> Iterator[Facts]:
    """Yield what is to be told of each message of a discussion, in sequence."""
    unit_of = {m.id: coded.unit_of(m.id) for m in coded.discussion.messages}
    units = members(unit_of)
    settled: dict[str, Verified | None] = {}
    for message in coded.discussion.messages:
        codings = coded.codings.get(message.id, ())
        own = coded.verified(message.id)
        unit = unit_of[message.id]
        if len(units[unit]) == 1:
            settled[unit] = own
        elif unit not in settled:
            settled[unit] = coded.verified_unit(unit)
        stands = {id(coding) for coding in standing(codings)}
        counts = {id(coding) for coding in latest(codings).values()}
        marks = standing_marks(coded.marks.get(message.id, ()))
        yield Facts(
            message=message,
            codings=codings,
            stands=tuple(id(coding) in stands for coding in codings),
            counts=tuple(id(coding) in counts for coding in codings),
            verified=own,
            unit=unit,
            unit_messages=units[unit],
            unit_verified=settled[unit],
            assigned=tuple(sorted(coded.assigned.get(message.id, ()))),
            marks=tuple(m for m in marks if m.kind in TOLD_MARKS),
            notes=coded.notes.get(message.id, ()),
            missing=coded.missing.get(message.id, 0),
            deleted=message.id in coded.deleted,
        )
