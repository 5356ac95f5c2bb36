"""The CSV opens in a spreadsheet unharmed, and our importer reads it back as it was."""

import asyncio
import csv
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.coding import Act
from bot.domain.errors import InputError
from bot.domain.layout import COLUMNS, load_transcript
from exports.counted import Counted
from exports.tables.csv_transcript import EXTRA_COLUMNS, write_csv
from tests.unit.exports.coded import about, by_model, by_person, coded, message, stream


async def rows_of(path, *discussions):
    await write_csv(stream(*discussions), about(), path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


async def test_every_coding_has_a_row_in_the_import_layout(tmp_path):
    rows = await rows_of(
        tmp_path / "out.csv",
        coded([message("no way")], [by_model("m1"), by_person("m1", note="sure")]),
    )
    assert tuple(rows[0]) == (*COLUMNS, *EXTRA_COLUMNS)
    model, person = rows
    assert [model[c] for c in COLUMNS if c != "scenario"] == [
        *("study", "g1", "fox", "1", "P1", "2024-06-03 12:00:00.250000+00:00", "no way"),
        *("CA", "starter@1a2b"),
    ]
    assert {c: model[c] for c in EXTRA_COLUMNS} == {
        "round": "1",
        "session": "pilot",
        "message_id": "m1",
        "provenance": "discord",
        "deleted": "false",
        "coder_kind": "model",
        "act": "coded",
        "stands": "true",
        "counts": "true",
        "confidence": "0.812346",
        "runner_up": "CR",
        "runner_up_confidence": "0.125000",
        "coded_at": "2024-06-03 12:00:00.250000+00:00",
        "window_size": "3",
        "cut": "false",
        "note": "",
        "verified_code": "CR",
        "seen": "",
        "verified_by": "agreed",
        "unit_id": "m1",
        "unit_code": "CR",
        "reply_to": "",
        "assigned": "",
        "marks": "",
        "notes": "",
        "missing_before": "",
    }
    assert (person["code"], person["coder"], person["coder_kind"]) == ("CR", "ann", "human")
    assert (person["confidence"], person["window_size"], person["note"]) == ("", "", "sure")


async def test_the_verified_code_is_the_adjudicated_one_in_every_row(tmp_path):
    codings = [
        by_model("m1", "CA"),
        by_person("m1", "CR"),
        by_person("m1", "DO", coder="bob"),
        by_person("m1", "AO", coder="lead", act=Act.ADJUDICATED),
    ]
    rows = await rows_of(tmp_path / "out.csv", coded([message("no")], codings))
    assert [r["verified_code"] for r in rows] == ["AO"] * 4


async def test_what_was_taken_back_is_told_and_does_not_come_back(tmp_path):
    codings = [
        by_model("m1", "CA"),
        by_person("m1", "CR", act=Act.CORRECTED),
        by_person("m1", "CA", act=Act.WITHDRAWN),
        by_person("m2", "DO", coder="bob", act=Act.CONFIRMED),
        by_person("m2", "AO", coder="bob", act=Act.CORRECTED),
        by_person("m2", "DO", coder="bob", act=Act.WITHDRAWN),
        by_person("m3", "CR", act=Act.CORRECTED),
        by_person("m3", "", act=Act.WITHDRAWN),
    ]
    messages = [message("no"), message("yes", 2), message("hm", 3)]
    path = tmp_path / "out.csv"
    rows = await rows_of(path, coded(messages, codings))
    assert [(r["act"], r["stands"], r["verified_code"]) for r in rows] == [
        *(("coded", "true", ""), ("corrected", "false", ""), ("withdrawn", "false", "")),
        *(("confirmed", "true", "DO"), ("corrected", "false", "DO"), ("withdrawn", "false", "DO")),
        *(("corrected", "false", ""), ("withdrawn", "false", "")),
    ]
    found = load_transcript(path)
    assert found.codes == {"m1": {}, "m2": {"bob": "DO"}, "m3": {}}
    assert found.coders == ("bob",)
    assert found.notes[-1] == "3 decisions were taken back by their coders, and left out"
    counted = await write_csv(stream(coded(messages, codings)), about(), path)
    assert counted == Counted(messages=3, codings=2, uncoded=1)


async def test_of_a_coders_codes_that_stand_the_latest_alone_counts(tmp_path):
    codings = [
        by_person("m1", "CR"),
        by_person("m1", "CA"),
        by_person("m1", "DO", coder="bob"),
        by_person("m1", "AO", coder="bob", act=Act.CORRECTED),
        by_person("m1", "DO", coder="bob", act=Act.WITHDRAWN),
    ]
    rows = await rows_of(tmp_path / "out.csv", coded([message("no")], codings))
    assert [(r["coder"], r["code"], r["stands"], r["counts"]) for r in rows] == [
        ("ann", "CR", "true", "false"),
        ("ann", "CA", "true", "true"),
        ("bob", "DO", "true", "true"),
        ("bob", "AO", "false", "false"),
        ("bob", "DO", "false", "false"),
    ]
    assert load_transcript(tmp_path / "out.csv").codes == {"m1": {"ann": "CA", "bob": "DO"}}


async def test_an_act_that_is_not_known_is_refused(tmp_path):
    path = tmp_path / "out.csv"
    await rows_of(path, coded([message("no")], [by_person("m1", act=Act.CORRECTED)]))
    path.write_text(path.read_text("utf-8-sig").replace(",corrected,", ",withdrawed,"))
    with pytest.raises(
        InputError, match=r"out\.csv:2: act 'withdrawed' is not known; write one of"
    ):
        load_transcript(path)


async def test_a_message_without_any_coding_keeps_one_row(tmp_path):
    path = tmp_path / "out.csv"
    discussion = coded([message("hi"), message("no", 2)], [by_person("m2")], deleted=["m1"])
    rows = await rows_of(path, discussion)
    assert [(r["sequence"], r["coder"], r["coder_kind"]) for r in rows] == [
        ("1", "", ""),
        ("2", "ann", "human"),
    ]
    assert [r["deleted"] for r in rows] == ["true", "false"]


async def test_what_was_written_is_counted(tmp_path):
    discussion = coded([message("hi"), message("no", 2)], [by_person("m2"), by_model("m2")])
    counted = await write_csv(stream(discussion, discussion), about(), tmp_path / "out.csv")
    assert counted == Counted(messages=4, codings=4, uncoded=2)


async def test_no_cell_can_run_as_a_formula(tmp_path):
    evil = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "=HYPERLINK(1)"]
    messages = [message(text, n, speaker=text) for n, text in enumerate(evil, start=1)]
    codings = [by_person("m1", coder="=cmd|' /C calc'!A0", note="=1")]
    rows = await rows_of(tmp_path / "out.csv", coded(messages, codings, session="=1"))
    for row in rows:
        for name, cell in row.items():
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), name


