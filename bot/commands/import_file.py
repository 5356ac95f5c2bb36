"""`intercoder import`: a file's messages and people's codes into the database."""

from __future__ import annotations

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


def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=TALK)],
    codebook: CodebookFile = None,
    scenarios: ScenarioList = None,
    study: StudyName = None,
    session: SessionName = None,
    database: Database = None,
) -> None:
    """Store a file's messages and its people's codes.

    Without --codebook, the study's own serves; for a new study the one in the file or
    beside it, else the codes in the file. Importing again adds only what is new.
    """
    from bot.commands.coding_run import CodingRun, replay_file  # noqa: PLC0415 - --help is quick
    from bot.commands.signals import run_until_signalled  # noqa: PLC0415 - as above
    from bot.commands.summary import print_summary  # noqa: PLC0415 - as above

    given = state(context)
    run = CodingRun(
        file=file,
        database=chosen_database(given, database),
        bundle=None,
        study=study,
        session=session,
        codebook=codebook,
        scenarios=scenarios,
    )
    print_summary(given.out, run_until_signalled(replay_file(run, given.err)))
