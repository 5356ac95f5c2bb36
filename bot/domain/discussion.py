"""Messages and what they belong to: threads, scenarios, discussions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

NO_SCENARIO = "none"
"""Scenario id of messages written before any scenario was started."""


class Provenance(StrEnum):
    """How a message reached us; training reads it (Discord content needs permission)."""

    DISCORD = "discord"
    SELF_HOSTED = "self-hosted"
    IMPORT = "import"
    REPLAY = "replay"


@dataclass(frozen=True, slots=True)
class Scenario:
    """The case that a group discusses; starting one empties the thread's window."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Thread:
    """One group's conversation."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Message:
    """One utterance.

    `sequence` counts from 1 within thread, scenario and round; `round` tells the first
    discussion of a scenario in a thread from a later one of the same scenario. `speaker` is
    always a pseudonym. `sent_at` is aware and UTC, or None where the source has no time.
    `revision` starts at 1 and rises with each edit.
    """

    id: str
    thread_id: str
    scenario_id: str
    sequence: int
    speaker: str
    sent_at: datetime | None
    text: str
    round: int = 1
    revision: int = 1
    reply_to: str | None = None
    provenance: Provenance = Provenance.IMPORT

    @property
    def discussion_key(self) -> tuple[str, str, int]:
        """What a window never crosses: thread, scenario and round."""
        return (self.thread_id, self.scenario_id, self.round)


@dataclass(frozen=True, slots=True)
class Discussion:
    """One thread's talk about one scenario, from its start to its end, in sequence order."""

    thread_id: str
    scenario: Scenario
    messages: tuple[Message, ...]
    round: int = 1

    @property
    def key(self) -> tuple[str, str, int]:
        """What tells it from other discussions: thread, scenario and round."""
        return (self.thread_id, self.scenario.id, self.round)
