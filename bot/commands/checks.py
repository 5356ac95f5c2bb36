"""What is configured, found and missing on this machine: one check a row, each with a remedy."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.settings import Settings


class Use(StrEnum):
    """What a check is needed for."""

    REPLAY = "replay"
    RUN = "run"
    TRAIN = "train"


@dataclass(frozen=True, slots=True)
class Check:
    """One row: `found` says what is there, `remedy` what to do (empty where all is well)."""

    name: str
    found: str
    remedy: str = ""
    needed_for: frozenset[Use] = frozenset()

    @property
    def passed(self) -> bool:
        """Whether there is nothing to do."""
        return not self.remedy
