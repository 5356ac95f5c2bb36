"""`intercoder replay`: a file through exactly the live path, at the pace that is asked for."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.commands.options import (
    TALK,
    CodebookFile,
    Database,
    ScenarioList,
    SessionName,
    StudyName,
    chosen_database,
)
from bot.commands.state import state
from bot.inference.kinds import DeviceKind, EngineKind


class Speed(StrEnum):
    """Times the recorded pace."""

    RECORDED = "1"
    TENFOLD = "10"
    MAX = "max"


def replay(  # noqa: PLR0913 - every one is an option
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=TALK)],
    *,
    speed: Annotated[Speed, typer.Option(help="1: as it was once; max: no waiting.")] = Speed.MAX,
    study: StudyName = None,
    session: SessionName = None,
    bundle: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="The coder; else that of the settings.")
    ] = None,
    database: Database = None,
    codebook: CodebookFile = None,
    scenarios: ScenarioList = None,
    engine: Annotated[EngineKind | None, typer.Option(help="What computes.")] = None,
    device: Annotated[DeviceKind | None, typer.Option(help="Where it computes.")] = None,
    codes: Annotated[
        bool, typer.Option("--codes/--no-codes", help="Store and compare the file's codes, too.")
    ] = True,
) -> None:
    """Send a transcript through the live path: store, code, compare with people.

    A replay that was stopped or killed is finished by running it again: nothing is lost and
    nothing comes twice. The study is called as the dataset, the session as in
    an export of ours, else "replay" and the study, unless named.
    """
    from bot.commands.coding_run import CodingRun, replay_file  # noqa: PLC0415 - --help is quick
    from bot.commands.signals import run_until_signalled  # noqa: PLC0415 - as above
    from bot.commands.summary import print_summary  # noqa: PLC0415 - as above

    given = state(context)
    model = given.settings.model
    run = CodingRun(
        file=file,
        database=chosen_database(given, database),
        bundle=bundle or model.bundle,
        study=study,
        session=session,
        codebook=codebook,
        scenarios=scenarios,
        speed=None if speed is Speed.MAX else float(speed),
        human_codes=codes,
        engine=engine or model.engine,
        device=device or model.device,
        threads=model.threads,
    )
    print_summary(given.out, run_until_signalled(replay_file(run, given.err)))
