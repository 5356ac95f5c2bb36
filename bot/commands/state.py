"""What every command is handed: settings, and where to write."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import cast

import typer
from rich.console import Console

from bot.settings import Settings, load_settings


@dataclass
class State:
    """One run of the command line. Results go to `out`, reports about the run to `err`."""

    out: Console = field(default_factory=lambda: Console(highlight=False))
    err: Console = field(default_factory=lambda: Console(stderr=True, highlight=False))
    env_file: Path | None = Path(".env")
    debug: bool = False

    @cached_property
    def settings(self) -> Settings:
        """The settings, read when a command first asks; raises SettingsError."""
        return load_settings(self.env_file)


def state(context: typer.Context) -> State:
    """Return the state of this run, as the composition root passed it."""
    return cast("State", context.obj)
