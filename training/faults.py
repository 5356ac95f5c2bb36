"""What a machine lacks while it trains, in a sentence: memory, room on the disk."""

from __future__ import annotations

import errno
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.domain.errors import IntercoderError

# torch, ONNX Runtime, the C++ library and Python's threads say it in words of their own.
_MEMORY = re.compile(
    r"can't allocate memory|not enough memory|out of memory|bad[ _]alloc|failed to allocate"
    r"|cannot allocate memory|can't start new thread|unable to allocate",
    re.IGNORECASE,
)
_FULL = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "the quota of the disk is used up"}
_FULL[errno.EFBIG] = "a file grew larger than this process may write"
# safetensors and ONNX write files without Python, and tell what went wrong in their text.
_TEXTS = {"No space left on device": errno.ENOSPC, "File too large": errno.EFBIG}


class MachineError(IntercoderError):
    """The machine has too little of something; the data and the settings may be right."""


@contextmanager
def machine_spoken(what: str) -> Iterator[None]:
    """Turn running out of memory or disk in the block, `what`, into a MachineError."""
    try:
        yield
    except IntercoderError:
        raise
    except Exception as error:
        sentence = lacking(what, error)
        if sentence is None:
            raise
        raise MachineError(sentence) from error


def lacking(what: str, error: BaseException) -> str | None:
    """Return the sentence for an error that means too little memory or disk; None for others."""
    text = str(error)
    if isinstance(error, MemoryError) or _MEMORY.search(text):
        return (
            f"{what} ran out of memory; nothing was left behind: give it more, use fewer threads, "
            "or take a smaller base model."
        )
    full = _full(error, text)
    if full is None:
        return None
    return f"{what} could not be written ({full}); nothing was left behind: make room, try again."


def _full(error: BaseException, text: str) -> str | None:
    if isinstance(error, OSError) and error.errno in _FULL:
        return _FULL[error.errno]
    return next((_FULL[number] for said, number in _TEXTS.items() if said in text), None)


def failure(what: str, error: Exception) -> str:
    """Return one sentence for any error of `what`, the unexpected too.

    Of one that is a fault of the program, the kind and the place, not the text: it may quote what
    participants wrote.
    """
    known = lacking(what, error)
    if known is not None:
        return known
    *_, last = traceback.extract_tb(error.__traceback__)
    place = f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}"
    return f"{what} failed ({place}): this is a fault of the program; --debug shows more."
