"""What a bundle has met in training: told by names, and by traces of the texts, never by words.

A name is worth something within one dataset alone; a study that was imported under another
name is still known by what was said. Single comments prove nothing ("ok" is said everywhere),
so whole discussions are compared: one is seen if most of its comments stand, in order, in one
that taught the bundle, or most of that one's in it. Of less than three comments, names alone tell.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from bot.domain.discussion import Discussion
from training.arrange import Record
from training.split import Split, SplitBy

SPLIT_FILE = "split.json"
"""Where a bundle says which groups or messages taught it."""

_FEWEST = 3  # comments in common: fewer are met by chance, and "ok" everywhere
# Hex digits kept of a comment's hash: too few to find out a rare text. The commonest short ones can
# be guessed: what is said in every group is likelier than a chance of one in 65,536.
_MARK = 4


def split_json(parts: Split, by: SplitBy, salt: str) -> str:
    """Return the text of split.json: the parts by name, and the traces of what taught.

    A trace is the marks of a discussion's comments, in order; where the split is by record,
    `taught` says 1 of each that was learned from or that chose the epoch, else 0.
    """
    names = {
        part: sorted({r.group if by is SplitBy.GROUP else r.message.id for r in records})
        for part, records in {**parts.parts(), "train": (*parts.train, *parts.uncoded)}.items()
    }
    met = (*parts.train, *parts.uncoded, *parts.validation)
    ids = {r.message.id for r in met}
    traces = []
    for discussion in {r.message.discussion_key: r.discussion for r in met}.values():
        spoken = _spoken(discussion, salt)
        trace: dict[str, Any] = {"marks": "".join(mark for _, mark in spoken)}
        if by is SplitBy.RECORD:
            trace["taught"] = "".join("1" if i in ids else "0" for i, _ in spoken)
        traces.append(trace)
    return json.dumps({"by": str(by), **names, "salt": salt, "traces": traces}, indent=1)


@dataclass(frozen=True, slots=True)
class _Trace:
    marks: tuple[str, ...]
    taught: frozenset[int] | None
    """The places that taught; None: the whole discussion counts."""


class Seen:
    """What split.json tells. `by_text` is False for a bundle that keeps names alone."""

    def __init__(self, text: str) -> None:
        """Read split.json, also of a bundle from before it held traces."""
        stored = json.loads(text)
        self._by = SplitBy(stored["by"])
        self._names = frozenset([*stored["train"], *stored["validation"]])
        self._salt = str(stored.get("salt", ""))
        self.by_text = "traces" in stored
        self._traces = [_trace(trace) for trace in stored.get("traces", ())]
        self._holders: dict[str, list[int]] = {}
        for number, trace in enumerate(self._traces):
            for mark in set(trace.marks):
                self._holders.setdefault(mark, []).append(number)

    def by_name(self, records: Iterable[Record]) -> set[str]:
        """Return the ids of the messages that are named; names of another dataset mean nothing."""
        group = self._by is SplitBy.GROUP
        return {
            r.message.id for r in records if (r.group if group else r.message.id) in self._names
        }

    def by_trace(self, records: Iterable[Record]) -> set[str]:
        """Return the ids of the messages whose discussion is a seen one, whatever it is called.

        Of a discussion that was split by record, those remain that are known not to have taught.
        """
        found: set[str] = set()
        for discussion in {r.message.discussion_key: r.discussion for r in records}.values():
            found |= self._met(discussion)
        return found

    def _met(self, discussion: Discussion) -> set[str]:
        spoken = _spoken(discussion, self._salt)
        marks = [mark for _, mark in spoken]
        shared = Counter(number for mark in marks for number in self._holders.get(mark, ()))
        best: list[tuple[int, int]] = []
        taught: frozenset[int] | None = None
        for number, count in shared.items():
            trace = self._traces[number]
            half = min(len(marks), len(trace.marks)) / 2
            enough = max(len(best) + 1, half + 0.5, _FEWEST)
            if count >= enough:  # no alignment has more than is shared
                pairs = _aligned(marks, trace.marks)
                if len(pairs) >= enough:
                    best, taught = pairs, trace.taught
        if not best:
            return set()
        free = set() if taught is None else {own for own, place in best if place not in taught}
        return {i for place, (i, _) in enumerate(spoken) if place not in free}


def _trace(stored: dict[str, Any]) -> _Trace:
    marks: str = stored["marks"]
    taught = None
    if "taught" in stored:
        taught = frozenset(place for place, mark in enumerate(stored["taught"]) if mark == "1")
    return _Trace(tuple(marks[n : n + _MARK] for n in range(0, len(marks), _MARK)), taught)


def _spoken(discussion: Discussion, salt: str) -> list[tuple[str, str]]:
    """Return (message id, mark) of every message with a text, in order."""
    return [(m.id, _mark(m.text, salt)) for m in discussion.messages if m.text.strip()]


def _mark(text: str, salt: str) -> str:
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return hashlib.sha256(f"{salt}\n{plain}".encode()).hexdigest()[:_MARK]


def _aligned(own: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
    """Return the places (in own, in other) of the comments that both hold in the same order."""
    blocks = SequenceMatcher(None, own, other, autojunk=False).get_matching_blocks()
    return [(a + n, b + n) for a, b, size in blocks for n in range(size)]
