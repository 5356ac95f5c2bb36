"""Fewer coded records than there are: what a smaller study would have had to learn from."""

from __future__ import annotations

import random
from collections.abc import Sequence

from bot.domain.counting import many
from bot.domain.errors import InputError
from training.arrange import Record


def drawn(records: Sequence[Record], count: int, seed: int) -> tuple[Record, ...]:
    """Return `count` of the training part's records, in their order, drawn by the seed.

    Whole groups are drawn, as people code them, and of the last one its beginning. More groups
    are met in training where single records are drawn, and so the codes are learned better than
    from as many records of a real, smaller study. A larger `count` contains the smaller one's
    records of the same seed: the points of a learning curve. Raises InputError if there are
    fewer than `count`.
    """
    if count > len(records):
        raise InputError(
            f"the training part has {many(len(records), 'record')}, and {count} are to be drawn",
            f"give --records at most {len(records)}",
        )
    by_group: dict[str, list[Record]] = {}
    for record in records:
        by_group.setdefault(record.group, []).append(record)
    groups = sorted(by_group)
    random.Random(seed).shuffle(groups)  # noqa: S311 - reproducible, not secret
    chosen = [record for group in groups for record in by_group[group]][:count]
    ids = {record.message.id for record in chosen}
    return tuple(record for record in records if record.message.id in ids)
