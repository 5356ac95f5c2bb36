"""Verified codes of any studies as one CSV in the import layout, with the codebook beside it.

Every message of the studies is there, so that windows are whole; a code stands only where
people settled on one, or where they differ. The same database gives the same bytes.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path

from bot.domain.cells import ENCODING, neutralise
from bot.domain.codebook import Codebook
from bot.domain.errors import InputError
from bot.storage.rows import Study
from bot.storage.store import Store
from bot.storage.transcript import Reach
from exports.codebooks.codebook_toml import codebook_text
from exports.verified.codebooks import joint_codebook
from exports.verified.counted import Counting, StudyCount, VerifiedFile
from exports.verified.rows import VERIFIED_COLUMNS, Rows
from exports.verified.teaching import teachings
from exports.writing import replacing


async def write_verified(
    store: Store,
    studies: Sequence[Study],
    path: Path,
    report: Callable[[int], None] = lambda _: None,
) -> VerifiedFile:
    """Write the verified codes of `studies` to `path`, and their codebook beside it.

    `report` is told how many messages are written. Threads of one study keep their ids; of
    several they are called by `thread_name`. Only one discussion is held in memory. Raises
    InputError for studies whose codebooks contradict each other, and WritingError.
    """
    if not studies:
        raise InputError("there is no study in it", "import a file first")
    codebook = joint_codebook(studies)
    several = len(studies) > 1
    dataset = " + ".join(study.name for study in studies)
    counts: list[StudyCount] = []
    done = 0
    with replacing(path, encoding=ENCODING) as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(VERIFIED_COLUMNS)
        for study in studies:
            key = await store.exports.record_key(study.id)
            sides = await store.gold_groups.of(study.id)
            gold = {thread for thread, side in sides.items() if side.gold}
            rows = Rows(study, dataset, key, several=several, gold=gold)
            counting, reach = Counting(study.codebook), Reach()
            stream = store.transcripts.stream(study.id, reach=reach)
            async with aclosing(stream) as discussions:
                async for coded in discussions:
                    for told in teachings(coded, study.codebook):
                        counting.add(told)
                        for row in rows.of(coded, told):
                            writer.writerow([neutralise(cell) for cell in row])
                    done += len(coded.discussion.messages)
                    report(done)
            counts.append(counting.done(study.name, reach))
        beside = codebook_beside(path)
        with replacing(beside) as book:  # first: no file is there without the codes it is in
            book.write(codebook_text(codebook))
    with path.open("rb") as written:
        sha256 = hashlib.file_digest(written, "sha256").hexdigest()
    return VerifiedFile(path, sha256, beside, tuple(counts))


def codebook_beside(path: Path) -> Path:
    """Return where the codebook of a verified export stands: where training looks for it."""
    return path.with_name(f"{path.stem}-codebook.toml")


def is_verified_export(file: Path) -> bool:
    """Tell whether a file has the header of our verified exports."""
    with file.open(encoding=ENCODING, errors="replace", newline="") as opened:
        return opened.readline(10_000).rstrip("\r\n") == ",".join(VERIFIED_COLUMNS)


def replaces_verified(path: Path) -> bool:
    """Tell whether an earlier verified export stands at `path`; its codebook is then ours, too."""
    return path.is_file() and is_verified_export(path)


def is_codebook_beside(file: Path, codebook: Codebook) -> bool:
    """Tell whether a file holds this codebook as it is written beside an export."""
    return file.read_bytes() == codebook_text(codebook).encode()
