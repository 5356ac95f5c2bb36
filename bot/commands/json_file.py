"""Figures as a JSON file that is there whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from exports.writing import WritingError, replacing


def check_writable(path: Path) -> None:
    """Raise WritingError now for a place that cannot be written, not after minutes of work."""
    if path.is_dir():
        raise WritingError(f"{path} is a folder; name a file in it.")
    if not path.parent.is_dir():
        raise WritingError(f"{path}: there is no folder {path.parent}; create it first.")
    if not os.access(path.parent, os.W_OK):
        raise WritingError(f"{path}: the folder {path.parent} may not be written; write elsewhere.")


def write_json(path: Path, figures: Mapping[str, Any]) -> None:
    """Write `figures` to `path`; raises WritingError."""
    with replacing(path) as file:
        file.write(json.dumps(figures, indent=1, allow_nan=False) + "\n")
