"""Held-out records -> an engine's probabilities beside the people's codes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from bot.encoding.inputs import EncoderInput
from bot.inference.engine import Engine
from training.arrange import Record
from training.scored import Scored

_AT_ONCE = 64  # inputs handed to the engine together; a progress bar's grain, not a batch


def score(
    engine: Engine,
    records: Sequence[Record],
    inputs: dict[str, EncoderInput],
    progress: Callable[[str, int, int], None] | None = None,
) -> Scored:
    """Return what `engine` gives to `records`, in their order."""
    index = {label: i for i, label in enumerate(engine.labels)}
    rows = [np.zeros((0, len(engine.labels)), dtype=np.float32)]
    for start in range(0, len(records), _AT_ONCE):
        part = records[start : start + _AT_ONCE]
        rows.append(engine.score([inputs[r.message.id] for r in part]))
        if progress:
            progress("messages judged", start + len(part), len(records))
    return Scored(
        message_ids=tuple(r.message.id for r in records),
        groups=tuple(r.group for r in records),
        gold=np.array([index.get(r.code, -1) for r in records], dtype=np.int64),
        probabilities=np.concatenate(rows),
        labels=engine.labels,
        comments=tuple(r.message.text for r in records),
        unknown=tuple(r.code for r in records if r.code not in index),
    )
