"""What a training is held against and what it left, both read from the disk and checked."""

from __future__ import annotations

from pathlib import Path

from bot.domain.errors import IntercoderError
from bot.domain.retraining import RESULT, Outcome
from bot.inference.bundle import load_bundle
from bot.storage.promotions import Promotion

_LARGEST = 10_000_000  # bytes of a result.json


class TrainingError(IntercoderError):
    """A training that came to nothing: why, as a sentence."""


def check_there(serving: Promotion) -> None:
    """Raise TrainingError or BundleError unless the coder that serves stands in its folder."""
    folder = serving.folder
    if not folder.is_dir():
        raise TrainingError(
            f"the coder that serves is gone from {folder}: put its folder back, or promote "
            "another; without it there is nothing to compare a new one with."
        )
    found = load_bundle(folder, verify=False).manifest.fingerprint
    if found != serving.fingerprint:
        raise TrainingError(
            f"another coder stands in {folder} now ({found[:8]} instead of "
            f"{serving.fingerprint[:8]}): put the one that serves back, or promote another."
        )


def read_result(folder: Path) -> Outcome:
    """Return the result in a folder; raises TrainingError where there is none that is whole."""
    file = folder / RESULT
    try:
        if file.stat().st_size > _LARGEST:
            raise TrainingError("the training ended with a result that is too large to be one.")
        return Outcome.from_json(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TrainingError("the training ended without a result.") from None
    except (OSError, UnicodeDecodeError) as error:
        kind = type(error).__name__
        raise TrainingError(f"the result of the training cannot be read ({kind}).") from None
