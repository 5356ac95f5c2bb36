"""Which messages may teach: the paper's arrangement of the records, with its account.

Simmonds & Haines keep a record only if it has text, a code, and one code from all its
coders; everything else stays in the windows as context and is counted here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations

from bot.domain.codebook import Codebook
from bot.domain.discussion import Discussion, Message
from bot.domain.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Record:
    """A message with the code that its coders agree on."""

    discussion: Discussion
    message: Message
    code: str

    @property
    def group(self) -> str:
        """The thread: messages of one group are not independent."""
        return self.message.thread_id


@dataclass(frozen=True, slots=True)
class Dropped:
    """How many records fell to one rule; for a mismatch, to which pair of coders."""

    rule: str
    count: int
    coders: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The records kept, and the account of the others.

    A record on which several pairs of coders differ is counted once under "mismatched" and
    once for each such pair.
    """

    records: tuple[Record, ...]
    dropped: tuple[Dropped, ...]
    messages: int

    def sentences(self) -> list[str]:
        """Return the account, a line each, for people."""
        lines = [f"{self.messages} messages, {len(self.records)} kept for training and testing"]
        for fell in self.dropped:
            pair = f" between {fell.coders[0]} and {fell.coders[1]}" if fell.coders else ""
            lines.append(f"  {fell.count} dropped: {fell.rule}{pair}")
        return lines


EMPTY = "empty comment"
UNCODED = "uncoded"
MISMATCHED = "coders do not agree"


def arrange(transcript: Transcript, codebook: Codebook) -> Arrangement:
    """Keep the records with text, a deciding code, and no two coders who differ."""
    kept: list[Record] = []
    fell: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for discussion in transcript.discussions:
        for message in discussion.messages:
            given = {
                coder: code
                for coder, code in transcript.codes.get(message.id, {}).items()
                if code and not codebook.by_code[code].uncoded
            }
            if not message.text.strip():
                fell[EMPTY] += 1
            elif not given:
                fell[UNCODED] += 1
            elif len(set(given.values())) > 1:
                fell[MISMATCHED] += 1
                pairs.update(
                    pair
                    for pair in combinations(sorted(given), 2)
                    if given[pair[0]] != given[pair[1]]
                )
            else:
                kept.append(Record(discussion, message, next(iter(given.values()))))
    dropped = [Dropped(rule, fell[rule]) for rule in (EMPTY, UNCODED, MISMATCHED) if fell[rule]]
    dropped += [Dropped(MISMATCHED, n, pair) for pair, n in sorted(pairs.items())]
    return Arrangement(tuple(kept), tuple(dropped), len(transcript.messages))
