"""A coded transcript in memory, and its check: what every importer must give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bot.domain.discussion import Discussion, Message
from bot.domain.origin import Origin


@dataclass(frozen=True)
class Transcript:
    """Discussions with every human coder's codes, as imported.

    `codes` maps message id -> coder -> code; an empty code means that the coder saw the
    message and gave none. `lines` maps message id -> first line in the source.
    `notes` are sentences about what is unusual but usable (gaps in a sequence and so on).
    `deleted` are the ids of messages that their authors deleted later. `sessions` maps a
    discussion's key -> the name of its session, where the file tells it. `origins` maps message
    id -> where it came from and by what its code counts, of a verified export alone.
    """

    dataset: str
    discussions: tuple[Discussion, ...]
    codes: Mapping[str, Mapping[str, str]]
    lines: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    deleted: frozenset[str] = frozenset()
    sessions: Mapping[tuple[str, str, int], str] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)

    @cached_property
    def messages(self) -> tuple[Message, ...]:
        """All messages, discussion by discussion."""
        return tuple(m for d in self.discussions for m in d.messages)

    @cached_property
    def coders(self) -> tuple[str, ...]:
        """Names of all coders, sorted."""
        return tuple(sorted({coder for by in self.codes.values() for coder in by}))

    @cached_property
    def threads(self) -> tuple[str, ...]:
        """Thread ids (the groups) in order of first appearance."""
        return tuple(dict.fromkeys(d.thread_id for d in self.discussions))

    def only(self, threads: Iterable[str]) -> Transcript:
        """Return the part that belongs to `threads`."""
        wanted = set(threads)
        return self._with(tuple(d for d in self.discussions if d.thread_id in wanted))

    def by_session(self, usual: str) -> dict[str, Transcript]:
        """Return each session's part, in order of first appearance; `usual` is of those untold."""
        told: dict[str, list[Discussion]] = {}
        for discussion in self.discussions:
            told.setdefault(self.sessions.get(discussion.key, usual), []).append(discussion)
        return {name: self._with(tuple(kept)) for name, kept in told.items()}

    def _with(self, kept: tuple[Discussion, ...]) -> Transcript:
        """Return what is told of these discussions alone."""
        ids = {m.id for d in kept for m in d.messages}
        return Transcript(
            self.dataset,
            kept,
            {i: c for i, c in self.codes.items() if i in ids},
            {i: n for i, n in self.lines.items() if i in ids},
            self.notes,
            self.deleted & ids,
            {d.key: self.sessions[d.key] for d in kept if d.key in self.sessions},
            {i: o for i, o in self.origins.items() if i in ids},
        )
