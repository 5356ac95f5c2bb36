"""A coded transcript in memory, and its check: what every importer must give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bot.domain.discussion import Discussion, Message


@dataclass(frozen=True)
class Transcript:
    """Discussions with every human coder's codes, as imported.

    `codes` maps message id -> coder -> code; an empty code means that the coder saw the
    message and gave none. `lines` maps message id -> first line in the source.
    `notes` are sentences about what is unusual but usable (gaps in a sequence and so on).
    `deleted` are the ids of messages that their authors deleted later.
    """

    dataset: str
    discussions: tuple[Discussion, ...]
    codes: Mapping[str, Mapping[str, str]]
    lines: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    deleted: frozenset[str] = frozenset()

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
        kept = tuple(d for d in self.discussions if d.thread_id in wanted)
        ids = {m.id for d in kept for m in d.messages}
        return Transcript(
            self.dataset,
            kept,
            {i: c for i, c in self.codes.items() if i in ids},
            {i: n for i, n in self.lines.items() if i in ids},
            self.notes,
            self.deleted & ids,
        )
