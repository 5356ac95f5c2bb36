"""Rows on their way into an SPSS file: numbers and texts, kept on the disk until all are known.

An SPSS file begins with the width of each text and the labels of each code, so all rows must be
seen before the first is written. They are spooled as JSON lines and read back once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import pyarrow as pa

from bot.domain.codebook import Codebook
from exports.tables.columns import Cell, Cells, Column, Kind
from exports.tables.spss_names import VALUE_LABEL_LIMIT, fitted

_EPOCH = datetime(1582, 10, 14, tzinfo=UTC)  # SPSS counts seconds from here
_SECOND = timedelta(seconds=1)
_NO_CODE = "(no code)"
_TEXTS = (Kind.TEXT, Kind.NAME)


@dataclass
class CodeNumbers:
    """A number for every code: its place in the codebook from 1, 0 where none was given.

    A code that is not in the codebook (any more) gets the next number when it is met.
    """

    codebook: Codebook
    numbers: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        codes = enumerate((code.code for code in self.codebook.codes), start=1)
        self.numbers = {"": 0} | {code: number for number, code in codes}

    def of(self, code: str) -> int:
        """Return the number of a code."""
        return self.numbers.setdefault(code, len(self.numbers))

    def labels(self) -> dict[int | float, str]:
        """Return the label of each number: the code, and its title where it has another."""
        found: dict[int | float, str] = {}
        for code, number in self.numbers.items():
            known = self.codebook.by_code.get(code)
            titled = known is not None and known.title != code
            label = f"{code}: {known.title}" if known is not None and titled else code
            found[number] = fitted(label or _NO_CODE, VALUE_LABEL_LIMIT)[0]
        return found


class Spool:
    """Takes rows, and gives them back any number of times; `longest` text and gaps a column."""

    def __init__(self, columns: Sequence[Column], numbers: CodeNumbers, path: Path) -> None:
        self.columns = columns
        self.rows = 0
        self.cut = 0
        self.longest = ["" for _ in columns]
        self.missing = [False for _ in columns]
        self._widths = [0 for _ in columns]
        self._numbers = numbers
        self._path = path
        self._file = path.open("w", encoding="utf-8", newline="\n")

    def add(self, cells: Cells) -> None:
        """Keep one more row."""
        row = [self._value(at, cell) for at, cell in enumerate(cells)]
        self._file.write(json.dumps(row, ensure_ascii=True) + "\n")
        self.rows += 1

    def close(self) -> None:
        """Close the file that rows are written to."""
        self._file.close()

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        with self._path.open(encoding="utf-8") as file:
            for line in file:
                yield tuple(json.loads(line))

    def _value(self, at: int, cell: Cell) -> str | float | None:
        if cell is None:
            self.missing[at] = True
            return None
        if isinstance(cell, datetime):
            return (cell - _EPOCH) / _SECOND
        if self.columns[at].kind is Kind.CODE:
            return self._numbers.of(str(cell))
        if not isinstance(cell, str):
            return cell
        text, cut = fitted(cell)
        self.cut += cut
        if len(text) * 4 > self._widths[at] and (width := len(text.encode())) > self._widths[at]:
            self._widths[at], self.longest[at] = width, text
        return text


class SpooledFrame(nw.DataFrame[Any]):
    """A data frame for pyreadstat whose rows are read from the disk one by one.

    pyreadstat asks a frame for its columns, to learn types, widths and whether anything is
    missing, and then for its rows. The columns are those of a sample: the longest text of each,
    and a gap where there is one.
    """

    def __init__(self, spool: Spool, names: Sequence[str]) -> None:
        self._spool = spool
        self._names = tuple(names)
        columns = [_sample(spool, at) for at in range(len(names))]
        self._sample = nw.from_native(pa.table(columns, names=list(names)), eager_only=True)

    def __len__(self) -> int:
        return self._spool.rows

    def __native_namespace__(self) -> Any:
        return pa

    @property
    def implementation(self) -> Any:  # type: ignore[override] # the base sets it, this tells it
        """Say polars: pyreadstat takes frames whose rows are plain Python values as that only."""
        return nw.Implementation.POLARS

    @property
    def columns(self) -> list[str]:
        """Return the names of the variables."""
        return list(self._names)

    def iter_columns(self) -> Iterator[Any]:
        """Yield the sample's columns."""
        yield from self._sample.iter_columns()

    def iter_rows(self, *, named: bool = False, buffer_size: int = 512) -> Iterator[Any]:  # noqa: ARG002
        """Yield the rows, from the disk."""
        return iter(self._spool)


def _sample(spool: Spool, at: int) -> Any:
    kind = spool.columns[at].kind
    value: str | float = spool.longest[at]
    if kind in (Kind.CODE, Kind.WHOLE, Kind.YES):
        value, type_ = 0, pa.int32()
    elif kind not in _TEXTS:
        value, type_ = 0.0, pa.float64()
    else:
        type_ = pa.string()
    return pa.array([value, None if spool.missing[at] else value], type=type_)
