"""Which messages may teach: the paper's arrangement of the records, with its account.

Simmonds & Haines keep a record only if it has text, a code, and one code from all its
coders; everything else stays in the windows as context and is counted here. Two rules are
ours: what came through Discord is neither learned nor shown in a window of training without
Discord's permission, and nothing is learned from a message that was deleted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

from bot.domain.agreement import agreement
from bot.domain.codebook import Codebook
from bot.domain.counting import many
from bot.domain.discussion import Discussion, Message, Provenance
from bot.domain.errors import InputError
from bot.domain.transcript import Transcript
from training.people import Pair


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
    once for each such pair. `people` are the pairs who coded the same messages.
    """

    records: tuple[Record, ...]
    dropped: tuple[Dropped, ...]
    messages: int
    people: tuple[Pair, ...] = ()

    def sentences(self) -> list[str]:
        """Return the account, a line each, for people."""
        kept = f"{len(self.records)} kept for training and testing"
        lines = [f"{many(self.messages, 'message')}, {kept}"]
        for fell in self.dropped:
            if fell.coders is None:
                lines.append(f"  {fell.count} dropped: {fell.rule}")
            else:
                lines.append(f"    on {fell.count} of these, {' and '.join(fell.coders)} differ")
        return lines

    def check_usable(self, source: Path) -> None:
        """Raise InputError if there is no record at all; `source` is the file they are of."""
        if self.records:
            return
        raise InputError(
            "no record is usable: " + "; ".join(line.strip() for line in self.sentences()[1:]),
            "bring messages with a text and a code that people agree on",
            source=source,
        )


DISCORD = (
    "came through Discord, whose permission to train on it is not recorded "
    "(INTERCODER_TRAINING__DISCORD_PERMISSION)"
)
DELETED = "deleted messages"
EMPTY = "empty comment"
UNCODED = "uncoded"
MISMATCHED = "coders do not agree"
_RULES = (DISCORD, DELETED, EMPTY, UNCODED, MISMATCHED)


def check_coded(transcript: Transcript, source: Path) -> None:
    """Raise InputError if nobody coded anything in `transcript`, which is of `source`."""
    if not any(code for given in transcript.codes.values() for code in given.values()):
        raise InputError(
            "no message in it has a person's code",
            "fill its columns code and coder with what people decided",
            source=source,
        )


def arrange(
    transcript: Transcript, codebook: Codebook, *, with_discord: bool = False
) -> Arrangement:
    """Keep the records with text, a deciding code, and no two coders who differ.

    `with_discord` says that messages which came through Discord may be used, too.
    """
    kept: list[Record] = []
    fell: Counter[str] = Counter()
    both: defaultdict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for whole in transcript.discussions:
        usable = tuple(
            m for m in whole.messages if with_discord or m.provenance is not Provenance.DISCORD
        )
        fell[DISCORD] += len(whole.messages) - len(usable)
        discussion = replace(whole, messages=usable)
        for message in usable:
            given = {
                coder: code
                for coder, code in transcript.codes.get(message.id, {}).items()
                if code and not codebook.by_code[code].uncoded
            }
            if message.id in transcript.deleted:
                fell[DELETED] += 1
            elif not message.text.strip():
                fell[EMPTY] += 1
            elif not given:
                fell[UNCODED] += 1
            else:
                for one, other in combinations(sorted(given), 2):
                    both[one, other].append((given[one], given[other]))
                if len(set(given.values())) > 1:
                    fell[MISMATCHED] += 1
                else:
                    kept.append(Record(discussion, message, next(iter(given.values()))))
    dropped = [Dropped(rule, fell[rule]) for rule in _RULES if fell[rule]]
    people: list[Pair] = []
    for pair, codes in sorted(both.items()):
        people.append(Pair(pair, agreement([a for a, _ in codes], [b for _, b in codes])))
        if differing := sum(a != b for a, b in codes):
            dropped.append(Dropped(MISMATCHED, differing, pair))
    return Arrangement(tuple(kept), tuple(dropped), len(transcript.messages), tuple(people))
