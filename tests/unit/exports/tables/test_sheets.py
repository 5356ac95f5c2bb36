"""Excel's limits: names of sheets, length of cells, number of rows."""

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.tables import xlsx
from exports.tables.sheets import CELL_LIMIT, SheetNames, fitted
from exports.tables.table import Measured, Wanted
from exports.tables.xlsx import write_xlsx
from tests.unit.exports.coded import about, by_person, coded, message, stream


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=12))
def test_every_sheet_has_a_name_that_excel_takes_and_no_other_has(wanted):
    names = SheetNames(("Codebook",))
    found = [names.name(each) for each in wanted]
    folded = [name.casefold() for name in found]
    assert len(set(folded)) == len(found)
    assert not {"history", "codebook"} & set(folded)
    for name in found:
        assert 1 <= len(name.encode("utf-16-le")) // 2 <= 31
        assert not set(name) & set("[]:*?/\\")
        assert name.strip("'") == name


def test_names_that_come_twice_are_numbered():
    names = SheetNames()
    assert [names.name(n) for n in ("Monday", "monday", "a" * 40, "A" * 50, "History", "")] == [
        *("Monday", "monday (2)", "a" * 31, "A" * 27 + " (2)", "History (2)", "session"),
    ]


@pytest.mark.parametrize("text", ["x" * CELL_LIMIT, "\N{FOX FACE}" * (CELL_LIMIT // 2), ""])
def test_a_text_that_fits_stays(text):
    assert fitted(text) == (text, False)


@pytest.mark.parametrize("text", ["x" * (CELL_LIMIT + 1), "\N{FOX FACE}" * CELL_LIMIT])
def test_a_text_that_is_too_long_is_cut_and_marked(text):
    found, cut = fitted(text)
    assert cut
    assert found.endswith(" [cut]")
    assert text.startswith(found.removesuffix(" [cut]"))
    assert CELL_LIMIT - 1 <= len(found.encode("utf-16-le")) // 2 <= CELL_LIMIT


async def test_a_cell_that_was_cut_is_counted(tmp_path):
    long = coded([message("x" * 40_000), message("y", 2)])
    counted = await write_xlsx(stream(long), about(), tmp_path / "o.xlsx")
    assert counted.cut == 1


async def test_a_session_that_is_too_long_goes_on_in_another_sheet(tmp_path, monkeypatch):
    monkeypatch.setattr(xlsx, "ROW_LIMIT", 3)
    talk = coded([message(str(n), n) for n in range(1, 6)], session="monday")
    await write_xlsx(stream(talk), about(), tmp_path / "o.xlsx")
    book = openpyxl.load_workbook(tmp_path / "o.xlsx")
    assert book.sheetnames == ["monday", "monday (2)", "monday (3)", "Codebook"]
    said = [
        row[7] for name in book.sheetnames[:3] for row in book[name].iter_rows(values_only=True)
    ]
    assert [s for s in said if s != "comment"] == ["1", "2", "3", "4", "5"]


async def test_headers_are_frozen_and_filtered_and_the_sheets_are_there(tmp_path):
    lines = (Measured("ann | bob", "Krippendorff's alpha", 0.5, None, 0.75, 12, 3),)
    talk = coded([message("no")], [by_person("m1", "=SUM")])
    await write_xlsx(stream(talk), about(), tmp_path / "o.xlsx", Wanted(reliability=lines))
    book = openpyxl.load_workbook(tmp_path / "o.xlsx")
    assert book.sheetnames == ["pilot", "Codebook", "Reliability"]
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref.startswith("A1:")
    assert [r[0] for r in book["Codebook"].iter_rows(values_only=True)] == [
        *("code", "CA", "CR", "=SUM", "DH-1"),
    ]
    assert list(book["Reliability"].iter_rows(values_only=True))[1] == (
        *("ann | bob", "Krippendorff's alpha", 0.5, None, 0.75, 12, 3),
    )
    assert book["Reliability"]["C2"].number_format == "0.000"
    assert book.properties.created == about().created_at.replace(tzinfo=None, microsecond=0)


async def test_a_workbook_that_somebody_saved_is_theirs(tmp_path):
    path = tmp_path / "o.xlsx"
    await write_xlsx(stream(coded([message("no")])), about(), path)
    assert xlsx.is_xlsx_export(path)
    book = openpyxl.load_workbook(path)
    book["pilot"]["A3"] = "my own remark"
    book.save(path)
    assert not xlsx.is_xlsx_export(path)
