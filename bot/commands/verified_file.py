"""What people verified, out of a database into a file: for `export` and for `train --verified`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from bot.storage.rows import Study
    from bot.storage.store import Store
    from exports.verified.counted import VerifiedFile

FORM = "verified"
"""What a verified export is called among the forms, in the database."""


async def pick_studies(store: Store, names: Sequence[str]) -> list[Study]:
    """Return the studies that are named, each once; all of the database where none is."""
    from bot.commands.databases import pick_study  # noqa: PLC0415 - --help is quick

    chosen = dict.fromkeys(names or await store.studies.names())
    if not chosen:
        return [await pick_study(store, None)]  # says that there is none
    return [await pick_study(store, name) for name in chosen]


async def write(
    store: Store, studies: Sequence[Study], out: Path, console: Console
) -> VerifiedFile:
    """Write the verified codes of `studies` to `out` with progress; InputError if there is none."""
    from bot.commands.progress import progress  # noqa: PLC0415 - --help is quick
    from exports.verified.write import write_verified  # noqa: PLC0415 - as above

    total = sum([await store.transcripts.size(study.id) for study in studies])
    with progress(console, "written", total) as report:
        return await write_verified(store, studies, out, report)


async def export_verified(
    url: str, out: Path, names: Sequence[str], console: Console, *, force: bool
) -> list[str]:
    """Write a verified export, note it in the database, and return what is to be said of it."""
    from bot.commands.databases import open_existing  # noqa: PLC0415 - --help is quick
    from bot.commands.sparing import spare, spare_database  # noqa: PLC0415 - as above
    from exports.recording import record_export  # noqa: PLC0415 - as above
    from exports.verified.codebooks import joint_codebook  # noqa: PLC0415 - as above
    from exports.verified.write import (  # noqa: PLC0415 - as above
        codebook_beside,
        is_codebook_beside,
        is_verified_export,
        replaces_verified,
    )

    if out.suffix.lower() != ".csv":
        raise InputError(
            f"{out.name!r} is no name of a CSV file", "let it end with .csv", source=out
        )
    beside = codebook_beside(out)
    spare_database(beside, url)
    spare(out, is_verified_export, force=force)
    async with await open_existing(url) as store:
        studies = await pick_studies(store, names)
        book = joint_codebook(studies)
        ours = force or replaces_verified(out)
        spare(beside, lambda file: ours or is_codebook_beside(file, book), force=force)
        written = await write(store, studies, out, console)
        for study, count in zip(studies, written.studies, strict=True):
            await record_export(store, study, out, FORM, count.reach, verified=True)
    return [f"{out}: {written.sentences()[0]}", *written.sentences()[1:], f"{beside}: the codes."]


async def snapshot(
    url: str, out: Path, names: Sequence[str], console: Console
) -> tuple[VerifiedFile, Path]:
    """Write what people verified beside the bundle `out`, called by its hash.

    Return what was written, and where. The same codes give the same file: it is what the bundle
    can be trained from again. It holds the participants' words, which the bundle does not.
    """
    from bot.commands.databases import open_existing  # noqa: PLC0415 - --help is quick
    from exports.verified.write import codebook_beside  # noqa: PLC0415 - as above

    out.parent.mkdir(parents=True, exist_ok=True)
    async with await open_existing(url) as store:
        studies = await pick_studies(store, names)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as folder:
            written = await write(store, studies, Path(folder, "records.csv"), console)
            if not written.verified:
                raise InputError(
                    "people have verified no code yet",
                    "review or code some messages first: /review next, or import a coded file",
                    source=store.connections.place,
                )
            path = out.with_name(f"{out.name}-records-{written.sha256[:12]}.csv")
            written.codebook_file.replace(codebook_beside(path))
            written.path.replace(path)
    return written, path


@contextmanager
def kept_if_trained(written: VerifiedFile, file: Path, out: Path) -> Iterator[None]:
    """Remove a snapshot, with its codebook, if no bundle at `out` comes of it in the block."""
    from bot.domain.errors import IntercoderError  # noqa: PLC0415 - --help is quick
    from bot.inference.bundle import load_bundle  # noqa: PLC0415 - as above
    from exports.verified.write import codebook_beside  # noqa: PLC0415 - as above

    try:
        yield
    except BaseException:
        try:
            made = load_bundle(out, verify=False).manifest.training.get("data_sha256")
        except IntercoderError:
            made = None
        if made != written.sha256:
            file.unlink(missing_ok=True)
            codebook_beside(file).unlink(missing_ok=True)
        raise
