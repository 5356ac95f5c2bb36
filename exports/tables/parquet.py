"""The transcript as Parquet, typed, written in row groups."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bot.domain.codebook import codebook_to_dict
from bot.storage.rows import CodedDiscussion
from exports.about import About
from exports.counted import Counted
from exports.tables.columns import Cells, Column, Kind
from exports.tables.table import PLAIN, Table, Wanted
from exports.writing import replacing_path

_GROUP = 20_000  # rows: some 10 MB of text, which readers load at once
_MARK = b"intercoder"

# A dictionary keeps each name once a row group; pandas reads it as a category, R as a factor.
_NAMES = pa.dictionary(pa.int32(), pa.string())
_TYPES: dict[Kind, Any] = {
    Kind.TEXT: pa.string(),
    Kind.NAME: _NAMES,
    Kind.CODE: _NAMES,
    Kind.WHOLE: pa.int32(),
    Kind.SHARE: pa.float64(),
    Kind.TIME: pa.timestamp("us", tz="UTC"),
    Kind.YES: pa.bool_(),
}


async def write_parquet(
    discussions: AsyncIterable[CodedDiscussion], about: About, path: Path, wanted: Wanted = PLAIN
) -> Counted:
    """Write the discussions to `path` as they come and return how much that was.

    One discussion and one row group are held in memory. The codebook stands in the file's
    metadata. Raises WritingError, and leaves what was there.
    """
    counted = Counted()
    table = Table.of(about, wanted.layout)
    schema = _schema(table.columns, about)
    with replacing_path(path) as part, pq.ParquetWriter(str(part), schema) as writer:
        rows: list[Cells] = []
        async for coded in discussions:
            for row in table.rows(coded):
                rows.append(row)
                if len(rows) == _GROUP:
                    writer.write_batch(_batch(rows, schema))
                    rows.clear()
            counted = counted.including(coded)
        writer.write_batch(_batch(rows, schema))
    return counted


def is_parquet_export(file: Path) -> bool:
    """Tell whether a file is a Parquet file of ours."""
    try:
        return _MARK in (pq.read_schema(file).metadata or {})
    except pa.ArrowInvalid:
        return False


def _schema(columns: Sequence[Column], about: About) -> Any:
    fields = [pa.field(c.name, _TYPES[c.kind], metadata={b"label": c.label}) for c in columns]
    codebook = json.dumps(codebook_to_dict(about.codebook), ensure_ascii=False)
    return pa.schema(fields, metadata={_MARK: b"transcript", b"codebook": codebook.encode()})


def _batch(rows: Sequence[Cells], schema: Any) -> Any:
    columns = zip(*rows, strict=True) if rows else ((),) * len(schema)
    arrays = [pa.array(cells, type=f.type) for cells, f in zip(columns, schema, strict=True)]
    return pa.record_batch(arrays, schema=schema)
