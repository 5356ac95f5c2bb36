"""What the search and the process that trains for it tell each other. Nothing of it loads torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.incoming import Door
from bot.encoding.spec import Architecture
from training.curve import Epoch
from training.presets import Settings


@dataclass(frozen=True)
class Task:
    """What every trial of a search is on. It goes to another process, so it can be pickled."""

    file: Path
    door: Callable[[], Door]
    codebook: Path | None = None
    discord_permission: str | None = None
    base: str = "minilm"
    device: str = "auto"
    threads: int | None = None
    seed: int = 0


@dataclass(frozen=True)
class Facts:
    """What the trainer found of its task. `digest` changes with what trials can be compared on.

    `defaults` are the default presets as they run on these data, by architecture.
    """

    digest: str
    records: dict[str, int]
    groups: dict[str, int]
    said: tuple[str, ...]
    defaults: dict[Architecture, Settings]
    machine: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """How far a trial is; `text` says at what."""

    text: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Judged:
    """An epoch of a trial, judged on the validation groups."""

    epoch: Epoch


@dataclass(frozen=True, slots=True)
class Done:
    """A trial that trained to its end: how its best epoch did on the validation groups.

    `groups` are, for each of them, the messages coded as people did, and all messages.
    """

    epoch: int
    accuracy: float
    kappa: float | None
    macro_f1: float | None
    groups: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Stopped:
    """A trial that ended because it was told to."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A trial that could not go on; `sentence` says why."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The task cannot be searched on at all; `sentence` says why."""

    sentence: str


Ended = Done | Stopped | Failed
Told = Callable[[Step | Judged], bool]
"""Is told how a trial goes; False ends it."""
