"""Figures as a JSON file that is there whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from bot.domain.errors import InputError
from bot.domain.targets import check_file
from exports.writing import replacing


def check_writable(path: Path, keys: Collection[str]) -> None:
    """Raise now, not after minutes of work, for a place where figures cannot be written.

    Earlier figures, a JSON object that has all the `keys`, may be replaced; any other file may
    be somebody's work. Raises InputError.
    """
    check_file(path)
    if path.exists() and path.stat().st_size and not _holds(path, keys):
        raise InputError(
            "this file is there and holds no earlier figures of this command",
            "write to another file, or remove this one first",
            source=path,
        )


def _holds(path: Path, keys: Collection[str]) -> bool:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and set(keys) <= found.keys()


def write_json(path: Path, figures: Mapping[str, Any]) -> None:
    """Write `figures` to `path`; raises WritingError."""
    with replacing(path) as file:
        file.write(json.dumps(figures, indent=1, allow_nan=False) + "\n")
