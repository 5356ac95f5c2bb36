"""The train extra: torch and what goes with it, asked for only by the commands that train."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.domain.errors import IntercoderError

_OURS = ("bot", "training", "exports")


class MissingExtraError(IntercoderError):
    """A package that only the train extra brings is not installed."""


@contextmanager
def train_extra(command: str) -> Iterator[None]:
    """Turn a missing package, met in the block, into the sentence that says how to get it."""
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
