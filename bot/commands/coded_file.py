"""A file in the import layout, read and checked against all that it is to go with.

Nothing is written here: what is refused leaves the database as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.commands.databases import find_study
from bot.domain.codebook import Codebook, codebook_from_codes, find_codebook, load_codebook
from bot.domain.coding import CoderKind
from bot.domain.errors import InputError
from bot.domain.layout import load_transcript
from bot.domain.transcript import Transcript
from bot.encoding.encode import Encoder
from bot.inference.bundle import Bundle
from bot.services.study import check_labels
from bot.storage.rows import Study
from bot.storage.store import Store


@dataclass(frozen=True)
class CodedFile:
    """A checked transcript, the name of its study, and that study's codebook."""

    path: Path
    transcript: Transcript
    study: str
    codebook: Codebook
    codebook_from: str


async def read_coded_file(
    path: Path,
    database: str,
    *,
    study: str | None = None,
    codebook: Path | None = None,
    bundle: Bundle | None = None,
    only: Collection[str] | None = None,
    human_codes: bool = True,
) -> CodedFile:
    """Read `path` (of it the threads in `only`) and check it.

    The study is called as the dataset unless named. Its codebook is the one given; else the
    one that the study has; else the one beside the file; else the bundle's; else the codes in
    the file. Raises InputError with file and line for a code or a scenario that does not fit.
    """
    transcript = load_transcript(path)
    name = study or transcript.dataset or path.stem
    known = await find_study(database, name)
    book, origin = _codebook(path, transcript, codebook, known, bundle)
    codes = {code for by in transcript.codes.values() for code in by.values() if code}
    if human_codes and not codes <= set(book.by_code):
        load_transcript(path, book)  # reads it again to name the line
    if only is not None:
        transcript = transcript.only(only)
    if bundle is not None:
        with about(path):
            check_labels(bundle.manifest, book)
        check_scenarios(path, transcript, bundle.encoder())
    return CodedFile(path, transcript, name, book, origin)


def check_scenarios(path: Path, transcript: Transcript, encoder: Encoder) -> None:
    """Raise InputError with file and line for a scenario that the encoder cannot take in."""
    for discussion in transcript.discussions:
        with about(path, transcript.lines.get(discussion.messages[0].id)):
            encoder.check_scenario(discussion.scenario)


async def check_coders(
    path: Path, store: Store, study: Study | None, transcript: Transcript, bundle: Bundle | None
) -> None:
    """Raise InputError if a person of the file is called as a model is, or will be."""
    coders = () if study is None else await store.studies.coders(study.id)
    taken = {c.name for c in coders if c.kind is CoderKind.MODEL}
    if bundle is not None and bundle.manifest.name not in {c.name for c in coders}:
        taken.add(bundle.manifest.name)
    for name in transcript.coders:
        if name in taken:
            raise InputError(
                f"coder {name!r} is a model in this study",
                "give the person another name, or leave the codes out with --no-codes",
                source=path,
            )


@contextmanager
def about(path: Path, line: int | None = None) -> Iterator[None]:
    """Name the file, and the line, in an InputError of the block that names none."""
    try:
        yield
    except InputError as error:
        if error.source is not None:
            raise
        where = error.line if error.line is not None else line
        raise InputError(error.problem, error.remedy, source=path, line=where) from None


def _codebook(
    path: Path,
    transcript: Transcript,
    given: Path | None,
    known: Study | None,
    bundle: Bundle | None,
) -> tuple[Codebook, str]:
    if given is not None:
        return load_codebook(given), str(given)
    if known is not None:
        return known.codebook, f"study {known.name!r}"
    beside = find_codebook(path)
    if beside is not None:
        return load_codebook(beside), str(beside)
    if bundle is not None:
        return bundle.manifest.codebook, f"bundle {bundle.manifest.name!r}"
    codes = {code for by in transcript.codes.values() for code in by.values() if code}
    if not codes:
        raise InputError(
            "no message has a code and there is no codebook", "name one: --codebook", source=path
        )
    return codebook_from_codes(codes, path.stem), "the codes in the file"
