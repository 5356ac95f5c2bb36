"""Which messages may teach: the paper's arrangement of the records, with its account.

Simmonds & Haines keep a record only if it has text, a code, and one code from all its
coders; everything else stays in the windows as context and is counted here. Two rules are
ours: what came through Discord is neither learned nor shown in a window of training without
Discord's permission, and nothing is learned from a message that was deleted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

from bot.domain.agreement import agreement
from bot.domain.codebook import Codebook
from bot.domain.counting import many
from bot.domain.discussion import Discussion, Message, Provenance
from bot.domain.errors import InputError
from bot.domain.origin import Origin, RecordBasis
from bot.domain.transcript import Transcript
from training.people import Pair


@dataclass(frozen=True, slots=True)
class Record:
    """A message with the code that its coders agree on.

    `votes` are what people said, (coder, code). Where they differ there is no such code: `code`
    is then the likeliest, and `target` tells how likely each is, (code, probability); such
    a record may teach and never judges. `origin` is told by a verified export alone.
    """

    discussion: Discussion
    message: Message
    code: str
    basis: RecordBasis = RecordBasis.AGREED
    votes: tuple[tuple[str, str], ...] = ()
    target: tuple[tuple[str, float], ...] | None = None
    origin: Origin | None = None

    @property
    def group(self) -> str:
        """The thread: messages of one group are not independent."""
        return self.message.thread_id

    @property
    def likely(self) -> dict[str, float]:
        """How likely each code is; one that people agree on is certain."""
        return dict(self.target or ((self.code, 1.0),))


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
    once for each such pair. `people` are the pairs who coded the same messages. `contested` are
    the mismatched records, without a target as yet (training.soft gives them one).
    `uncoded` have a text and no code (theirs is empty): teachers may give them one.
    `left_out_discord` counts the coded messages among those that fell to Discord's rule.
    """

    records: tuple[Record, ...]
    dropped: tuple[Dropped, ...]
    messages: int
    people: tuple[Pair, ...] = ()
    contested: tuple[Record, ...] = ()
    uncoded: tuple[Record, ...] = ()
    left_out_discord: int = 0

    def sentences(self) -> list[str]:
        """Return the account, a line each, for people."""
        kept = f"{len(self.records)} kept for training and testing"
        lines = [f"{many(self.messages, 'message')}, {kept}"]
        for fell in self.dropped:
            if fell.coders is None:
                lines.append(f"  {fell.count} dropped: {fell.rule}")
                if fell.rule == DISCORD:
                    coded = many(self.left_out_discord, "record")
                    lines.append(f"    with these, {coded} that people coded")
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
    contested: list[Record] = []
    uncoded: list[Record] = []
    left_out = 0
    fell: Counter[str] = Counter()
    both: defaultdict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for whole in transcript.discussions:
        discussion, barred = _allowed(whole, with_discord=with_discord)
        fell[DISCORD] += len(barred)
        left_out += sum(bool(_deciding(transcript, m, codebook)) for m in barred)
        for message in discussion.messages:
            given = _deciding(transcript, message, codebook)
            if message.id in transcript.deleted:
                fell[DELETED] += 1
            elif not message.text.strip():
                fell[EMPTY] += 1
            elif not given:
                fell[UNCODED] += 1
                uncoded.append(Record(discussion, message, ""))
            else:
                for one, other in combinations(sorted(given), 2):
                    both[one, other].append((given[one], given[other]))
                record = _record(transcript, discussion, message, given)
                differ = record.basis is RecordBasis.DISAGREED
                fell[MISMATCHED] += differ
                (contested if differ else kept).append(record)
    dropped = [Dropped(rule, fell[rule]) for rule in _RULES if fell[rule]]
    people: list[Pair] = []
    for pair, codes in sorted(both.items()):
        people.append(Pair(pair, agreement([a for a, _ in codes], [b for _, b in codes])))
        if differing := sum(a != b for a, b in codes):
            dropped.append(Dropped(MISMATCHED, differing, pair))
    return Arrangement(
        tuple(kept),
        tuple(dropped),
        len(transcript.messages),
        tuple(people),
        tuple(contested),
        tuple(uncoded),
        left_out,
    )


def _record(
    transcript: Transcript, discussion: Discussion, message: Message, given: Mapping[str, str]
) -> Record:
    origin = transcript.origins.get(message.id)
    basis = RecordBasis.AGREED if origin is None else origin.basis or RecordBasis.AGREED
    if len(set(given.values())) > 1:
        basis = RecordBasis.DISAGREED
    code, votes = next(iter(given.values())), tuple(sorted(given.items()))
    return Record(discussion, message, code, basis, votes, None, origin)


def _allowed(whole: Discussion, *, with_discord: bool) -> tuple[Discussion, list[Message]]:
    """Return a discussion as training may see it, and the messages that it may not see."""
    barred = [m for m in whole.messages if m.provenance is Provenance.DISCORD]
    if with_discord or not barred:
        return whole, []
    free = tuple(m for m in whole.messages if m.provenance is not Provenance.DISCORD)
    return replace(whole, messages=free), barred


def _deciding(transcript: Transcript, message: Message, codebook: Codebook) -> dict[str, str]:
    """Return the codes that coders gave a message and that decide something, by coder."""
    given = transcript.codes.get(message.id, {})
    return {who: c for who, c in given.items() if c and not codebook.by_code[c].uncoded}
