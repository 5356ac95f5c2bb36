"""The transcript as an SPSS file: codes as numbers with value labels, variables with labels."""

from __future__ import annotations

from collections.abc import AsyncIterable
from pathlib import Path
from typing import Any

import pyreadstat

from bot.storage.rows import CodedDiscussion
from exports.about import About
from exports.counted import Counted
from exports.tables.columns import Column, Kind
from exports.tables.sav_rows import CodeNumbers, Spool, SpooledFrame
from exports.tables.spss_names import LABEL_LIMIT, fitted, spss_names
from exports.tables.table import PLAIN, Table, Wanted
from exports.writing import beside, in_thread, replacing_path

_LABEL = "Intercoder transcript"
_PRODUCT = b"@(#) SPSS DATA FILE"
# Places in the header of a system file (the PSPP developers' guide, "System File Format").
_CREATED, _FILE_LABEL = 92, 109
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_YES: dict[int | float, str] = {0: "no", 1: "yes"}


async def write_sav(
    discussions: AsyncIterable[CodedDiscussion], about: About, path: Path, wanted: Wanted = PLAIN
) -> Counted:
    """Write the discussions to `path` and return how much that was.

    The rows pass through a file beside it; only one discussion is held in memory. Raises
    WritingError, and leaves what was there.
    """
    counted = Counted()
    table = Table.of(about, wanted.layout)
    numbers = CodeNumbers(about.codebook)
    with replacing_path(path) as part, beside(path) as folder:
        spool = Spool(table.columns, numbers, folder / "rows")
        try:
            async for coded in discussions:
                for row in table.rows(coded):
                    spool.add(row)
                counted = counted.including(coded)
        finally:
            spool.close()
        await in_thread(lambda: _write(part, spool, numbers))
        _date(part, about)
    return counted.with_cut(spool.cut)


def is_sav_export(file: Path) -> bool:
    """Tell whether a file is an SPSS file of ours that SPSS has not saved since."""
    with file.open("rb") as opened:
        header = opened.read(176)
    product = header[4:64]
    labelled = header[_FILE_LABEL:].startswith(_LABEL.encode())
    return product.startswith(_PRODUCT) and b"readstat" in product.lower() and labelled


def _write(part: Path, spool: Spool, numbers: CodeNumbers) -> None:
    names = spss_names(column.name for column in spool.columns)
    named = dict(zip(names, spool.columns, strict=True))
    codes = numbers.labels()
    labels: dict[str, dict[int | float, str]] = {}
    for name, column in named.items():
        if column.kind is Kind.CODE:
            labels[name] = codes
        elif column.kind is Kind.YES:
            labels[name] = _YES
    pyreadstat.write_sav(
        SpooledFrame(spool, names),
        str(part),
        file_label=_LABEL,
        column_labels=[fitted(column.label, LABEL_LIMIT)[0] for column in named.values()],
        row_compress=True,  # texts are as wide as the longest: spaces are most of the file
        variable_value_labels=labels,
        variable_measure={name: _measure(column) for name, column in named.items()},
        variable_format={n: f for n, c in named.items() if (f := _format(c)) is not None},
    )


def _measure(column: Column) -> str:
    return "scale" if column.kind in (Kind.WHOLE, Kind.SHARE, Kind.TIME) else "nominal"


def _format(column: Column) -> str | None:
    formats: dict[Kind, str] = {
        Kind.TIME: "DATETIME26.3",
        Kind.SHARE: "F8.6",
        Kind.WHOLE: "F8.0",
        Kind.CODE: "F8.0",
        Kind.YES: "F1.0",
    }
    return formats.get(column.kind)


def _date(part: Path, about: About) -> None:
    """Write the study's date where the library puts the hour: the same data, the same bytes."""
    at = about.created_at
    written = f"{at.day:02} {_MONTHS[at.month - 1]} {at.year % 100:02}{at:%H:%M:%S}".encode("ascii")
    file: Any
    with part.open("r+b") as file:
        file.seek(_CREATED)
        file.write(written)
