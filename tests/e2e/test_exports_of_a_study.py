"""A study coded by three people and two model versions, with gaps: every file tells the same."""

import csv
import json
import zipfile

import openpyxl
import pyarrow.parquet as pq
import pyreadstat
import pytest

from bot.domain.cells import restore
from bot.domain.coding import Act, latest
from exports.about import About
from exports.forms import FORMS
from exports.tables.table import Layout, Wanted
from tests.coded_study import CodedStudy


@pytest.fixture
async def study(tmp_path):
    made = await CodedStudy.open(tmp_path / "study.db")
    await made.talk("monday", "g1", 12)
    await made.talk("tuesday", "g2", 8)
    await made.code_all(gaps=0.3)
    await made.code("g1-2", "ann", "OF", Act.CORRECTED)
    await made.code("g1-2", "ann", "AG", Act.WITHDRAWN)
    await made.code("g1-3", "bob", "=SUM", Act.ADJUDICATED)
    yield made
    await made.store.close()


async def stored(study):
    """Return (message, coder, code) of what stands last, and the verified code of each message."""
    codes, settled = set(), {}
    async for coded in study.store.transcripts.stream(study.study.id):
        for message in coded.discussion.messages:
            given = latest(coded.codings.get(message.id, ()))
            codes |= {(message.id, coder, coding.code) for coder, coding in given.items()}
            verified = coded.verified(message.id)
            settled[message.id] = None if verified is None else verified.code
    return codes, settled


def rows_of(path, form):
    """Return the rows of a table as dictionaries of texts; what is empty is None."""
    if form == "csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [{k: restore(v) for k, v in row.items()} for row in csv.DictReader(file)]
    elif form == "xlsx":
        rows = []
        book = openpyxl.load_workbook(path)
        for name in ("monday", "tuesday"):
            header, *cells = book[name].iter_rows(values_only=True)
            rows += [dict(zip(header, row, strict=True)) for row in cells]
    elif form == "sav":
        frame, meta = pyreadstat.read_sav(path, apply_value_formats=True)
        frame.columns = [_true(n, meta.column_names_to_labels[n]) for n in frame.columns]
        rows = [{k: None if v != v else v for k, v in r.items()} for r in frame.to_dict("records")]  # noqa: PLR0124 - NaN
    else:
        rows = pq.read_table(path).to_pylist()
    return [{name: None if cell == "" else cell for name, cell in row.items()} for row in rows]


def _true(name, label):
    """Return the column's name before SPSS's rules: a coder's stands in the label."""
    coder = label.removeprefix("Code by ").rpartition(" (")[0]
    return f"code_{coder}" if label.startswith("Code by ") else name


async def write(study, form, path, layout=Layout.LONG):
    about = await About.read(study.store, study.study)
    stream = study.store.transcripts.stream(study.study.id)
    counted = await FORMS[form].write(stream, about, path, Wanted(layout))
    assert counted.messages == 20
    return about


@pytest.mark.parametrize("form", [f.name for f in FORMS.values() if f.tabular])
async def test_a_table_has_every_code_that_stands_long_and_wide(study, tmp_path, form):
    codes, settled = await stored(study)
    path = tmp_path / f"long{FORMS[form].suffixes[0]}"
    await write(study, form, path)
    long = rows_of(path, form)
    last = {
        (row["message_id"], row["coder"]): row["code"]
        for row in long
        if row["coder"] and str(row["stands"]).lower() in ("true", "yes")
    }
    assert {(*pair, code) for pair, code in last.items()} == codes
    assert {row["message_id"]: row["verified_code"] for row in long} == settled

    path = tmp_path / f"wide{FORMS[form].suffixes[0]}"
    about = await write(study, form, path, Layout.WIDE)
    wide = rows_of(path, form)
    assert len(wide) == 20
    found = {
        (row["message_id"], coder.name, row[f"code_{coder.name}"])
        for row in wide
        for coder in about.coders
        if row[f"code_{coder.name}"]
    }
    assert found == codes
    assert {row["message_id"]: row["verified_code"] for row in wide} == settled


async def test_json_lines_and_the_corpus_tell_the_same(study, tmp_path):
    codes, settled = await stored(study)
    await write(study, "jsonl", tmp_path / "lines")
    lines = [json.loads(x) for x in (tmp_path / "lines").read_text("utf-8").splitlines()]
    last = {
        (m["message_id"], c["coder"]): c["code"] for m in lines for c in m["codings"] if c["stands"]
    }
    assert {(*pair, code) for pair, code in last.items()} == codes
    assert {m["message_id"]: m["verified_code"] for m in lines} == settled

    await write(study, "convokit", tmp_path / "corpus")
    with zipfile.ZipFile(tmp_path / "corpus") as opened:
        said = [json.loads(x) for x in opened.read("study/utterances.jsonl").splitlines()]
    found = {
        (u["meta"]["message_id"], coder, code)
        for u in said
        for coder, code in u["meta"]["codes"].items()
    }
    assert found == codes
    assert {u["meta"]["message_id"]: u["meta"]["verified_code"] for u in said} == settled
