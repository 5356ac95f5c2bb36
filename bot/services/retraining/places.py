"""Where a retraining works, and what it leaves there."""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path

from bot.domain.errors import InputError
from bot.domain.retraining import BUNDLE, RECORDS
from bot.storage.sqlite import file_of, is_sqlite, parse_url

PROGRESS = "progress.json"

_WORDS = (RECORDS, "records-codebook.toml")  # the records' codebook stands beside them
_ELSEWHERE = Path("data")


def beside(url: str) -> Path:
    """Return the folder of the retrainings of the database at `url`, beside an SQLite file."""
    parsed = parse_url(url)
    parent = file_of(parsed).resolve().parent if is_sqlite(parsed) else _ELSEWHERE.resolve()
    return parent / "retrainings"


def make_folder(parent: Path, bundles: Path, study: str, at: datetime) -> Path:
    """Make and return the folder of a retraining; its name is free as a bundle's, too.

    The name is the study's with the day. Raises InputError if it cannot be made.
    """
    slug = re.sub(r"[^\w-]+", "-", study.casefold()).strip("-")[:40] or "study"
    stem = f"{slug}-{at:%Y%m%d}"
    try:
        parent.mkdir(parents=True, exist_ok=True)
        for number in count(1):
            name = stem if number == 1 else f"{stem}-{number}"
            if (bundles / name).exists():
                continue
            with suppress(FileExistsError):
                (parent / name).mkdir()
                return parent / name
    except OSError as error:
        raise InputError(
            f"the folder of a retraining cannot be made ({error.strerror})",
            "make room, or give yourself write permission",
            source=parent,
        ) from None
    raise AssertionError("there are always more numbers")


def tidy(folder: Path, *, decided: bool) -> None:
    """Clear away what must not stay: what people wrote; of an attempt without a decision, all.

    A challenger that was not taken stays, for people to take it all the same, until the next
    retraining ends.
    """
    if not decided:
        shutil.rmtree(folder, ignore_errors=True)
        return
    for name in (*_WORDS, PROGRESS):
        with suppress(OSError):
            (folder / name).unlink(missing_ok=True)


def drop_bundle(folder: Path) -> None:
    """Remove the bundle in a retraining's folder: it was taken, or has had its day."""
    shutil.rmtree(folder / BUNDLE, ignore_errors=True)
