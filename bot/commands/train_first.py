"""`intercoder train --from-codebook`: a first coder on the day a study begins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from bot.commands.state import State
from bot.domain.errors import InputError

if TYPE_CHECKING:
    from training.presets import Settings


def train_first(  # noqa: PLR0913 - every one is an option of the command
    given: State,
    codebook: Path,
    out: Path,
    settings: Settings,
    *,
    unlabelled: Path | None,
    scenarios: Path | None,
    base: str,
    threads: int | None,
    overwrite: bool,
) -> None:
    """Write the bundle, and print how far each of its codes can be trusted."""
    from bot.encoding.spec import Architecture  # noqa: PLC0415 - --help is quick
    from exports.incoming.files import door  # noqa: PLC0415 - as above
    from training.cold.train import train_from_codebook  # noqa: PLC0415 - torch

    if settings.architecture is not Architecture.THREAD:
        raise InputError("--from-codebook with architecture pair", "a first coder is a thread")
    first = train_from_codebook(
        codebook,
        out,
        settings,
        unlabelled=unlabelled,
        base=base,
        threads=threads,
        overwrite=overwrite,
        say=lambda text: given.err.print(escape(text), soft_wrap=True),
        door=door(scenarios),
    )
    rows = [f"{out}: a first coder; no message of this study has taught or tested it."]
    rows += [
        f"  {code.code:<6} {code.level} ({code.alike:.2f}): {', '.join(code.functions) or '-'}"
        for code in first.codes
    ]
    rows.append(
        "Take its codes for suggestions, verify some, and train again: twenty verified codes are "
        f"enough to begin with. What this means: {out / 'report' / 'report.md'}"
    )
    for row in rows:
        given.out.print(escape(row), soft_wrap=True)
