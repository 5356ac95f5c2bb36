"""`intercoder train`: a coded file in, a bundle out."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from signal import SIGINT, SIGTERM
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot.commands.options import TALK, ScenarioList
from bot.commands.state import state
from bot.domain.counting import many
from bot.domain.errors import InputError
from bot.domain.targets import check_folder
from bot.inference.kinds import DeviceKind

if TYPE_CHECKING:
    from training.presets import Settings
    from training.train import Trained


class Preset(StrEnum):
    """Named settings of a run."""

    DEFAULT = "default"
    PAPER = "paper"


class Network(StrEnum):
    """What the coder is built as."""

    THREAD = "thread"
    PAIR = "pair"


class Kept(StrEnum):
    """What the split keeps together."""

    GROUP = "group"
    RECORD = "record"


def train(  # noqa: PLR0913 - every one is an option
    context: typer.Context,
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=TALK)],
    out: Annotated[Path, typer.Option(metavar="BUNDLE", help="The folder to write.")],
    preset: Annotated[
        Preset,
        typer.Option(
            help="paper: as Simmonds & Haines, but on --base, without attention dropout, and with "
            "at most 40 earlier comments within 512 tokens."
        ),
    ] = Preset.DEFAULT,
    architecture: Annotated[
        Network | None, typer.Option(help="Else that of the preset: thread, for paper pair.")
    ] = None,
    window: Annotated[
        int | None, typer.Option(min=0, max=200, help="Earlier messages that the coder sees.")
    ] = None,
    split: Annotated[
        Kept | None,
        typer.Option(help="Split by; else that of the preset: group, for paper record."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same machine: same weights.")] = 0,
    epochs: Annotated[int | None, typer.Option(min=1, max=1000, help="Else the preset's.")] = None,
    codebook: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The codebook; else the one beside FILE.")
    ] = None,
    scenarios: ScenarioList = None,
    base: Annotated[
        str, typer.Option(help="Base model: minilm, a folder, or a hub name.")
    ] = "minilm",
    oversample_min: Annotated[
        int | None, typer.Option(min=0, help="Records a code at least (preset: 50).")
    ] = None,
    oversample_total: Annotated[
        int | None, typer.Option(min=0, help="Records in all at least (preset: 2000).")
    ] = None,
    device: Annotated[DeviceKind, typer.Option(help="Where it computes.")] = "auto",
    threads: Annotated[int | None, typer.Option(min=1, max=256, help="Else every core.")] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the bundle that stands there.")
    ] = False,
) -> None:
    """Train a coder on human-coded messages and judge it on messages it has not seen.

    Ctrl-C or SIGTERM end the training early and keep the best epoch so far.
    """
    from bot.commands.signals import interruptible  # noqa: PLC0415 - --help is quick
    from bot.commands.stages import stages  # noqa: PLC0415 - as above
    from bot.commands.training_extra import train_extra  # noqa: PLC0415 - as above

    given = state(context)
    check_folder(out)
    with interruptible(given.err, SIGINT, SIGTERM) as hold, train_extra("train"):
        from exports.incoming.files import door  # noqa: PLC0415 - as above
        from training.train import train as run  # noqa: PLC0415 - torch

        settings = _settings(
            preset,
            architecture,
            {
                "window": window,
                "split": split,
                "seed": seed,
                "epochs": epochs,
                "oversample_min": oversample_min,
                "oversample_total": oversample_total,
            },
        )
        with stages(given.err, "training, steps") as progress:
            trained = run(
                file,
                out,
                settings,
                codebook=codebook,
                discord_permission=given.settings.training.discord_permission,
                base=base,
                device=device,
                threads=threads,
                overwrite=overwrite,
                progress=progress,
                say=lambda text: given.err.print(escape(text), soft_wrap=True),
                learned=hold,
                door=door(scenarios),
            )
        print_trained(given.out, trained, out)


def print_trained(console: Console, trained: Trained, out: Path) -> None:
    """Print how the coder did on the test part, and where the rest is told."""
    from bot.commands.figures import interval, number, percent  # noqa: PLC0415 - --help is quick
    from bot.reliability.resampling import interval_note  # noqa: PLC0415
    from training.people import people_sentences  # noqa: PLC0415

    test = trained.test
    kept = f"epoch {trained.fit.best} of {len(trained.fit.epochs)} is kept"
    note = interval_note(test.groups)
    kappa_interval = interval(test.kappa_low, test.kappa_high)
    shown = f"95 % interval {kappa_interval}" if test.groups > 1 else ""
    rows = (
        f"{out}: {kept}; on {many(test.n, 'test message')} of {many(test.groups, 'group')}:",
        f"  accuracy {percent(test.accuracy)}",
        f"  Cohen's kappa {number(test.kappa)} ({', '.join(filter(None, (shown, note)))})",
        f"  macro-F1 {number(test.macro_f1)}",
        *people_sentences(trained.arrangement.people),
        f"Tables, pictures and every prediction: {out / 'report' / 'report.md'}",
    )
    for row in rows:
        console.print(escape(row), soft_wrap=True)


def _settings(
    name: Preset, architecture: Network | None, options: dict[str, int | str | None]
) -> Settings:
    """Return the preset's settings with the options that were given in their place."""
    from dataclasses import replace  # noqa: PLC0415 - with the rest

    from bot.encoding.spec import Architecture  # noqa: PLC0415
    from training.presets import preset  # noqa: PLC0415
    from training.split import SplitBy  # noqa: PLC0415

    if name is Preset.PAPER and architecture is Network.THREAD:
        raise InputError(
            "--preset paper with --architecture thread",
            "the paper's coder is a pair: leave one of the two out",
        )
    chosen = {key: value for key, value in options.items() if value is not None}
    if "split" in chosen:
        chosen["split"] = SplitBy(str(chosen["split"]))
    start = preset(name.value, None if architecture is None else Architecture(architecture.value))
    return replace(start, **chosen)  # type: ignore[arg-type]  # the options' types are checked
