"""Who is to code what, and which messages are everybody's blind audit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.drawing import drawn

AUDIT_SHARE = 0.1
"""Share of a study's messages in the audit slice, unless the study says otherwise."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A coder's task: all messages, a share of them, those of some groups, or of a session.

    `share` is from 0 to 1; two coders with a share of the same study get the same messages,
    the smaller share within the larger, so that they code double. `threads` and `session`
    restrict it; None does not. `blind` keeps others' codes from the coder until their own is
    stored.
    """

    coder: str
    share: float = 1.0
    threads: frozenset[str] | None = None
    session: str | None = None
    blind: bool = True

    def covers(self, study: str, session: str, thread_id: str, message_id: str) -> bool:
        """Tell whether a message of `study` (its name, the salt of the sample) belongs to it."""
        if self.session is not None and self.session != session:
            return False
        if self.threads is not None and thread_id not in self.threads:
            return False
        return self.share >= 1 or drawn(f"share {study}", thread_id, message_id) < self.share


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a study's messages are given to its people.

    `study` is the study's name: the salt of all samples. `audit_share` is from 0 to 1;
    `target_error` is the share of wrong codes that the final transcript may hold, None where
    people are to look at everything.
    """

    study: str
    assignments: tuple[Assignment, ...] = ()
    audit_share: float = AUDIT_SHARE
    target_error: float | None = None

    def audited(self, thread_id: str, message_id: str) -> bool:
        """Tell whether a message belongs to the audit slice: a random sample, coded blind.

        It does not depend on any code or confidence, so agreement of model and people on it
        is an honest estimate for all messages.
        """
        return audit_place(self.study, thread_id, message_id) < self.audit_share

    def covering(self, session: str, thread_id: str, message_id: str) -> tuple[Assignment, ...]:
        """Return the assignments that a message belongs to."""
        place = (self.study, session, thread_id, message_id)
        return tuple(a for a in self.assignments if a.covers(*place))

    def assigned(self, session: str, thread_id: str, message_id: str) -> frozenset[str] | None:
        """Return the coders who are to code a message; None where nobody is assigned."""
        return coders_of(self.covering(session, thread_id, message_id))

    def blind(self, coder: str, session: str, thread_id: str, message_id: str) -> bool:
        """Tell whether `coder` is to see no codes of a message before they have coded it."""
        if self.audited(thread_id, message_id):
            return True
        found = self.covering(session, thread_id, message_id)
        return any(a.blind for a in found if a.coder == coder)


def audit_place(study: str, thread_id: str, message_id: str) -> float:
    """Return a message's place, 0 to 1, in the random order in which a study is audited."""
    return drawn(f"audit {study}", thread_id, message_id)


def coders_of(assignments: Iterable[Assignment]) -> frozenset[str] | None:
    """Return the coders of some assignments; None without any."""
    return frozenset(a.coder for a in assignments) or None
