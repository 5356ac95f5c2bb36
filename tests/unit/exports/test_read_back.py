"""Every table reads back cell by cell; three people, two model versions, gaps, hard content."""

import asyncio
import csv
import json
import re
import tempfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.cells import restore
from exports.forms import FORMS
from exports.records.jsonl import write_jsonl
from exports.tables.columns import Kind, as_text
from exports.tables.csv_transcript import write_csv
from exports.tables.parquet import write_parquet
from exports.tables.sav import write_sav
from exports.tables.spss_names import spss_names
from exports.tables.table import Layout, Table, Wanted
from exports.tables.xlsx import write_xlsx
from tests.unit.exports.coded import about, by_model, by_person, coded, message, stream
from tests.unit.exports.hard import ABOUT, MODELS, PEOPLE, TEXTS, hard_study

LAYOUTS = list(Layout)
_ESCAPED = re.compile(r"_x([0-9A-F]{4})_")


def written(write, layout, path, discussions, told=ABOUT):
    asyncio.run(write(stream(*discussions), told, path, Wanted(layout)))
    table = Table.of(told, layout)
    return table.columns, [row for coded in discussions for row in table.rows(coded)]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_csv(tmp_path, layout):
    path = tmp_path / "out.csv"
    columns, expected = written(write_csv, layout, path, hard_study())
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == [c.name for c in columns]
    assert [[restore(cell) for cell in row] for row in rows] == [
        [as_text(cell) for cell in row] for row in expected
    ]


def sheet_rows(path):
    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets:
        if sheet.title not in ("Codebook", "Reliability"):
            yield from list(sheet.iter_rows())[1:]


def cell_of(cell):
    value = cell.value
    if isinstance(value, str):
        assert cell.data_type in ("s", "inlineStr"), "a text, not a formula"
        assert cell.hyperlink is None
        return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
    return value


@pytest.mark.parametrize("layout", LAYOUTS)
def test_xlsx(tmp_path, layout):
    path = tmp_path / "out.xlsx"
    _, expected = written(write_xlsx, layout, path, hard_study())
    found = [[cell_of(cell) for cell in row] for row in sheet_rows(path)]
    plain = [
        [as_text(c) if isinstance(c, datetime) else None if c == "" else c for c in row]
        for row in expected
    ]
    assert found == plain


@pytest.mark.parametrize("layout", LAYOUTS)
def test_sav(tmp_path, layout):
    path = tmp_path / "out.sav"
    columns, expected = written(write_sav, layout, path, hard_study())
    frame, told = pyreadstat.read_sav(path)
    assert list(frame.columns) == list(spss_names(c.name for c in columns))
    assert told.column_labels == [c.label for c in columns]
    codes = {code.code: code for code in ABOUT.codebook.codes}
    for name, column, cells in zip(
        frame.columns, columns, zip(*expected, strict=True), strict=True
    ):
        labels = told.variable_value_labels.get(name, {})
        for value, cell in zip(frame[name], cells, strict=True):
            if cell is None:
                assert value == "" or value != value, "empty, or missing"  # noqa: PLR0124 - NaN
            elif column.kind is Kind.CODE and cell in codes:
                title = codes[cell].title
                assert labels[value] == (cell if title == cell else f"{cell}: {title}")
            elif column.kind is Kind.CODE:
                assert (labels[value], cell) == ("(no code)", "")
            elif column.kind is Kind.TIME:
                assert abs(value.to_pydatetime() - cell.replace(tzinfo=None)).microseconds <= 2
            elif isinstance(cell, str):
                assert value == cell.rstrip(" "), "SPSS fills texts with spaces"
            else:
                assert value == cell


@pytest.mark.parametrize("layout", LAYOUTS)
def test_parquet(tmp_path, layout):
    path = tmp_path / "out.parquet"
    columns, expected = written(write_parquet, layout, path, hard_study())
    found = pq.read_table(path)
    assert found.column_names == [c.name for c in columns]
    assert list(zip(*(c.to_pylist() for c in found.columns), strict=True)) == expected
    assert str(found.schema.field("timestamp").type) == "timestamp[us, tz=UTC]"


