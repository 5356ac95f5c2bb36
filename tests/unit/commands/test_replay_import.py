"""Replay and import: names, codebooks and sessions that stand in where none is given."""

import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from bot.encoding.spec import Architecture
from bot.inference.bundle import load_bundle
from bot.inference.fake import fake_bundle
from exports.codebooks.codebook_toml import write_codebook
from tests.command_line import intercoder, rows, write
from tests.tiny import LABELS, codebook


@pytest.fixture
def bundle(tiny_bundle):
    return tiny_bundle(Architecture.THREAD).path


def test_a_replay_tells_what_it_did_and_how_far_it_agrees(tmp_path, bundle):
    given = rows()
    for row in given[:4]:
        row["code"] = ""
    del given[7]  # a message left out upstream
    file, database = write(tmp_path / "talk.csv", given), tmp_path / "new" / "study.db"
    first = intercoder("replay", file, "--bundle", bundle, "--database", database)
    assert first.code == 0, first.err
    assert "Study 'talk', session 'replay talk', codebook 'tiny' version 1" in first.out
    assert "19 messages: 19 stored, 0 there already" in first.out
    assert "19 coded in this run, 19 in all, by 'tiny' (onnx-cpu)" in first.out
    assert "1 sequence number is missing" in first.out
    assert "15 stored, 0 there already, 4 cells without a code" in first.out
    told = "on 15 messages (the other 4 have no code of theirs, or one for uncoded text): "
    assert f"Agreement with 'ann' {told}" in first.out
    second = intercoder("replay", file, "--bundle", bundle, "--database", database)
    assert "19 messages: 0 stored, 19 there already" in second.out
    assert "0 coded in this run, 19 in all" in second.out
    assert "stored: 19 of 19" in second.err
    assert "coded: 0 of 19" in second.err


def test_the_agreement_is_that_of_the_stored_codes(tmp_path, bundle):
    file, database = write(tmp_path / "talk.csv", rows()), tmp_path / "a.db"
    intercoder("replay", file, "--bundle", bundle, "--database", database, "--no-codes")
    out = tmp_path / "t.jsonl"
    intercoder("export", "--format", "jsonl", "--out", out, "--database", database)
    given = rows()
    codes = [json.loads(line)["codings"][0]["code"] for line in out.read_text().splitlines()]
    for row, code in zip(given[:16], codes, strict=False):
        row["code"] = code
    for row, code in zip(given[16:], codes[16:], strict=True):
        row["code"] = next(label for label in LABELS if label != code)
    write(file, given)
    ended = intercoder("replay", file, "--bundle", bundle, "--database", database)
    assert "Agreement with 'ann' on 20 messages: 80.0%" in ended.out


def test_a_rehearsal_with_the_fake_engine_leaves_the_bundles_work_to_be_done(tmp_path, bundle):
    file, database = write(tmp_path / "talk.csv", rows()), tmp_path / "a.db"
    command = ("replay", file, "--bundle", bundle, "--database", database)
    assert (
        "20 coded in this run, 20 in all, by 'fake' (fake)"
        in intercoder(*command, "--engine", "fake").out
    )
    assert "20 coded in this run, 20 in all, by 'tiny' (onnx-cpu)" in intercoder(*command).out
    with closing(sqlite3.connect(database)) as connection:
        codings = connection.execute(
            "SELECT c.name, b.fingerprint, count(*) FROM codings "
            "JOIN coders c ON c.id = codings.coder_id JOIN bundles b ON b.id = c.bundle_id "
            "GROUP BY c.id"
        ).fetchall()
    real = load_bundle(bundle)
    assert sorted(codings) == [
        ("fake", fake_bundle(real).manifest.fingerprint, 20),
        ("tiny", real.manifest.fingerprint, 20),
    ]


def test_a_person_called_fake_is_refused_in_a_rehearsal_alone(tmp_path, bundle):
    file = write(tmp_path / "talk.csv", [r | {"coder": "fake"} for r in rows()])
    command = ("replay", file, "--bundle", bundle, "--database", tmp_path / "a.db")
    refused = intercoder(*command, "--engine", "fake")
    assert (refused.code, "coder 'fake' is a model" in refused.err) == (2, True)
    assert intercoder(*command).code == 0


