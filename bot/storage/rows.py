"""What the store takes and gives beside the domain's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from bot.domain.codebook import Codebook
from bot.domain.coding import Act, CoderKind, Coding, Prediction, Seen, Verified, together, verified
from bot.domain.discussion import Discussion, Message, Provenance, Scenario, Thread


@dataclass(frozen=True, slots=True)
class Study:
    """A study with its current codebook; `codebook_id` is that version's row."""

    id: int
    name: str
    codebook: Codebook
    codebook_id: int
    settings: Mapping[str, Any]
    created_at: datetime

    @property
    def keeps_deleted(self) -> bool:
        """Whether the words of a message that its author deleted stay in the log."""
        return bool(self.settings.get("deleted_text", "remove") == "keep")


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as stored."""

    id: int
    study_id: int
    name: str
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class DiscussionRow:
    """One thread's talk about one scenario; it owns the order keys from `start_key` on."""

    id: int
    session_id: int
    thread: Thread
    scenario: Scenario
    round: int
    start_key: int

    @property
    def key(self) -> tuple[str, str, int]:
        """What tells it from other discussions of a study: thread, scenario and round."""
        return (self.thread.id, self.scenario.id, self.round)


@dataclass(frozen=True, slots=True)
class Started:
    """What starting a discussion did; `moved` stored messages turned out to belong to it."""

    discussion: DiscussionRow
    new: bool
    moved: int


@dataclass(frozen=True, slots=True)
class Account:
    """Who wrote a message on a platform; storage turns it into a pseudonym."""

    platform: str
    id: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as it reaches the one door.

    `order_key` is its place in the thread (a Discord snowflake, a position in a file), of
    which each message has its own.
    `author` is an account, or a pseudonym that the source already uses. `deleted` tells that
    the author has deleted it since.
    """

    thread_id: str
    external_id: str
    order_key: int
    author: Account | str
    text: str
    sent_at: datetime | None
    reply_to: str | None = None
    provenance: Provenance = Provenance.IMPORT
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message with its place in the store; `id` is the row, `context` see tables.py."""

    id: int
    session_id: int
    discussion_id: int
    context: int
    scenario: Scenario
    message: Message
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an arrival.

    `new` is False when it was known already and nothing was changed; `same` is then whether
    the known text is the arrival's. `moved` later messages were renumbered.
    """

    stored: StoredMessage
    new: bool
    same: bool = True
    moved: int = 0


@dataclass(frozen=True, slots=True)
class Edited:
    """A message got a new text, or (with `deleted_at`) was deleted.

    `reopened` later messages, whose coders had seen the old text, are pending again.
    """

    stored: StoredMessage
    reopened: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """What an author did to a message afterwards; without `after` it was deleted.

    `revision` is the one that this made, or that was deleted. The words are None, too, where
    they were removed.
    """

    kind: Literal["edited", "deleted"]
    at: datetime
    revision: int
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands: the row of its discussion, and its order key."""

    discussion_id: int
    order_key: int


@dataclass(frozen=True, slots=True)
class Coder:
    """Whoever decides in a study. A model has a bundle, and that bundle a codebook version."""

    id: int
    study_id: int
    name: str
    kind: CoderKind
    bundle_id: int | None = None
    fingerprint: str | None = None
    codebook_id: int | None = None


@dataclass(frozen=True, slots=True)
class NewCoding:
    """A decision to be appended: on `message` as it stood at `revision` and `context`."""

    message: int
    coder: int
    codebook: int
    code: str
    at: datetime
    revision: int
    context: int
    act: Act = Act.CODED
    confidence: float | None = None
    runner_up: str | None = None
    runner_up_confidence: float | None = None
    window_size: int | None = None
    cut: bool = False
    note: str | None = None
    seen: Seen | None = None

    @classmethod
    def of_model(
        cls,
        stored: StoredMessage,
        prediction: Prediction,
        *,
        coder: int,
        codebook: int,
        at: datetime,
        window_size: int,
        cut: bool,
    ) -> NewCoding:
        """Return a model's decision on `stored` as it was when the window was built."""
        return cls(
            message=stored.id,
            coder=coder,
            codebook=codebook,
            code=prediction.code,
            at=at,
            revision=stored.message.revision,
            context=stored.context,
            confidence=prediction.confidence,
            runner_up=prediction.runner_up,
            runner_up_confidence=prediction.runner_up_confidence,
            window_size=window_size,
            cut=cut,
        )


MarkKind = Literal["unsure", "skipped", "edge_case", "shown", "undone"]


@dataclass(frozen=True, slots=True)
class Mark:
    """What a person did with a message beside coding it.

    They could not tell its code (unsure), put it off (skipped), flagged it as an edge case,
    were shown others' codes of it (shown), or took an earlier mark of theirs back (undone):
    `takes_back` is then that mark's row.
    """

    id: int
    message_id: str
    coder: str
    kind: MarkKind
    at: datetime
    revision: int
    takes_back: int | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """What a coder noted on a message, without deciding on its code."""

    message_id: str
    coder: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CodedDiscussion:
    """One discussion as an export reads it.

    `codings` maps message id -> all its codings in the order they were given; a message
    nobody coded is absent, and so it is from `notes` and `marks` where nobody noted or marked
    anything. `assigned` maps a message to the coders who are to code it; absent where nobody
    is. `units` maps every message to the first message of its unit of analysis. `missing`
    maps a message to the number of messages that are missing just before it in the thread,
    where some are. `deleted` are the ids of messages deleted by their authors.
    """

    session: str
    thread: Thread
    discussion: Discussion
    codings: Mapping[str, tuple[Coding, ...]]
    deleted: frozenset[str] = frozenset()
    assigned: Mapping[str, frozenset[str]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, tuple[Note, ...]] = field(default_factory=dict)
    marks: Mapping[str, tuple[Mark, ...]] = field(default_factory=dict)
    missing: Mapping[str, int] = field(default_factory=dict)

    def verified(self, message_id: str) -> Verified | None:
        """Return what people settled on for a message, or None."""
        return verified(self.codings.get(message_id, ()), self.assigned.get(message_id))

    def unit_of(self, message_id: str) -> str:
        """Return the id of the first message of a message's unit; its own where it is alone."""
        return self.units.get(message_id, message_id)

    def of_unit(self, unit: str) -> tuple[Coding, ...]:
        """Return the codings of all messages of a unit, as `together` puts them."""
        ids = [m.id for m in self.discussion.messages if self.unit_of(m.id) == unit]
        return together(self.codings.get(i, ()) for i in ids)

    def verified_unit(self, unit: str) -> Verified | None:
        """Return what people settled on for a unit: the rule over the codings of its messages."""
        ids = [m.id for m in self.discussion.messages if self.unit_of(m.id) == unit]
        assigned = frozenset[str]().union(*(self.assigned.get(i, frozenset()) for i in ids))
        return verified(self.of_unit(unit), assigned or None)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a session holds: messages, and those a coder has yet to code."""

    messages: int
    pending: int
