"""A picture beside the figures: checked before the work, whole or not there after it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bot.domain.errors import InputError
from bot.domain.targets import check_file
from exports.writing import replacing_bytes

_PNG = b"\x89PNG\r\n\x1a\n"


def check_picture(out: Path) -> None:
    """Raise InputError now, not after the work, for a place where no PNG is to be written."""
    if out.suffix.lower() not in ("", ".png"):
        raise InputError(
            "the picture is a PNG and this name says otherwise", "end it in .png", source=out
        )
    spare(out, _is_png)


def spare(out: Path, is_ours: Callable[[Path], bool]) -> None:
    """Raise InputError for a file that is somebody's work: there, and not `is_ours`."""
    check_file(out)
    if out.exists() and out.stat().st_size and not is_ours(out):
        raise InputError(
            "this file is there and is no earlier one of this command",
            "write to another file, or remove this one first",
            source=out,
        )


def write_picture(out: Path, png: bytes) -> None:
    """Write a PNG; raises WritingError."""
    with replacing_bytes(out) as file:
        file.write(png)


def _is_png(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_PNG)) == _PNG
