"""A file that has grown since, or goes on in a second one, is finished where it stands."""

import json

import pytest

from bot.domain.layout import load_transcript
from bot.encoding.spec import Architecture
from tests.command_line import intercoder, rows, write


@pytest.fixture
def bundle(tiny_bundle):
    return tiny_bundle(Architecture.THREAD).path


def replay(file, given, bundle, database):
    command = ("replay", write(file, given), "--bundle", bundle, "--database", database)
    ended = intercoder(*command)
    assert ended.code == 0, ended.err
    return ended.out


def exported(form, out, database):
    assert intercoder("export", "--format", form, "--out", out, "--database", database).code == 0
    return out


def coded(out, database):
    """Return the last code of the model, by message, with its place and words."""
    lines = exported("jsonl", out, database).read_text("utf-8").splitlines()
    messages = [json.loads(line) for line in lines]
    return {
        m["message_id"]: (
            m["sequence"],
            m["comment"],
            [c["code"] for c in m["codings"] if c["kind"] == "model"][-1],
        )
        for m in messages
    }


def test_messages_and_days_that_come_later_take_their_places(tmp_path, bundle):
    whole = rows(2, 2)
    first = [r for r in whole if r["scenario_id"] == "s0" and r["sequence"] != "3"]
    second = [r for r in whole if r["scenario_id"] == "s1"]
    database = tmp_path / "days.db"
    assert "8 messages: 8 stored" in replay(tmp_path / "1.csv", first, bundle, database)
    assert "10 messages: 10 stored" in replay(tmp_path / "2.csv", second, bundle, database)
    assert "20 messages: 2 stored, 18 there already" in replay(
        tmp_path / "3.csv", whole, bundle, database
    )
    replay(tmp_path / "at-once.csv", whole, bundle, tmp_path / "at-once.db")
    assert coded(tmp_path / "days.jsonl", database) == coded(
        tmp_path / "at-once.jsonl", tmp_path / "at-once.db"
    )
    assert intercoder("db", "check", "--database", database).code == 0


def test_an_export_with_a_gap_goes_back_to_its_messages(tmp_path):
    file, database = tmp_path / "talk.csv", tmp_path / "a.db"
    given = [r for r in rows(1, 1) if r["sequence"] != "3"]
    assert intercoder("import", write(file, given), "--database", database).code == 0
    out = exported("csv", tmp_path / "out.csv", database)
    for target in (database, tmp_path / "other.db"):
        ended = intercoder("import", out, "--database", target)
        assert ended.code == 0, ended.err
        again = load_transcript(exported("csv", tmp_path / "again.csv", target))
        assert [(m.id, m.text) for m in again.messages] == [
            (m.id, m.text) for m in load_transcript(file).messages
        ]
        assert again.codes == load_transcript(file).codes
