"""What the store takes and gives beside the domain's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from bot.domain.codebook import Codebook
from bot.domain.coding import Act, CoderKind, Coding, Prediction
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


@dataclass(frozen=True, slots=True)
class CodedDiscussion:
    """One discussion as an export reads it.

    `codings` maps message id -> all its codings in the order they were given; a message
    nobody coded is absent. `deleted` are the ids of messages deleted by their authors.
    """

    session: str
    thread: Thread
    discussion: Discussion
    codings: Mapping[str, tuple[Coding, ...]]
    deleted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a session holds: messages, and those a coder has yet to code."""

    messages: int
    pending: int
