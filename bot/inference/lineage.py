"""What a bundle learned from, record by record: its file records.csv.gz, without a word said."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from bot.inference.manifest import RESTORE, BundleError

RECORDS = "records.csv.gz"

PARTS = {
    "train": "learned from",
    "unlabelled": "learned from without a code",
    "validation": "chose its epoch and its temperature by",
    "test": "judged on",
}
"""The parts of a run, and what a coder did with their messages, for people."""


@dataclass(frozen=True, slots=True)
class BundleRecord:
    """One message of a run: in which part, where it came from, by what its code counts.

    Study, thread and message as the study has them. `basis` is one of RecordBasis, empty for
    `unlabelled` ones; `hash` is bot.domain.origin.record_hash.
    """

    part: str
    study: str
    thread_id: str
    message_id: str
    basis: str
    provenance: str
    hash: str


COLUMNS = tuple(field.name for field in fields(BundleRecord))


def records_csv(records: Iterable[BundleRecord]) -> str:
    """Return the list as CSV; nothing is neutralised: it is for programs."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(astuple(record) for record in records)
    return text.getvalue()


def write_records(folder: Path, records: Iterable[BundleRecord]) -> None:
    """Write the list into a bundle's folder; the same records give the same bytes."""
    (folder / RECORDS).write_bytes(gzip.compress(records_csv(records).encode(), mtime=0))


def read_records(folder: Path) -> tuple[BundleRecord, ...] | None:
    """Return the list of the bundle in `folder`; None of one that was made without.

    Raises BundleError for a file that is damaged.
    """
    file = folder / RECORDS
    try:
        text = gzip.decompress(file.read_bytes()).decode()
    except FileNotFoundError:
        return None
    except (OSError, EOFError, ValueError) as error:
        raise BundleError(f"{file}: could not be read ({error}): {RESTORE}.") from None
    header, *rows = csv.reader(io.StringIO(text, newline="")) if text else [[]]
    if tuple(header) != COLUMNS or any(len(row) != len(COLUMNS) for row in rows):
        raise BundleError(f"{file}: this is no list of records: {RESTORE}.")
    return tuple(BundleRecord(*row) for row in rows)


def counts(records: Collection[BundleRecord]) -> dict[str, Any]:
    """Return how many records each part has, by study, basis and provenance, as plain values."""
    found: dict[str, Any] = {}
    for part in PARTS:
        own = [r for r in records if r.part == part]
        if own:
            found[part] = {
                "records": len(own),
                "studies": dict(Counter(r.study for r in own)),
                "bases": dict(Counter(r.basis for r in own if r.basis)),
                "provenances": dict(Counter(r.provenance for r in own)),
            }
    return found