async def test_the_file_begins_with_the_mark_that_excel_needs(tmp_path):
    await rows_of(tmp_path / "out.csv", coded([message("naïve 🦊")]))
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbfdataset,")


async def test_the_same_data_gives_the_same_bytes(tmp_path):
    for name in ("a.csv", "b.csv"):
        await rows_of(tmp_path / name, coded([message("hi")], [by_model("m1")]))
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


async def test_a_reader_that_fails_leaves_the_old_file(tmp_path):
    async def failing():
        yield coded([message("hi")])
        raise RuntimeError("the database went away")

    path = tmp_path / "out.csv"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="went away"):
        await write_csv(failing(), about(), path)
    assert path.read_text() == "old"
    with pytest.raises(InputError, match="there is no folder"):
        await write_csv(stream(), about(), tmp_path / "nowhere" / "out.csv")


# What the importer takes: no control characters but tab and line ends, and no surrogates.
CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x7f"), max_size=20)
CLEAN = CELL.map(lambda t: "".join(c for c in t if c in "\t\n\r" or c >= " "))
NAME = CLEAN.map(str.strip).filter(bool)


@given(
    texts=st.lists(
        st.one_of(CLEAN, st.sampled_from(["=1", "'=1", "''+x", '"', ",", "a\u2028b"])), min_size=1
    ),
    speaker=NAME,
    code=NAME,
    coder=NAME,
)
def test_our_importer_reads_back_what_was_written(texts, speaker, code, coder):
    messages = [message(t, n, speaker=speaker) for n, t in enumerate(texts, start=1)]
    codings = [
        c for m in messages for c in (by_person(m.id, code, coder=coder), by_model(m.id, code))
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.csv"
        asyncio.run(write_csv(stream(coded(messages, codings)), about(), path))
        found = load_transcript(path)
    assert [m.text for m in found.messages] == texts
    for m in found.messages:
        assert m.speaker == speaker
        assert found.codes[m.id] == {coder: code}  # the model's codes are not taken for a person's
