"""`intercoder lineage`: what a bundle learned from, and what a message reached."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from bot.commands.options import Database, StudyName, chosen_database
from bot.commands.state import state
from bot.domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from bot.inference.bundle import Bundle


def lineage(
    context: typer.Context,
    of: Annotated[
        str,
        typer.Argument(
            metavar="BUNDLE|MESSAGE",
            help="A bundle's folder or name; or a message's id, or its link in Discord.",
        ),
    ],
    records: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Of a bundle: write the list of its records here."),
    ] = None,
    bundles: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FOLDER",
            help="Where bundles lie, may be repeated; else the folder of the settings' bundle.",
        ),
    ] = None,
    study: StudyName = None,
    database: Database = None,
) -> None:
    """Tell what a bundle learned from, or which bundles and exports a message reached.

    What it tells of a message is whom to tell when its author withdraws: ask before the
    message is deleted, since the exports are found by it.
    """
    given = state(context)
    folders = bundles or [given.settings.model.bundle.parent]
    found = _bundle_called(of, folders)
    if found is not None:
        _tell_bundle(given.out, found, records)
        return
    if records is not None:
        raise InputError("--records with a message", "it is of a bundle: name one")
    from bot.commands.message_lineage import message_lineage  # noqa: PLC0415 - --help is quick
    from bot.commands.signals import run_until_signalled  # noqa: PLC0415 - as above

    url = chosen_database(given, database)
    for line in run_until_signalled(message_lineage(url, study, of, folders)):
        given.out.print(escape(line), soft_wrap=True)


def _bundle_called(name: str, folders: list[Path]) -> Path | None:
    """Return the folder that `name` is, or that a bundle of that name is; None for a message."""
    places = [Path(name)]
    if name == Path(name).name:
        places += [folder / name for folder in folders]
    return next((place for place in places if place.is_dir()), None)


def _tell_bundle(console: Console, folder: Path, records: Path | None) -> None:
    from bot.commands.sparing import spare  # noqa: PLC0415 - --help is quick
    from bot.domain.targets import check_file  # noqa: PLC0415 - as above
    from bot.inference.bundle import load_bundle  # noqa: PLC0415 - as above
    from bot.inference.lineage import COLUMNS, read_records, records_csv  # noqa: PLC0415 - as above
    from exports.writing import replacing  # noqa: PLC0415 - as above

    bundle = load_bundle(folder)
    listed = read_records(folder)
    if records is not None:
        check_file(records)
        header = ",".join(COLUMNS).encode()
        spare(records, lambda file: file.read_bytes().startswith(header), force=False)
    for line in _lines(bundle):
        console.print(escape(line), soft_wrap=True)
    if listed is None:
        console.print("It was made before bundles kept a list of their records.", soft_wrap=True)
    elif records is not None:
        with replacing(records) as file:
            file.write(records_csv(listed))
        console.print(escape(f"{records}: every record, by name and hash."), soft_wrap=True)


def _lines(bundle: Bundle) -> Iterator[str]:
    from bot.domain.counting import many  # noqa: PLC0415 - --help is quick
    from bot.inference.lineage import PARTS  # noqa: PLC0415 - as above

    manifest, training = bundle.manifest, bundle.manifest.training
    told = training.get("lineage", {})
    yield f"Bundle {manifest.name!r}, fingerprint {manifest.fingerprint}, {manifest.created_at}."
    yield f"Base model: {manifest.base_model.get('name', 'not known')}."
    yield f"Codebook: {manifest.codebook.id!r}, version {manifest.codebook.version}."
    sha256 = training.get("data_sha256", "not known")
    yield f"Data: {training.get('dataset', '')!r}, sha-256 {sha256}."
    if "snapshot" in told:
        there = (bundle.path.absolute().parent / told["snapshot"]).is_file()
        where = "beside the bundle" if there else "not beside the bundle any more"
        yield f"Snapshot: {told['snapshot']}, {where}."
    if told.get("champion"):
        yield f"Made to replace the bundle with fingerprint {told['champion']}."
    yield f"Discord's permission: {training.get('discord_permission') or 'none on record'}."
    left = told.get("left_out_discord", 0)
    if left:
        yield f"Left out for want of it: {many(left, 'coded message')} that came through Discord."
    for part, own in told.get("parts", {}).items():
        yield f"Messages it {PARTS[part]}: {own['records']}"
        for what in ("studies", "bases", "provenances"):
            listed = ", ".join(f"{name} {n}" for name, n in own[what].items())
            if listed:
                yield f"  by {_BY[what]}: {listed}"
    if told.get("soft"):
        yield f"On {told['soft']} of those it learned from people differ: soft labels."
    if (bundle.path / "report").is_dir():
        yield "Its folder report holds words of the test messages; no other file of it does."


_BY = {"studies": "study", "bases": "basis", "provenances": "provenance"}