def test_jsonl(tmp_path):
    path = tmp_path / "out.jsonl"
    asyncio.run(write_jsonl(stream(*hard_study()), ABOUT, path))
    found = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]
    first, _ = hard_study()
    assert [m["comment"] for m in found] == [*TEXTS, "the end"]
    for record, said in zip(found, first.discussion.messages, strict=False):
        given = first.codings[said.id]
        assert [(c["coder"], c["code"], c["seen"], c["act"]) for c in record["codings"]] == [
            (c.coder, c.code, None if c.seen is None else str(c.seen), str(c.act)) for c in given
        ]
    assert found[0]["assigned"] == sorted(PEOPLE)
    assert [n["text"] for n in found[0]["notes"]] == ["=A1, odd", "x"]
    assert [(m["kind"], m["coder"]) for m in found[4]["marks"]] == [("edge_case", "bob;x")]
    assert (found[2]["reply_to"], found[3]["missing_before"]) == ("m1", 3)
    assert (found[9]["unit_id"], found[5]["verified_by"]) == ("m8", "adjudicated")


def test_wide_has_one_row_a_message_and_a_column_a_coder(tmp_path):
    _, rows = written(write_csv, Layout.WIDE, tmp_path / "out.csv", hard_study())
    table = Table.of(ABOUT, Layout.WIDE)
    assert len(rows) == len(TEXTS) + 1
    names = [c.name for c in table.columns]
    for coder in (*PEOPLE, *MODELS):
        assert f"code_{coder}" in names
        assert (f"confidence_{coder}" in names) == (coder in MODELS)
    second = dict(zip(names, rows[1], strict=True))
    assert second["code_bob;x"] is None, "what was taken back does not stand"
    assert dict(zip(names, rows[0], strict=True))["code_bob;x"] == "CR", "the latest stands"


def test_a_coder_who_began_meanwhile_is_not_left_out_in_silence(tmp_path):
    late = coded([message("hi")], [by_person("m1", coder="late")])
    write = FORMS["csv"].write(stream(late), about(), tmp_path / "o.csv", Wanted(Layout.WIDE))
    with pytest.raises(Exception, match="coder 'late' began while the table was written"):
        asyncio.run(write)
    assert list(tmp_path.iterdir()) == []


# Whatever storage takes: anything but U+0000 and half characters.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


@settings(max_examples=25, deadline=None)
@given(texts=st.lists(TEXT, min_size=1, max_size=4), code=TEXT, coder=TEXT.filter(str.strip))
def test_any_text_survives(texts, code, coder):
    messages = [message(t, n) for n, t in enumerate(texts, start=1)]
    codings = [by_person("m1", code, coder=coder), by_model("m1", code)]
    told = about(coders=(coder, "starter@1a2b"))
    discussions = [coded(messages, codings)]
    with tempfile.TemporaryDirectory() as folder:
        for layout in LAYOUTS:
            path = Path(folder) / "out"
            columns, expected = written(write_parquet, layout, path, discussions, told)
            found = pq.read_table(path)
            assert list(zip(*(c.to_pylist() for c in found.columns), strict=True)) == expected
            written(write_xlsx, layout, path.with_suffix(".xlsx"), discussions, told)
            at = [c.name for c in columns].index("comment")
            cells = [cell_of(row[at]) or "" for row in sheet_rows(path.with_suffix(".xlsx"))]
            assert cells == [row[at] for row in expected]
            written(write_sav, layout, path.with_suffix(".sav"), discussions, told)
            frame, _ = pyreadstat.read_sav(path.with_suffix(".sav"))
            assert list(frame["comment"]) == [str(row[at]).rstrip(" ") for row in expected]
