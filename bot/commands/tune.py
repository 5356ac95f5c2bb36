"""`intercoder tune`: a search for settings that code a data set better than the recipe."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from signal import SIGINT, SIGTERM
from typing import Annotated

import typer

from bot.commands.options import TALK, ScenarioList
from bot.commands.state import state
from bot.commands.training_options import Base, CodebookOfFile, Device, Network, Threads

_BUDGET = "8h"
"""A night, where no limit is given."""


def tune(  # noqa: PLR0913 - every one is an option
    context: typer.Context,
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=TALK)],
    study_file: Annotated[
        Path,
        typer.Option(metavar="FILE", help="Where the trials are kept: a second run goes on."),
    ] = Path("data/tuning.db"),
    budget: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Training time of all trials, over every run on this data: 8h, 90m, 1h30m "
            f"({_BUDGET} if no limit is given).",
        ),
    ] = None,
    trials: Annotated[
        int | None, typer.Option(min=1, help="Trials in all, over every run on this data.")
    ] = None,
    longest: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="Give a trial up that would take longer (a quarter of --budget)."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="PRESET.toml", help="Write the best settings here, too."),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="For report and pictures; else a folder beside --study-file."
        ),
    ] = None,
    architecture: Annotated[
        Network | None, typer.Option(help="Search this one alone; else both.")
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, help="Of split, training and guesses; another is another search.")
    ] = 0,
    codebook: CodebookOfFile = None,
    scenarios: ScenarioList = None,
    base: Base = "minilm",
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Search for settings that code FILE better than the default, and than the paper's.

    Trials are judged on the validation groups; the test part is never looked at.

    Ctrl-C or a crash cost the running trial alone: the same command tries it again and goes on.

    The best trial becomes a preset for `intercoder train FILE --preset PRESET.toml`.
    """
    from bot.commands.signals import interruptible  # noqa: PLC0415 - --help is quick
    from bot.commands.training_extra import train_extra  # noqa: PLC0415 - as above

    given = state(context)
    with interruptible(given.err, SIGINT, SIGTERM) as hold, train_extra("tune"):
        from bot.commands.tune_run import Limits, Places, tuned  # noqa: PLC0415 - optuna
        from exports.incoming.files import door  # noqa: PLC0415 - as above
        from training.tune.messages import Task  # noqa: PLC0415 - as above

        limits = Limits.of(budget, trials, longest, usual=_BUDGET)
        task = Task(
            file=file,
            door=partial(door, scenarios),
            codebook=codebook,
            discord_permission=given.settings.training.discord_permission,
            base=base,
            device=device,
            threads=threads,
            seed=seed,
        )
        chosen = None if architecture is None else architecture.value
        places = Places(study_file, report, out)
        tuned(given, task, limits, places, chosen, hold)
