"""`intercoder export`: a study's transcript or codebook as a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape

from bot.commands.options import Database, SessionName, StudyNames, chosen_database
from bot.commands.sparing import spare, spare_database
from bot.commands.state import state
from bot.domain.errors import InputError
from bot.domain.targets import check_file, check_kind
from exports.forms import FORMS, Form, FormName, check_layout, form_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from bot.storage.rows import CodedDiscussion

_FORMS = "; ".join(f"{form.name}: {form.use}" for form in FORMS.values())


def export(  # noqa: PLR0913, PLR0917 - one argument an option
    context: typer.Context,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The file to write.")],
    format: Annotated[  # noqa: A002 - it names the option
        FormName | None,
        typer.Option(help=f"Form of the transcript; else what FILE ends with. {_FORMS}."),
    ] = None,
    layout: Annotated[
        Literal["long", "wide"],
        typer.Option(help="A row per message and coding, or per message with a column per coder."),
    ] = "long",
    codebook: Annotated[
        bool,
        typer.Option("--codebook", help="Write the study's codebook instead: .toml, .csv or .qdc."),
    ] = False,
    verified: Annotated[
        bool,
        typer.Option(
            "--verified",
            help="Only what people settled on, of all studies or those named, to train from.",
        ),
    ] = False,
    study: StudyNames = None,
    session: SessionName = None,
    database: Database = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a file that is no earlier export.")
    ] = False,
) -> None:
    """Write a transcript with every coder's codes, what people verified, or the codebook.

    An earlier export is replaced, whole or not at all; any other file only with --force.
    """
    from bot.commands.signals import run_until_signalled  # noqa: PLC0415 - --help is quick

    given = state(context)
    url = chosen_database(given, database)
    if codebook and (format is not None or layout != "long"):
        what = "--format" if format is not None else "--layout"
        raise InputError(f"{what} with --codebook", "it is the transcript's: give one of the two")
    if codebook and session is not None:
        raise InputError("--session with --codebook", "a codebook is a study's: leave it out")
    check_kind(out)
    if verified:
        _check_alone(codebook=codebook, format=format, layout=layout, session=session)
        spare_database(out, url)
        check_file(out)
        from bot.commands.verified_file import export_verified  # noqa: PLC0415 - as above

        told = export_verified(url, out, study or (), given.err, force=force)
        for line in run_until_signalled(told):
            given.out.print(escape(line), soft_wrap=True)
        return
    if len(study or ()) > 1:
        raise InputError("--study twice", "one file holds one study, unless with --verified")
    named = study[0] if study else None
    form = None if codebook else _form(out, format)
    if form is not None:
        check_layout(form, layout)
    spare_database(out, url)
    check_file(out)
    if form is None:
        work = _codebook(url, out, named, force=force)
    else:
        asked = _Asked(form, layout, named, session)
        work = _transcript(url, out, asked, given.err, force=force)
    given.out.print(escape(run_until_signalled(work)), soft_wrap=True)


def _check_alone(*, codebook: bool, format: object, layout: str, session: str | None) -> None:  # noqa: A002 - as the option
    given = {
        "--codebook": codebook,
        "--format": format is not None,
        "--layout": layout != "long",
        "--session": session is not None,
    }
    for name, there in given.items():
        if there:
            raise InputError(f"{name} with --verified", "leave it out: the file has one form")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be written of which study."""

    form: Form
    layout: str
    study: str | None
    session: str | None


def _form(out: Path, named: FormName | None) -> Form:
    form = form_of(out) if named is None else FORMS[named]
    if form is None:
        raise InputError(
            f"{out.name!r} does not tell the form of the transcript",
            f"say it: --format {', '.join(FORMS)}, or --codebook for the codebook",
            source=out,
        )
    return form


async def _transcript(url: str, out: Path, asked: _Asked, console: Console, *, force: bool) -> str:
    from contextlib import aclosing  # noqa: PLC0415 - with the rest below

    from bot.commands.databases import check_session, open_existing, pick_study  # noqa: PLC0415
    from bot.commands.progress import progress  # noqa: PLC0415
    from bot.storage.transcript import Reach  # noqa: PLC0415
    from exports.about import About  # noqa: PLC0415
    from exports.asking import wanted  # noqa: PLC0415
    from exports.recording import record_export  # noqa: PLC0415

    reach = Reach()
    spare(out, asked.form.is_ours, force=force)
    async with await open_existing(url) as store:
        study = await pick_study(store, asked.study)
        await check_session(store, study, asked.session)
        about = await About.read(store, study)
        with console.status("measuring what stands beside the transcript"):
            more = await wanted(asked.form, asked.layout, store, study, asked.session)
        total = await store.transcripts.size(study.id, asked.session)
        with progress(console, "written", total) as report:
            async with (
                aclosing(store.transcripts.stream(study.id, asked.session, reach)) as stream,
                aclosing(_told(stream, report)) as discussions,
            ):
                counted = await asked.form.write(discussions, about, out, more)
        name = asked.form.name
        note = await record_export(store, study, out, name, reach, session=asked.session)
    return "\n".join(filter(None, (f"{out}: {counted.sentence(study.name)}", note)))


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
    from exports.codebooks.forms import codebook_form  # noqa: PLC0415

    form = codebook_form(out)
    async with await open_existing(url) as store:
        study = await pick_study(store, study_name)
    book = study.codebook
    spare(out, lambda file: form.is_same(book, file), force=force)
    form.write(book, out)
    return f"{out}: codebook {book.id!r}, version {book.version}, {len(book.codes)} codes."
