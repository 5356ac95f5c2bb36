"""What a study comes to, counted while its discussions pass by."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.assignment import Sampling
from bot.domain.coding import Basis, CoderKind, Coding, Seen
from bot.domain.discussion import NO_SCENARIO
from bot.domain.units import members
from bot.services.reliability.reading import after_sight, own_codes
from bot.storage.marks import standing_marks
from bot.storage.rows import CodedDiscussion


@dataclass(slots=True)
class StudyNumbers:
    """Counts of one study; of messages unless a name says otherwise.

    `participants` is told by the store, which knows who is one person in several threads.
    `first` and `last` are when the earliest and the latest message were sent, None where no
    time is known. `coded_by` tells for each person how many messages they read and coded,
    adjudications apart; `blind_by` how many of these they had decided on before they were shown
    anybody's code, and `unknown_by` of how many it is not known what they had been shown.
    `verified_by` tells by which part of the rule codes are verified, `verified_by_one` how many
    of the agreed ones are the code of a single person, `verified_seeing` how many verified codes
    somebody gave who had been shown others' codes. `audited` tells how many messages are in the
    audit slice, `audited_blind` how many of these a person coded blind.
    """

    sessions: set[str] = field(default_factory=set)
    threads: set[str] = field(default_factory=set)
    scenarios: set[str] = field(default_factory=set)
    discussions: int = 0
    messages: int = 0
    units: int = 0
    joined: int = 0
    deleted: int = 0
    missing: int = 0
    participants: int = 0
    first: datetime | None = None
    last: datetime | None = None
    coded_by: Counter[str] = field(default_factory=Counter)
    blind_by: Counter[str] = field(default_factory=Counter)
    unknown_by: Counter[str] = field(default_factory=Counter)
    coded_by_model: Counter[str] = field(default_factory=Counter)
    verified_by: Counter[Basis] = field(default_factory=Counter)
    verified_by_one: int = 0
    verified_seeing: int = 0
    edge_cases: int = 0
    audited: int = 0
    audited_blind: int = 0

    @property
    def verified(self) -> int:
        """How many messages have a verified code."""
        return sum(self.verified_by.values())

    def add(self, coded: CodedDiscussion, sampling: Sampling) -> None:
        """Count one more discussion."""
        discussion = coded.discussion
        self.sessions.add(coded.session)
        self.threads.add(discussion.thread_id)
        if discussion.scenario.id != NO_SCENARIO:
            self.scenarios.add(discussion.scenario.id)
        self.discussions += 1
        self.deleted += len(coded.deleted)
        self.missing += sum(coded.missing.values())
        sizes = [len(ids) for ids in members(coded.units).values()]
        self.units += len(sizes)
        self.joined += sum(size for size in sizes if size > 1)
        for message in discussion.messages:
            self.messages += 1
            if message.sent_at is not None:
                self.first = min(self.first or message.sent_at, message.sent_at)
                self.last = max(self.last or message.sent_at, message.sent_at)
            given = coded.codings.get(message.id, ())
            blind = self._codings(given)
            found = coded.verified(message.id)
            if found is not None:
                self.verified_by[found.basis] += 1
                alone = found.basis is Basis.AGREED and len(found.coders) == 1
                self.verified_by_one += alone
                self.verified_seeing += after_sight(given, found)
            marks = standing_marks(coded.marks.get(message.id, ()))
            self.edge_cases += any(mark.kind == "edge_case" for mark in marks)
            if sampling.audited(message.thread_id, message.id):
                self.audited += 1
                self.audited_blind += blind

    def _codings(self, given: tuple[Coding, ...]) -> bool:
        """Count who coded a message; return whether a person did so blind."""
        people = set()
        for coder, coding in own_codes(given).items():
            if coding.kind is CoderKind.MODEL:
                self.coded_by_model[coder] += 1
            else:
                self.coded_by[coder] += 1
                people.add(coder)
        first = own_codes(given, blind=True)
        blind = {c for c in people if c in first and first[c].seen is Seen.NOTHING}
        self.blind_by.update(blind)
        self.unknown_by.update(c for c in people - blind if c in first)
        return bool(blind)


async def counting_along(
    discussions: AsyncIterable[CodedDiscussion], sampling: Sampling, numbers: StudyNumbers
) -> AsyncGenerator[CodedDiscussion]:
    """Yield the discussions as they come, each counted into `numbers`."""
    async for coded in discussions:
        numbers.add(coded, sampling)
        yield coded
