"""Reliability as JSON: every figure under the keys that docs/reliability.md lists."""

from __future__ import annotations

import json
from pathlib import Path

from bot.services.reliability import StudyReliability
from exports.writing import replacing

KEYS = ("n_units", "krippendorff_alpha", "pairs", "per_code")
"""What tells earlier figures of this kind from other JSON."""


def write_plain(found: StudyReliability, path: Path) -> None:
    """Write the figures to `path`; null where one is undefined. Raises WritingError."""
    text = json.dumps(found.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)
    with replacing(path) as file:
        file.write(text + "\n")
