"""`intercoder train`: a coded file in, a bundle out."""

from __future__ import annotations

from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from signal import SIGINT, SIGTERM
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot.commands.options import TALK, Database, ScenarioList, StudyNames, chosen_database
from bot.commands.state import state
from bot.domain.counting import many
from bot.domain.errors import InputError
from bot.domain.targets import check_folder
from bot.inference.kinds import DeviceKind

if TYPE_CHECKING:
    from training.presets import Settings
    from training.train import Trained


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


def train(  # noqa: PLR0913 - every one is an option
    context: typer.Context,
    *,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help=f"{TALK} Left out with --verified.")
    ] = None,
    out: Annotated[Path, typer.Option(metavar="BUNDLE", help="The folder to write.")],
    preset: Annotated[
        str,
        typer.Option(
            metavar="default|paper|FILE",
            help="FILE: what `intercoder tune` found. paper: as Simmonds & Haines, but on --base, "
            "without attention dropout, and with at most 40 earlier comments within 512 tokens.",
        ),
    ] = "default",
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
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Same seed, same machine: same weights (preset: 0)."),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, max=1000, help="Else the preset's.")] = None,
    records: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Learn from so many records of the training part, drawn by the seed in whole "
            "groups; the others count as uncoded. For a learning curve.",
        ),
    ] = None,
    teachers: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=10,
            help="Networks whose soft labels are learned, too, from 2 on; 0: people's codes "
            "alone (preset: 3 where most messages are uncoded, else 0).",
        ),
    ] = None,
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
    verified: Annotated[
        bool,
        typer.Option(
            "--verified",
            help="Train on what people verified in the database, of all studies or those named.",
        ),
    ] = False,
    study: StudyNames = None,
    database: Database = None,
    method: Annotated[
        Learning | None,
        typer.Option(
            help="finetune: everything learns. frozen: a linear head alone, in seconds. codebook: "
            "nothing learns. auto: what does best on held-out groups (so with --verified)."
        ),
    ] = None,
    from_codebook: Annotated[
        Path | None,
        typer.Option(
            metavar="CODEBOOK", help="Make a first coder from a codebook, without a coded message."
        ),
    ] = None,
    unlabelled: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="With --from-codebook: talk of the study, for what it is about."
        ),
    ] = None,
    disagreements: Annotated[
        Differing | None,
        typer.Option(
            help="Training messages on which people differ: their votes teach as soft labels, "
            "or nothing; else as the preset has it."
        ),
    ] = None,
) -> None:
    """Train a coder on human-coded messages and judge it on messages it has not seen.

    Ctrl-C or SIGTERM end the training early and keep the best epoch so far.
    """
    from bot.commands.signals import (  # noqa: PLC0415 - --help is quick
        interruptible,
        run_until_signalled,
    )
    from bot.commands.stages import stages  # noqa: PLC0415 - as above
    from bot.commands.training_extra import train_extra  # noqa: PLC0415 - as above
    from bot.commands.verified_file import kept_if_trained, snapshot  # noqa: PLC0415 - as above
    from bot.inference.staged import check_free  # noqa: PLC0415 - as above

    given = state(context)
    check_folder(out)
    chosen = {
        "window": window,
        "split": split,
        "seed": seed,
        "epochs": epochs,
        "least_steps": None if epochs is None else 0,  # what is asked for is done
        "records": records,
        "teachers": teachers,
        "uncoded_for_teachers": None if teachers is None else 0.0,  # as above
        "oversample_min": oversample_min,
        "oversample_total": oversample_total,
        "disagreements": None if disagreements is None else disagreements.value,
    }
    if not verified and (study or database):
        raise InputError("--study or --database without --verified", "add it, or leave them out")
    if from_codebook is not None:
        if file is not None or verified or codebook is not None or method is not None:
            raise InputError(
                "--from-codebook with FILE, --verified, --codebook or --method",
                "a first coder is made from a codebook alone: leave the others out",
            )
        from bot.commands.train_first import train_first  # noqa: PLC0415 - as above

        with train_extra("train"):
            train_first(
                given,
                from_codebook,
                out,
                _settings(preset, architecture, chosen),
                unlabelled=unlabelled,
                scenarios=scenarios,
                base=base,
                threads=threads,
                overwrite=overwrite,
            )
        return
    if unlabelled is not None:
        raise InputError("--unlabelled without --from-codebook", "add it, or leave this one out")
    lineage: dict[str, str] = {}
    gold: frozenset[str] = frozenset()
    snapshots = ExitStack()
    if verified:
        if file is not None:
            raise InputError(f"{file} with --verified", "train from the one or the other")
        check_free(out, overwrite=overwrite)  # before the words are written beside it
        work = snapshot(chosen_database(given, database), out, study or (), given.err)
        written, file, gold = run_until_signalled(work)
        for line in (*written.sentences(), f"{file}: what it learns from.", *_set_aside(gold)):
            given.err.print(escape(line), soft_wrap=True)
        lineage["snapshot"] = file.name
        snapshots.enter_context(kept_if_trained(written, file, out))
    if file is None:
        raise InputError("there is nothing to train on", "name a coded file, or say --verified")
    with snapshots, interruptible(given.err, SIGINT, SIGTERM) as hold, train_extra("train"):
        from exports.incoming.files import door  # noqa: PLC0415 - as above
        from training.ladder import Method  # noqa: PLC0415 - torch
        from training.train import train as run  # noqa: PLC0415 - torch

        settings = _settings(preset, architecture, chosen)
        default = Learning.AUTO if verified else Learning.FINETUNE
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
                lineage=lineage,
                gold=gold,
                method=Method((method or default).value),
                progress=progress,
                say=lambda text: given.err.print(escape(text), soft_wrap=True),
                learned=hold,
                door=door(scenarios),
            )
        print_trained(given.out, trained, out)


def _set_aside(gold: frozenset[str]) -> list[str]:
    if not gold:
        return []
    return [f"{many(len(gold), 'gold group')} set aside: they judge, and do not teach."]


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
    name: str, architecture: Network | None, options: dict[str, float | str | None]
) -> Settings:
    """Return the preset's settings with the options that were given in their place."""
    from dataclasses import replace  # noqa: PLC0415 - with the rest

    from training.split import SplitBy  # noqa: PLC0415

    chosen = {key: value for key, value in options.items() if value is not None}
    if "split" in chosen:
        chosen["split"] = SplitBy(str(chosen["split"]))
    start = _preset(name, architecture)
    return replace(start, **chosen)  # type: ignore[arg-type]  # the options' types are checked


def _preset(name: str, architecture: Network | None) -> Settings:
    """Return the settings of a named preset, or of a file. Raises InputError."""
    from bot.encoding.spec import Architecture  # noqa: PLC0415 - with the rest
    from training.preset_file import load_preset  # noqa: PLC0415
    from training.presets import preset  # noqa: PLC0415

    wanted = None if architecture is None else Architecture(architecture.value)
    if name == "paper" and wanted is Architecture.THREAD:
        raise InputError(
            "--preset paper with --architecture thread",
            "the paper's coder is a pair: leave one of the two out",
        )
    if name in ("default", "paper"):
        return preset(name, wanted)
    if not Path(name).exists():
        raise InputError(
            f"--preset {name}: there is no such preset, and no such file",
            "give default, paper, or a file that `intercoder tune` wrote",
        )
    found = load_preset(Path(name))
    if wanted not in (None, found.architecture):
        raise InputError(
            f"--architecture {wanted} with --preset {name}, which is a {found.architecture}'s",
            "leave one of the two out",
        )
    return found
