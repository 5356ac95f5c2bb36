"""70/15/15: by group, so that the test speaks of unseen groups, or by record, as the paper."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.counting import many
from bot.domain.errors import InputError
from training.arrange import Record

SHARES = (0.70, 0.15, 0.15)


class SplitBy(StrEnum):
    """What is kept together: a group's records, or nothing (the paper's random split)."""

    GROUP = "group"
    RECORD = "record"


@dataclass(frozen=True, slots=True)
class Split:
    """The records of each part.

    `uncoded` are messages of the training part without a code that counts (theirs is empty):
    teachers may give them one, and the network learns from it.
    """

    train: tuple[Record, ...]
    validation: tuple[Record, ...]
    test: tuple[Record, ...]
    uncoded: tuple[Record, ...] = ()

    def parts(self) -> dict[str, tuple[Record, ...]]:
        """Return the parts by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}


def split_around(records: Sequence[Record], gold: Collection[str], seed: int) -> Split:
    """Return a split whose test part is the groups `gold`, and nothing else.

    Of the other groups 15/85 choose the epoch and the rest teaches, drawn by the seed. Raises
    InputError if these are fewer than two.
    """
    others = [r for r in records if r.group not in gold]
    held = tuple(r for r in records if r.group in gold)
    groups = list(dict.fromkeys(r.group for r in others))
    if len(groups) < 2:
        raise InputError(
            f"beside the gold set, {many(len(groups), 'group')} with usable records cannot be "
            "split in two",
            f"code messages of at least {many(2 - len(groups), 'more group')}",
        )
    shares = (SHARES[0] / (1 - SHARES[2]), SHARES[1] / (1 - SHARES[2]))
    train, validation = _filled(others, SplitBy.GROUP, seed, shares)
    return Split(train, validation, held)


def split(records: Sequence[Record], by: SplitBy, seed: int) -> Split:
    """Return a seeded 70/15/15 split.

    By group, whole threads go to the part that lacks most of its share of records, so the
    parts come near the shares whatever the groups' sizes. Raises InputError if there is too
    little to fill three parts.
    """
    by_unit = _by_unit(records, by)
    if len(by_unit) < len(SHARES):
        raise InputError(
            f"{many(len(records), 'usable record')} in {many(len(by_unit), str(by))} cannot be "
            "split in three",
            _remedy(len(records), by),
        )
    return Split(*_filled(records, by, seed, SHARES))


def _filled(
    records: Sequence[Record], by: SplitBy, seed: int, shares: Sequence[float]
) -> list[tuple[Record, ...]]:
    """Return as many parts as there are shares, each with its records in their order."""
    by_unit = _by_unit(records, by)
    units = sorted(by_unit)
    random.Random(seed).shuffle(units)  # noqa: S311 - reproducible, not secret
    parts: tuple[list[Record], ...] = tuple([] for _ in shares)
    for unit in units:
        lack = [share - len(part) / len(records) for share, part in zip(shares, parts, strict=True)]
        empty = [i for i in range(len(parts)) if not parts[i]]
        into = empty[0] if empty else max(range(len(parts)), key=lack.__getitem__)
        parts[into].extend(by_unit[unit])
    place = {r.message.id: i for i, r in enumerate(records)}
    return [tuple(sorted(p, key=lambda r: place[r.message.id])) for p in parts]


def _by_unit(records: Sequence[Record], by: SplitBy) -> dict[str, list[Record]]:
    by_unit: dict[str, list[Record]] = {}
    for record in records:
        by_unit.setdefault(record.group if by is SplitBy.GROUP else record.message.id, []).append(
            record
        )
    return by_unit


def _remedy(records: int, by: SplitBy) -> str:
    if by is SplitBy.GROUP and records >= len(SHARES):
        return "code messages of at least three groups, or split by record: --split record"
    return f"code messages of at least three {by}s"
