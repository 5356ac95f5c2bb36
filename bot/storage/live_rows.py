"""What the store takes and gives about live sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.domain.discussion import Scenario, Thread
from bot.storage.rows import SessionRow

PostKind = Literal["start", "warning", "end"]


@dataclass(frozen=True, slots=True)
class Server:
    """A platform's server with its study; channel and roles are the platform's ids."""

    id: int
    study_id: int
    platform: str
    external_id: str
    staff_channel: str | None
    researcher_role: str | None
    coder_role: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """One start of a scenario in a session.

    `ends_at` is when it is to end by itself; `warned_at` and `ended_at` are when that began.
    """

    id: int
    session_id: int
    scenario: Scenario
    started_at: datetime
    ends_at: datetime | None
    warned_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Post:
    """What a run has to say in a thread: `external_id` is the message that says it.

    Without one it is still to be posted, unless `problem` tells why it cannot be.
    """

    run_id: int
    thread: Thread
    kind: PostKind
    external_id: str | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class Followed:
    """A thread that a session follows; `deleted_before` of its messages were gone by then."""

    session: SessionRow
    thread: Thread
    joined_at: datetime
    deleted_before: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Messages of a thread between two order keys that can no longer be had.

    `missing` is their number, None where it cannot be told.
    """

    thread: Thread
    after_key: int
    before_key: int
    missing: int
    noticed_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Joining:
    """A thread that a session is to follow, from `start_key` on.

    `deleted_before` is how many messages had been deleted from it by then.
    """

    thread: Thread
    start_key: int
    deleted_before: int = 0
