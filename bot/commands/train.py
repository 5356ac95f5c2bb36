"""`intercoder train`: a coded file in, a bundle out."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from signal import SIGINT, SIGTERM
from typing import Annotated

import typer
from rich.markup import escape

from bot.commands.options import TALK, Database, ScenarioList, StudyNames, chosen_database
from bot.commands.state import state
from bot.commands.train_settings import check_first, check_heeded, run_settings
from bot.commands.train_view import print_trained
from bot.commands.training_options import (
    Base,
    CodebookOfFile,
    Device,
    Differing,
    Kept,
    Learning,
    Network,
    Threads,
)
from bot.domain.errors import InputError
from bot.domain.targets import check_folder


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
            help="Networks whose soft labels are learned, too: 2 or more; 0: people's codes "
            "alone (preset: 5 where most messages are uncoded, else 0).",
        ),
    ] = None,
    codebook: CodebookOfFile = None,
    scenarios: ScenarioList = None,
    base: Base = "minilm",
    oversample_min: Annotated[
        int | None, typer.Option(min=0, help="Records a code at least (preset: 50).")
    ] = None,
    oversample_total: Annotated[
        int | None, typer.Option(min=0, help="Records in all at least (preset: 2000).")
    ] = None,
    device: Device = "auto",
    threads: Threads = None,
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
        check_first(context.params)
        from bot.commands.train_first import train_first  # noqa: PLC0415 - as above

        with train_extra("train"):
            train_first(
                given,
                from_codebook,
                out,
                run_settings(preset, architecture, chosen),
                unlabelled=unlabelled,
                scenarios=scenarios,
                base=base,
                threads=threads,
                overwrite=overwrite,
            )
        return
    if unlabelled is not None:
        raise InputError("--unlabelled without --from-codebook", "add it, or leave this one out")
    if method is not None:
        check_heeded(f"--method {method}", context.params)
    lineage: dict[str, str] = {}
    snapshots = ExitStack()
    if verified:
        if file is not None:
            raise InputError(f"{file} with --verified", "train from the one or the other")
        check_free(out, overwrite=overwrite)  # before the words are written beside it
        work = snapshot(chosen_database(given, database), out, study or (), given.err)
        written, file = run_until_signalled(work)
        for line in (*written.sentences(), f"{file}: what it learns from."):
            given.err.print(escape(line), soft_wrap=True)
        lineage["snapshot"] = file.name
        snapshots.enter_context(kept_if_trained(written, file, out))
    if file is None:
        raise InputError("there is nothing to train on", "name a coded file, or say --verified")
    with snapshots, interruptible(given.err, SIGINT, SIGTERM) as hold, train_extra("train"):
        from exports.incoming.files import door  # noqa: PLC0415 - as above
        from training.ladder import Method  # noqa: PLC0415 - torch
        from training.train import train as run  # noqa: PLC0415 - torch

        settings = run_settings(preset, architecture, chosen)
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
                method=Method((method or default).value),
                progress=progress,
                say=lambda text: given.err.print(escape(text), soft_wrap=True),
                learned=hold,
                door=door(scenarios),
            )
        print_trained(given.out, trained, out)
