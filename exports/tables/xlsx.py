"""The transcript as an Excel workbook: a sheet per session, the codebook, the reliability."""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterable, Sequence
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.worksheet import Worksheet

from bot.storage.rows import CodedDiscussion
from exports.about import About
from exports.counted import Counted
from exports.tables.columns import Cell, as_text
from exports.tables.sheets import ROW_LIMIT, SheetNames, fitted
from exports.tables.table import PLAIN, Measured, Table, Wanted
from exports.writing import beside, in_thread, replacing_path
from exports.zipping import is_zip_where

CODEBOOK, RELIABILITY = "Codebook", "Reliability"
_AUTHOR = "Intercoder"
_WIDTHS = {
    "comment": 60,
    "scenario": 30,
    "timestamp": 26,
    "coded_at": 26,
    "definition": 60,
    "coders": 40,
    "measure": 50,
}
_EMPTY = "no messages"


class PlainSheet(Worksheet):  # type: ignore[misc] # the library has no types
    """A worksheet without rich strings: what a person typed is never taken for markup.

    In constant memory XlsxWriter passes on any text from `<r>` to `</r>` as XML of its own.
    """

    def _xml_rich_inline_string(self, string: str, attributes: Any = ()) -> None:
        self._xml_inline_string(string, True, attributes)  # noqa: FBT003 - its own signature


class _Sheet:
    """One sheet that is filled row by row, with a frozen header and a filter."""

    def __init__(self, book: Workbook, name: str, columns: Sequence[str]) -> None:
        self._columns = columns
        self._sheet = book.add_worksheet(name, worksheet_class=PlainSheet)
        self._sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        self._shares = book.add_format({"num_format": "0.000"})
        for place, column in enumerate(columns):
            self._sheet.set_column(place, place, _WIDTHS.get(column, 14))
            self._sheet.write_string(0, place, fitted(column)[0], bold)
        self.rows = 1
        self.cut = 0

    def add(self, cells: Sequence[Cell]) -> None:
        """Write one more row; a cell that holds nothing stays empty."""
        for place, cell in enumerate(cells):
            if cell is None or cell == "":
                continue
            if isinstance(cell, bool):
                self._sheet.write_boolean(self.rows, place, cell)
            elif isinstance(cell, int | float):
                shown = self._shares if isinstance(cell, float) else None
                self._sheet.write_number(self.rows, place, cell, shown)
            else:
                text, cut = fitted(as_text(cell))
                self._sheet.write_string(self.rows, place, text)
                self.cut += cut
        self.rows += 1

    def end(self) -> None:
        """Set the filter over what was written."""
        self._sheet.autofilter(0, 0, max(self.rows - 1, 1), len(self._columns) - 1)


async def write_xlsx(
    discussions: AsyncIterable[CodedDiscussion], about: About, path: Path, wanted: Wanted = PLAIN
) -> Counted:
    """Write the discussions to `path` as they come and return how much that was.

    Rows go to the disk at once; only one discussion is held in memory. Texts are written as
    texts, whatever they look like. Raises WritingError, and leaves what was there.
    """
    counted = Counted()
    with replacing_path(path) as part, beside(path) as folder:
        book = _open(part, folder, about)
        try:
            filling = _Filling(book, Table.of(about, wanted.layout))
            async for coded in discussions:
                filling.add(coded)
                counted = counted.including(coded)
            cut = filling.end() + _codebook(book, about)
            if wanted.reliability:
                cut += _reliability(book, wanted.reliability)
        except BaseException:
            _abandon(book)
            raise
        try:
            await in_thread(book.close)
        except FileCreateError as error:
            raise error.args[0] from None  # the OSError that it wraps
    return counted.with_cut(cut)


def is_xlsx_export(file: Path) -> bool:
    """Tell whether a file is a workbook of ours that nobody has saved since."""
    return is_zip_where(file, _is_unsaved)


def _is_unsaved(zipped: zipfile.ZipFile) -> bool:
    properties = zipped.open("docProps/core.xml").read(4_000).decode(errors="replace")
    by = f"<dc:creator>{_AUTHOR}</dc:creator><cp:lastModifiedBy>{_AUTHOR}</cp:lastModifiedBy>"
    created = properties.partition("<dcterms:created")[2].partition("</")[0].rpartition(">")[2]
    modified = properties.partition("<dcterms:modified")[2].partition("</")[0].rpartition(">")[2]
    return by in properties and created == modified


def _open(part: Path, folder: Path, about: About) -> Workbook:
    book = Workbook(
        str(part),
        {
            "constant_memory": True,
            "tmpdir": str(folder),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.use_zip64()  # a million rows are more than 4 GB of XML
    book.set_properties(
        {
            "title": about.study,
            "author": _AUTHOR,
            # The study's, not ours: the same data gives the same bytes.
            "created": about.created_at.replace(tzinfo=None),
        }
    )
    return book


def _abandon(book: Workbook) -> None:
    # XlsxWriter keeps the sheets' temporary files open until it is closed.
    for sheet in book.worksheets():
        sheet.row_data_fh.close()
    book.fileclosed = True


class _Filling:
    """The sheets of the sessions; one that is full goes on in another."""

    def __init__(self, book: Workbook, table: Table) -> None:
        self._book = book
        self._table = table
        self._columns = tuple(column.name for column in table.columns)
        self._names = SheetNames((CODEBOOK, RELIABILITY))
        self._open: dict[str, _Sheet] = {}
        self._all: list[_Sheet] = []

    def add(self, coded: CodedDiscussion) -> None:
        """Write the rows of a discussion into its session's sheet."""
        for row in self._table.rows(coded):
            sheet = self._open.get(coded.session)
            if sheet is None or sheet.rows >= ROW_LIMIT:
                sheet = self._open[coded.session] = self._begin(coded.session)
            sheet.add(row)

    def end(self) -> int:
        """Finish all sheets and return how many cells were cut; a workbook has one at least."""
        if not self._all:
            self._begin(_EMPTY)
        for sheet in self._all:
            sheet.end()
        return sum(sheet.cut for sheet in self._all)

    def _begin(self, session: str) -> _Sheet:
        sheet = _Sheet(self._book, self._names.name(session), self._columns)
        self._all.append(sheet)
        return sheet


def _codebook(book: Workbook, about: About) -> int:
    sheet = _Sheet(book, CODEBOOK, ("code", "title", "definition", "examples", "uncoded"))
    for code in about.codebook.codes:
        examples = "\n".join(code.examples)
        sheet.add((code.code, code.title, code.definition, examples, code.uncoded))
    sheet.end()
    return sheet.cut


def _reliability(book: Workbook, measured: Sequence[Measured]) -> int:
    sheet = _Sheet(book, RELIABILITY, ("coders", "measure", "value", "low", "high", "n", "groups"))
    for line in measured:
        figures = (line.value, line.low, line.high, line.n, line.groups or None)
        sheet.add((line.coders, line.measure, *figures))
    sheet.end()
    return sheet.cut
