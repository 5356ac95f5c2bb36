"""`intercoder bundle-study`: everything that a study's reviewers need, in one zip."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from bot.commands.options import Database, SessionName, StudyName, chosen_database
from bot.commands.state import state
from bot.domain.counting import many
from bot.domain.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from exports.study_bundle.write import Bundled


def bundle_study(
    context: typer.Context,
    out: Annotated[Path, typer.Option(metavar="FILE.zip", help="The zip to write.")],
    bundles: Annotated[
        list[Path] | None,
        typer.Option("--bundle", metavar="FOLDER", help="A bundle that coded; may be repeated."),
    ] = None,
    study: StudyName = None,
    session: SessionName = None,
    database: Database = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a file that is no earlier study bundle.")
    ] = False,
) -> None:
    """Write transcript, REFI-QDA project, codebook, reliability, reports and audit trail.

    A methods paragraph with the study's own numbers comes along. Without --bundle, the bundle
    of the settings gives its training report, if it coded in the study.
    """
    from bot.commands.signals import run_until_signalled  # noqa: PLC0415 - as above
    from bot.commands.sparing import spare, spare_database  # noqa: PLC0415 - --help is quick
    from bot.domain.targets import check_file  # noqa: PLC0415 - as above

    given = state(context)
    url = chosen_database(given, database)
    if out.suffix.lower() != ".zip":
        raise InputError(f"{out.name!r} is no name of a zip", "let it end with .zip", source=out)
    spare_database(out, url)
    check_file(out)
    spare(out, _is_bundle, force=force)
    folders = bundles or [given.settings.model.bundle]
    found = _fingerprints(folders, named=bundles is not None)
    work = _write(url, out, study, session, found, given.err)
    bundled, lines = run_until_signalled(work)
    if bundles is not None:
        strange = (folder for of, folder in found.items() if of not in bundled.models)
        lines += [f"Left out: {f}: this model has coded nothing here." for f in strange]
    for line in lines:
        given.out.print(escape(line), soft_wrap=True)


async def _write(
    url: str,
    out: Path,
    study_name: str | None,
    session: str | None,
    folders: dict[str, Path],
    console: Console,
) -> tuple[Bundled, list[str]]:
    from bot.commands.databases import check_session, open_existing, pick_study  # noqa: PLC0415
    from bot.commands.progress import progresses  # noqa: PLC0415
    from exports.recording import record_export  # noqa: PLC0415
    from exports.study_bundle.write import titles, write_study_bundle  # noqa: PLC0415

    async with await open_existing(url) as store:
        study = await pick_study(store, study_name)
        await check_session(store, study, session)
        total = await store.transcripts.size(study.id, session)
        if not total:
            raise InputError(
                f"study {study.name!r} has no message yet",
                "import or replay some, or run a session",
            )
        reports = {of: f / "report" for of, f in folders.items() if (f / "report").is_dir()}
        with ExitStack() as shown:
            bars = shown.enter_context(progresses(console, titles(), total))
            told = dict(zip(titles(), bars, strict=True))
            bundled = await write_study_bundle(
                store,
                study,
                out,
                session=session,
                reports=reports,
                told=lambda name, share: told[name](round(share * total)),
            )
        reach = await store.exports.reach()
        note = await record_export(store, study, out, "study bundle", reach, session=session)
    said = f"study {study.name!r}, {many(bundled.numbers.messages, 'message')}"
    made = f"{out}: {said}, {len(bundled.files)} files; begin with README.md and methods.md."
    left_out = (f"Left out: {why}." for why in bundled.left_out)
    return bundled, [made, *left_out, *([note] if note else [])]


def _fingerprints(folders: list[Path], *, named: bool) -> dict[str, Path]:
    """Return the folders of bundles by their fingerprints; unnamed ones may lack."""
    from bot.inference.bundle import load_bundle  # noqa: PLC0415 - --help is quick
    from bot.inference.manifest import BundleError  # noqa: PLC0415 - as above

    found = {}
    for folder in folders:
        try:
            bundle = load_bundle(folder)
        except BundleError:
            if named:
                raise
            continue
        found[bundle.manifest.fingerprint] = folder
    return found


def _is_bundle(file: Path) -> bool:
    from exports.study_bundle import contents  # noqa: PLC0415 - --help is quick
    from exports.zipping import is_zip_where  # noqa: PLC0415 - as above

    return is_zip_where(
        file, lambda zipped: {contents.METHODS, contents.SUMS} <= set(zipped.namelist())
    )
