"""The train extra: torch and what goes with it, asked for only by the commands that train."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from bot.domain.errors import IntercoderError

_OURS = ("bot", "training", "exports", "bench")


class MissingExtraError(IntercoderError):
    """A package that only the train extra brings is not installed."""


@contextmanager
def train_extra(command: str, *, sleeping: bool = True) -> Iterator[None]:
    """Turn a missing package, met in the block, into the sentence that says how to get it.

    Torch is first imported in the block; with `sleeping` its threads sleep while they wait for
    each other. By OpenMP's default they spin: beside any other busy program on the same cores a
    step of training then takes ten times as long. OMP_WAIT_POLICY of the environment wins.
    """
    if sleeping:
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in _OURS:
            raise
        raise MissingExtraError(
            f"`intercoder {command}` needs {missing}, which is not installed: "
            "pip install 'intercoder[train]'."
        ) from None