def test_no_codes_are_neither_checked_nor_stored(tmp_path, bundle):
    file = write(tmp_path / "talk.csv", [r | {"code": "XYZ"} for r in rows()])
    command = ("replay", file, "--bundle", bundle, "--database", tmp_path / "a.db")
    assert intercoder(*command).code == 2
    ended = intercoder(*command, "--no-codes")
    assert ended.code == 0, ended.err
    assert "Agreement" not in ended.out
    assert "People's codes" not in ended.out


def test_what_was_imported_is_coded_where_it_stands(tmp_path, bundle):
    file, database = write(tmp_path / "talk.csv", rows()), tmp_path / "a.db"
    imported = intercoder("import", file, "--database", database)
    assert "session 'import talk', codebook 'talk' version 1 from the codes in the file (" in (
        imported.out
    )
    assert "20 stored, 0 there already" in imported.out
    ended = intercoder("replay", file, "--bundle", bundle, "--database", database)
    assert ended.code == 0, ended.err
    assert "session 'import talk'" in ended.out
    assert "0 stored, 20 there already" in ended.out
    assert "20 coded in this run" in ended.out


def test_the_codebook_beside_the_file_serves_and_then_the_studys_own(tmp_path):
    file, database = write(tmp_path / "talk.csv", rows()), tmp_path / "a.db"
    write_codebook(codebook(), tmp_path / "talk-codebook.toml")
    first = intercoder("import", file, "--database", database)
    assert "talk-codebook.toml" in first.out
    elsewhere = shutil.copy(file, tmp_path / "other.csv")
    (tmp_path / "talk-codebook.toml").unlink()
    second = intercoder("import", elsewhere, "--database", database)
    assert "codebook 'tiny' version 1 from study 'talk'" in second.out
    assert "20 there already" in second.out


def test_a_changed_text_is_told_and_not_taken(tmp_path):
    file, database = write(tmp_path / "talk.csv", rows()), tmp_path / "a.db"
    intercoder("import", file, "--database", database)
    changed = rows()
    changed[3]["comment"] = "quite another thing"
    ended = intercoder("import", write(file, changed), "--database", database)
    assert "1 message of the file has another text in the database, which was kept: " in ended.out
    assert (
        f"{file}, line 5. To take the file's words, send it into another study: --st" in ended.out
    )


def test_a_speed_that_is_none_is_refused(tmp_path):
    assert intercoder("replay", tmp_path / "x.csv", "--speed", "3").code == 2


def test_an_export_comes_back_with_peoples_codes_alone(tmp_path, bundle):
    file, database = write(tmp_path / "talk.csv", rows()), tmp_path / "a.db"
    intercoder("replay", file, "--bundle", bundle, "--database", database)
    out = tmp_path / "out.csv"
    intercoder("export", "--format", "csv", "--out", out, "--database", database)
    out.write_text(out.read_text("utf-8-sig").replace(",replay,", ",discord,"))
    ended = intercoder("import", out, "--database", tmp_path / "b.db")
    assert ended.code == 0, ended.err
    assert "20 messages: 20 stored" in ended.out
    assert "20 stored, 0 there already" in ended.out
    assert "Note: 20 " in ended.out, "the model's codings are left out and counted"
    again = tmp_path / "again.csv"
    intercoder("export", "--format", "csv", "--out", again, "--database", tmp_path / "b.db")
    back = again.read_text("utf-8-sig")
    assert "onnx" not in back
    assert ",model," not in back
    assert back.count(",discord,") == 20, "Discord's words stay Discord's"


def test_an_import_tells_how_many_codes_replace_an_earlier_one(tmp_path):
    given, database = rows(), tmp_path / "a.db"
    file = write(tmp_path / "talk.csv", given)
    assert "instead of an earlier" not in intercoder("import", file, "--database", database).out
    codes = sorted({row["code"] for row in given if row["code"]})
    changed = next(row for row in given if row["code"])
    changed["code"] = next(code for code in codes if code != changed["code"])
    ended = intercoder("import", write(file, given), "--database", database)
    assert "1 stored (1 of them instead of an earlier code by the same coder), " in ended.out
