"""Messages on which people differ: their votes as a distribution, weighted by who gave them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from bot.domain.counting import many
from training.arrange import Record
from training.dawid_skene import Floats, estimate
from training.split import Split, SplitBy

PRIOR = 100.0
"""Votes that a coder's overall reliability weighs against their votes on one code: else two coders
who never met a rare code together would be taken for perfect or for hopeless on it."""


@dataclass(frozen=True)
class Softened:
    """Contested records with a target, and how often each coder is right by the estimate."""

    records: tuple[Record, ...] = ()
    reliability: dict[str, float] = field(default_factory=dict)

    def joined(self, parts: Split) -> Split:
        """Return the parts with these records in the training part, discussion by discussion."""
        taught = [*parts.train, *self.records]
        place = {key: n for n, key in enumerate(dict.fromkeys(r.group for r in parts.train))}
        taught.sort(key=lambda r: (place.get(r.group, len(place)), _order(r)))
        return replace(parts, train=tuple(taught) if self.records else parts.train)

    def sentences(self) -> Iterator[str]:
        """Yield what is to be said of them; nothing where there are none."""
        if not self.records:
            return
        coders = ", ".join(f"{who} {share:.2f}" for who, share in self.reliability.items())
        yield (
            f"{many(len(self.records), 'training message')} on which people differ: their votes "
            f"teach as soft labels (how often each coder is right, estimated: {coders})"
        )


NOBODY_DIFFERS = Softened()


def soften(
    contested: Sequence[Record], parts: Split, labels: Sequence[str], by: SplitBy
) -> Softened:
    """Return the contested records of the training part with the probability of each label.

    Reliability is estimated (Dawid & Skene) from the training part alone, on all messages that two
    people or more coded: groups that judge stay unseen. Votes for codes that are no label are
    left out, and with them records on which the others do not differ.
    """
    groups = {r.group for r in parts.train}
    differ = [r for r in contested if by is SplitBy.RECORD or r.group in groups]
    known = set(labels)
    differ = [r for r in differ if len({code for _, code in r.votes if code in known}) > 1]
    if not differ:
        return NOBODY_DIFFERS
    voted = [*differ, *(r for r in parts.train if len(r.votes) > 1)]
    coders = sorted({who for r in voted for who, _ in r.votes})
    found = estimate(_counts(voted, coders, labels), PRIOR)
    records = []
    for record, row in zip(differ, found.classes, strict=False):  # they come first
        likely = row / row.sum()
        target = tuple((label, float(p)) for label, p in zip(labels, likely, strict=True))
        records.append(replace(record, code=labels[int(likely.argmax())], target=target))
    right = np.einsum("cjj,j->c", found.rates, found.shares)
    return Softened(tuple(records), dict(zip(coders, map(float, right), strict=True)))


def _counts(records: Sequence[Record], coders: Sequence[str], labels: Sequence[str]) -> Floats:
    coder = {who: n for n, who in enumerate(coders)}
    index = {label: n for n, label in enumerate(labels)}
    counts = np.zeros((len(records), len(coders), len(labels)))
    for n, record in enumerate(records):
        for who, code in record.votes:
            if code in index:
                counts[n, coder[who], index[code]] = 1
    return counts


def _order(record: Record) -> tuple[str, int, int]:
    message = record.message
    return (message.scenario_id, message.round, message.sequence)
