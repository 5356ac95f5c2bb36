"""The transcript as CSV, long in the import layout or wide.

Our own importer reads the long one back; docs/exports.md tells every column.
"""

from __future__ import annotations

import csv
from collections.abc import AsyncIterable
from pathlib import Path

from bot.domain.cells import ENCODING, neutralise
from bot.domain.layout import COLUMNS
from bot.storage.rows import CodedDiscussion
from exports.about import About
from exports.counted import Counted
from exports.tables.columns import as_text
from exports.tables.long_rows import EXTRA_COLUMNS
from exports.tables.table import PLAIN, Table, Wanted
from exports.tables.wide_rows import MESSAGE
from exports.writing import replacing

__all__ = ["EXTRA_COLUMNS", "is_csv_export", "write_csv"]


async def write_csv(
    discussions: AsyncIterable[CodedDiscussion], about: About, path: Path, wanted: Wanted = PLAIN
) -> Counted:
    """Write the discussions to `path` as they come and return how much that was.

    Only one discussion is held in memory. Raises WritingError, and leaves what was there.
    """
    counted = Counted()
    table = Table.of(about, wanted.layout)
    with replacing(path, encoding=ENCODING) as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(column.name for column in table.columns)
        async for coded in discussions:
            for row in table.rows(coded):
                writer.writerow([neutralise(as_text(cell)) for cell in row])
            counted = counted.including(coded)
    return counted


def is_csv_export(file: Path) -> bool:
    """Tell whether a file has the header of our exports, also of earlier versions."""
    with file.open(encoding=ENCODING, errors="replace", newline="") as opened:
        header = opened.readline(100_000).rstrip("\r\n")
    long = header.startswith(",".join((*COLUMNS, "round,session,message_id,provenance,deleted")))
    wide = header.startswith(",".join(column.name for column in MESSAGE))
    return (long and ",coder_kind," in header) or wide
