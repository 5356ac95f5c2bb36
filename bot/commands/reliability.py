"""`intercoder reliability`: how far people and model versions agree, with intervals."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot.commands.options import (
    CodebookFile,
    Database,
    SessionName,
    StudyName,
    chosen_database,
)
from bot.commands.state import state
from bot.domain.errors import InputError

if TYPE_CHECKING:
    from bot.services.reliability import StudyReliability, Wanted


def reliability(  # noqa: PLR0913 - every one is an option
    context: typer.Context,
    *,
    study: StudyName = None,
    file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Compare a file's people; needs no database."),
    ] = None,
    coders: Annotated[
        str | None,
        typer.Option(metavar="A,B,...", help="Else all; 'verified' is what people settled on."),
    ] = None,
    session: SessionName = None,
    database: Database = None,
    codebook: CodebookFile = None,
    json_out: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="Write all figures here, too.")
    ] = None,
    csv_out: Annotated[
        Path | None, typer.Option("--csv", metavar="OUT", help="The same, one row a figure.")
    ] = None,
    png_out: Annotated[
        Path | None, typer.Option("--png", metavar="OUT", help="And as one picture.")
    ] = None,
    units: Annotated[
        bool, typer.Option("--units", help="Compare units of analysis, not messages.")
    ] = False,
    blind: Annotated[
        bool, typer.Option("--blind", help="Only what people coded before seeing any code.")
    ] = False,
    by_session: Annotated[
        bool, typer.Option("--by-session", help="Every pair in every session, too.")
    ] = False,
    confusion: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="Whose confusion; else the two with most in common."),
    ] = None,
    leave_out: Annotated[
        str | None, typer.Option(metavar="CODE,...", help="Codes that are taken for none.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap behind the intervals.")] = 0,
) -> None:
    """Measure how far coders agree: people and model versions, with 95 % intervals.

    Percent agreement, Cohen's and Fleiss' kappa, Krippendorff's alpha and Gwet's AC1: of all
    coders, each pair, each code and session, and over time. A name that holds a comma goes in
    double quotes.
    """
    from bot.commands.reliability_files import Places  # noqa: PLC0415 - --help is quick
    from bot.commands.reliability_view import print_reliability  # noqa: PLC0415
    from bot.services.reliability import Wanted  # noqa: PLC0415

    given = state(context)
    places = Places(json_out, csv_out, png_out)
    places.check(file)
    left_out = _names(leave_out, "--leave-out") or ()
    wanted = Wanted(session, _names(coders, "--coders"), units, blind, left_out)
    confused = _pair(confusion)
    if file is None:
        if codebook is not None:
            raise InputError("--codebook without --file", "a study has its own: leave it out")
        url = chosen_database(given, database)
        found = _of_study(url, study, wanted, confused, seed, given.err)
    else:
        _check_file_options(study, database, wanted)
        found = _of_file(file, codebook, wanted, confused, seed, given.err)
    written = list(places.write(found))  # before the first line: who reads may stop
    print_reliability(given.out, found, every_session=by_session)
    for told in written:
        given.out.print(escape(told), soft_wrap=True)


def _of_study(
    url: str,
    name: str | None,
    wanted: Wanted,
    confused: tuple[str, str] | None,
    seed: int,
    console: Console,
) -> StudyReliability:
    from bot.commands.signals import run_until_signalled  # noqa: PLC0415 - --help is quick

    async def work() -> StudyReliability:
        from bot.commands.databases import (  # noqa: PLC0415
            check_session,
            open_existing,
            pick_study,
        )
        from bot.services.reliability import study_reliability  # noqa: PLC0415

        async with await open_existing(url) as store:
            study = await pick_study(store, name)
            await check_session(store, study, wanted.session)
            return await study_reliability(
                store,
                study,
                session=wanted.session,
                coders=wanted.coders,
                of_units=wanted.of_units,
                blind=wanted.blind,
                leave_out=wanted.leave_out,
                confused=confused,
                seed=seed,
            )

    with console.status("reading and measuring"):
        return run_until_signalled(work())


def _of_file(
    file: Path,
    codebook: Path | None,
    wanted: Wanted,
    confused: tuple[str, str] | None,
    seed: int,
    console: Console,
) -> StudyReliability:
    from bot.domain.coded_source import find_codebook  # noqa: PLC0415 - --help is quick
    from bot.domain.errors import about  # noqa: PLC0415
    from bot.services.reliability import transcript_reliability  # noqa: PLC0415
    from exports.incoming.files import door  # noqa: PLC0415

    opened = door()
    with console.status("reading and measuring"), about(file):
        given = None if codebook is None else opened.codebook(codebook)
        incoming = opened.incoming(file, given)
        beside = find_codebook(file)
        book = given or incoming.codebook
        if book is None and beside is not None:
            book = opened.codebook(beside)
        name = incoming.transcript.dataset or file.stem
        return transcript_reliability(
            incoming.transcript, name, book, wanted, confused=confused, seed=seed
        )


def _check_file_options(study: str | None, database: str | None, wanted: Wanted) -> None:
    """Raise InputError for what a file does not tell."""
    if study is not None or database is not None:
        raise InputError(
            "--file with --study or --database", "a file needs neither: give one of the two"
        )
    if wanted.session is not None:
        raise InputError("--session with --file", "import the file, then name the session")
    if wanted.of_units:
        raise InputError("--units with --file", "import the file: units are joined in a study")
    if wanted.blind:
        raise InputError(
            "--blind with --file", "leave it out: a file does not tell what its coders had seen"
        )


def _names(given: str | None, option: str) -> tuple[str, ...] | None:
    """Return the names in a list with commas; one in double quotes may hold commas itself."""
    if given is None:
        return None
    names = tuple(name.strip() for name in next(csv.reader([given], skipinitialspace=True), []))
    if not all(names) or not names:
        raise InputError(f"{option} '{given}' has an empty name", "write A,B,...")
    return names


def _pair(given: str | None) -> tuple[str, str] | None:
    names = _names(given, "--confusion")
    if names is None:
        return None
    if len(names) != 2:
        raise InputError(
            f"--confusion '{given}' names {len(names)} coders",
            "name two: A,B; a name that holds a comma goes in double quotes",
        )
    return names[0], names[1]
