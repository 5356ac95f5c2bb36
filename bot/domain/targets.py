"""Places to write at: refused before the work where nothing can or should be written.

What is written whole takes its place by a new name. A device or a pipe at that name would be
gone, and a file where a folder is to be would be asked for room that it does not lack.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from bot.domain.errors import InputError


def check_file(path: Path) -> None:
    """Raise InputError if no file can be written at `path`, or one would replace a device."""
    check_kind(path)
    folder = path.parent
    check_folder(path, folder)
    if _mode(folder) is None:
        raise InputError(
            f"there is no folder {folder}", "create it, or write elsewhere", source=path
        )
    if not os.access(folder, os.W_OK):
        raise InputError(f"the folder {folder} may not be written", "write elsewhere", source=path)


def check_kind(path: Path) -> None:
    """Raise InputError if something other than a regular file stands at `path`.

    Links are followed: one to a device is refused like the device itself.
    """
    mode = _mode(path)
    if mode is None or stat.S_ISREG(mode):
        return
    if stat.S_ISDIR(mode):
        raise InputError("this is a folder", "name a file in it", source=path)
    raise InputError("this is a device or a pipe, no file", "name a file of its own", source=path)


def check_folder(
    path: Path, folder: Path | None = None, *, remedy: str = "name another place"
) -> None:
    """Raise InputError if the `folder` of `path` (itself, unless named) cannot be made.

    That is if it, or the nearest thing above it, is there and is no folder.
    """
    nearest = folder or path
    while (mode := _mode(nearest)) is None and nearest != nearest.parent:
        nearest = nearest.parent
    if mode is not None and not stat.S_ISDIR(mode):
        what = "this" if nearest == path else str(nearest)
        raise InputError(f"{what} is a file, no folder", remedy, source=path)


def _mode(path: Path) -> int | None:
    """Return what stands at `path`; None for nothing, or what may not be looked at."""
    try:
        return path.stat().st_mode
    except OSError:  # writing will tell
        return None
