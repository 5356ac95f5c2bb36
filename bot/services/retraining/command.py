"""What is started to train: this program again, with the settings of whoever starts it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bot.services.retraining.process import Command
from bot.settings import DELIMITER, PREFIX, Settings

_HANDED_ON = ("database", "model", "training", "retraining")
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")


def training_command(settings: Settings, study: str, folder: Path, champion: Path) -> Command:
    """Return the command that trains `study` in `folder`, and judges against `champion`."""
    line = (
        *(sys.executable, "-m", "bot", "models", "make"),
        *(f"--study={study}", f"--folder={folder}", f"--champion={champion}", "--background"),
    )
    return Command(line, _environment(settings))


def _environment(settings: Settings) -> dict[str, str]:
    """Return our environment with the settings as they are here, and without the bot's token."""
    kept = {k: v for k, v in os.environ.items() if k.upper() != "INTERCODER_DISCORD__TOKEN"}
    plain = settings.model_dump(include=set(_HANDED_ON))
    for group, values in plain.items():
        for name, value in values.items():
            kept[f"{PREFIX}{group}{DELIMITER}{name}".upper()] = "" if value is None else str(value)
    threads = str(settings.retraining.threads)
    return kept | dict.fromkeys(_THREADS, threads) | {"PYTHONUNBUFFERED": "1"}
