"""A file of coded talk, of whichever form, read and checked against all that it is to go with.

Nothing is written here: what is refused leaves the database as it was.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from bot.commands.databases import find_study
from bot.domain.codebook import Codebook
from bot.domain.coded_source import ChosenCodebook, check_codes, choose_codebook
from bot.domain.coding import CoderKind
from bot.domain.errors import InputError, about
from bot.domain.incoming import LAYOUT, PLAIN, Door
from bot.domain.transcript import Transcript
from bot.encoding.scenarios import check_scenarios
from bot.inference.bundle import Bundle
from bot.services.study import check_labels
from bot.storage.rows import Coder


@dataclass(frozen=True)
class CodedFile:
    """A checked transcript, the name of its study, and that study's codebook."""

    path: Path
    transcript: Transcript
    study: str
    codebook: Codebook
    codebook_from: str
    form: str = LAYOUT


async def read_coded_file(
    path: Path,
    database: str,
    *,
    study: str | None = None,
    codebook: Path | None = None,
    bundle: Bundle | None = None,
    only: Collection[str] | None = None,
    human_codes: bool = True,
    door: Door = PLAIN,
) -> CodedFile:
    """Read `path` (of it the threads in `only`) and check it.

    The study is called as the dataset unless named. Its codebook is the one given; else the
    one that the study has; else the one in the file; else the one beside it; else the bundle's;
    else the codes in the file. `door` tells which forms are read. Raises InputError with file and
    line for a code or a scenario that does not fit.
    """
    incoming = door.incoming(path, None)
    transcript = incoming.transcript
    name = study or transcript.dataset or path.stem
    known = await find_study(database, name)
    of_study = of_file = of_bundle = None
    if known is not None:
        of_study = ChosenCodebook(known.codebook, f"study {name!r}")
    if incoming.codebook is not None:
        of_file = ChosenCodebook(incoming.codebook, "the file itself")
    if bundle is not None:
        of_bundle = ChosenCodebook(bundle.manifest.codebook, f"bundle {bundle.manifest.name!r}")
    chosen = choose_codebook(
        path,
        transcript,
        codebook,
        known=of_study,
        own=of_file,
        spare=of_bundle,
        study=name,
        door=door,
    )
    if human_codes:
        check_codes(path, transcript, chosen.codebook, door)
    if only is not None:
        transcript = transcript.only(only)
    if bundle is not None:
        with about(path):
            check_labels(bundle.manifest, chosen.codebook)
        check_scenarios(path, transcript, bundle.encoder())
    return CodedFile(path, transcript, name, chosen.codebook, chosen.origin, incoming.form)


def check_coders(
    path: Path, coders: Collection[Coder], transcript: Transcript, bundle: Bundle | None
) -> None:
    """Raise InputError if a person of the file is called as a model is, or will be.

    `coders` are those of the study.
    """
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
