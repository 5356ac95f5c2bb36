"""`intercoder export`: a study's transcript or codebook as a file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot.commands.options import Database, SessionName, StudyName, chosen_database
from bot.commands.state import state
from bot.domain.counting import many
from bot.domain.errors import InputError
from bot.domain.targets import check_file

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from bot.storage.rows import CodedDiscussion


class Format(StrEnum):
    """The forms of a transcript."""

    CSV = "csv"
    JSONL = "jsonl"


def export(
    context: typer.Context,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The file to write.")],
    format: Annotated[  # noqa: A002 - it names the option
        Format | None, typer.Option(help="Form of the transcript; else what FILE ends with.")
    ] = None,
    codebook: Annotated[
        bool, typer.Option("--codebook", help="Write the study's codebook (TOML) instead.")
    ] = False,
    study: StudyName = None,
    session: SessionName = None,
    database: Database = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a file that is no earlier export.")
    ] = False,
) -> None:
    """Write a transcript with every coder's codes, or the codebook.

    An earlier export is replaced, whole or not at all; any other file only with --force.
    """
    from bot.commands.signals import run_until_signalled  # noqa: PLC0415 - --help is quick

    given = state(context)
    url = chosen_database(given, database)
    if codebook and format is not None:
        raise InputError("--format with --codebook", "a codebook is TOML: give one of the two")
    form = None if codebook else format or _form_of(out)
    if codebook and session is not None:
        raise InputError("--session with --codebook", "a codebook is a study's: leave it out")
    _spare_database(out, url)
    check_file(out)
    if form is None:
        work = _codebook(url, out, study, force=force)
    else:
        work = _transcript(url, out, form, study, session, given.err, force=force)
    given.out.print(escape(run_until_signalled(work)), soft_wrap=True)


def _form_of(out: Path) -> Format:
    try:
        return Format(out.suffix.lower().removeprefix("."))
    except ValueError:
        raise InputError(
            f"{out.name!r} does not tell the form of the transcript",
            f"say it: --format {' or --format '.join(Format)}, or --codebook for the codebook",
            source=out,
        ) from None


async def _transcript(
    url: str,
    out: Path,
    form: Format,
    study_name: str | None,
    session: str | None,
    console: Console,
    *,
    force: bool,
) -> str:
    from contextlib import aclosing  # noqa: PLC0415 - with the rest below

    from bot.commands.databases import check_session, open_existing, pick_study  # noqa: PLC0415
    from bot.commands.progress import progress  # noqa: PLC0415
    from exports.csv_transcript import write_csv  # noqa: PLC0415
    from exports.jsonl import write_jsonl  # noqa: PLC0415

    _spare(out, {Format.CSV: _is_csv_export, Format.JSONL: _is_jsonl_export}[form], force=force)
    write = write_csv if form is Format.CSV else write_jsonl
    async with await open_existing(url) as store:
        study = await pick_study(store, study_name)
        await check_session(store, study, session)
        total = await store.transcripts.size(study.id, session)
        with progress(console, "written", total) as report:
            async with (
                aclosing(store.transcripts.stream(study.id, session)) as stream,
                aclosing(_told(stream, report)) as discussions,
            ):
                counted = await write(discussions, study.name, out)
    return (
        f"{out}: {many(counted.messages, 'message')} of study {study.name!r} with "
        f"{many(counted.codings, 'coding')}; {counted.uncoded} without any."
    )


async def _told(
    stream: AsyncIterator[CodedDiscussion], report: Callable[[int], None]
) -> AsyncGenerator[CodedDiscussion]:
    done = 0
    async for coded in stream:
        yield coded
        done += len(coded.discussion.messages)
        report(done)


async def _codebook(url: str, out: Path, study_name: str | None, *, force: bool) -> str:
    from bot.commands.databases import open_existing, pick_study  # noqa: PLC0415
    from exports.codebook_toml import codebook_text, write_codebook  # noqa: PLC0415

    async with await open_existing(url) as store:
        study = await pick_study(store, study_name)
    text = codebook_text(study.codebook).encode()
    _spare(out, lambda file: file.read_bytes() == text, force=force)
    write_codebook(study.codebook, out)
    book = study.codebook
    return f"{out}: codebook {book.id!r}, version {book.version}, {len(book.codes)} codes."


def _spare_database(out: Path, url: str) -> None:
    """Raise InputError for the database that is read: not even --force means that."""
    from bot.storage.sqlite import file_of, is_part_of, is_sqlite, parse_url  # noqa: PLC0415

    database = parse_url(url)
    if is_sqlite(database) and is_part_of(out, file_of(database)):
        raise InputError(
            "this is the database itself, or a file that belongs to it",
            "write to another file",
            source=out,
        )


def _spare(out: Path, is_ours: Callable[[Path], bool], *, force: bool) -> None:
    """Raise InputError for a file that is not an export of ours: it may be somebody's work."""
    if force or not out.is_file() or out.stat().st_size == 0 or is_ours(out):
        return
    raise InputError(
        "this file is there and is no earlier export of this kind",
        "write to another file, or replace it with --force",
        source=out,
    )


def _is_csv_export(file: Path) -> bool:
    from bot.domain.cells import ENCODING  # noqa: PLC0415
    from exports.csv_transcript import EXTRA_COLUMNS  # noqa: PLC0415

    with file.open(encoding=ENCODING, errors="replace") as opened:
        return opened.readline(10_000).rstrip("\r\n").endswith(",".join(EXTRA_COLUMNS))


def _is_jsonl_export(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(100).startswith(b'{"codings": [')
