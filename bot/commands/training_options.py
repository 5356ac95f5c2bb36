"""Options that `train` and `tune` share, and the words that they take."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.inference.kinds import DeviceKind


class Network(StrEnum):
    """What the coder is built as."""

    THREAD = "thread"
    PAIR = "pair"


class Differing(StrEnum):
    """What becomes of messages on which people differ."""

    SOFT = "soft"
    DROP = "drop"


class Kept(StrEnum):
    """What the split keeps together."""

    GROUP = "group"
    RECORD = "record"


class Learning(StrEnum):
    """How a coder learns; the names are those of training.ladder.Method."""

    AUTO = "auto"
    CODEBOOK = "codebook"
    FROZEN = "frozen"
    FINETUNE = "finetune"


CodebookOfFile = Annotated[
    Path | None,
    typer.Option("--codebook", metavar="FILE", help="The codebook; else the one beside FILE."),
]
Base = Annotated[str, typer.Option("--base", help="Base model: minilm, a folder, or a hub name.")]
Device = Annotated[DeviceKind, typer.Option("--device", help="Where it computes.")]
Threads = Annotated[int | None, typer.Option("--threads", min=1, max=256, help="Else every core.")]
