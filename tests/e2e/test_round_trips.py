"""Export, import, export: the same file again in every form that can carry it."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest

from bot.domain.layout import COLUMNS
from bot.encoding.spec import Architecture
from tests.command_line import intercoder, rows, write
from tests.unit.exports.incoming.test_own_jsonl import coding, line

MORE = ("round", "session", "message_id", "deleted", "coder_kind", "reply_to", "provenance")
# Thread, session, scenario, its words, round.
TALKS = (
    ("g1", "monday", "fox", "Fair?", 1),
    ("g2", "monday", "fox", "Fair?", 1),
    ("g1", "tuesday", "clock", "=And this?", 1),
    ("g1", "tuesday", "fox", "Fair after all?", 2),
)
# What is said, by whom, to which message, whether it was deleted, and its codes.
SAID = (
    ("=1+1", "P1", None, False, {"ann": "AG", "Jos\u00e9, B.": "AG", "=dan": "DIS"}),
    ("h\u00e9llo\r\n\U0001f98a \u202e", "P2", 1, False, {"ann": "DIS"}),
    ("x" * 4000, "P1", 2, True, {}),
    ("", "P2", None, True, {"=dan": "AG"}),
)


def talk(folder: Path) -> Path:
    """Write a file of two sessions, three rounds and two wordings of a scenario."""
    rows = []
    for thread, session, scenario, words, round_ in TALKS:
        mine = f"{thread}/{scenario}{round_}/"
        for number, (text, speaker, answers, deleted, codes) in enumerate(SAID, start=1):
            cells = ("talk", thread, scenario, words, str(number), speaker, "", text)
            told = {
                "round": str(round_),
                "session": session,
                "message_id": f"{mine}{number}",
                "deleted": str(deleted).lower(),
                "reply_to": "" if answers is None else f"{mine}{answers}",
                "provenance": "discord",
            }
            for coder, code in (codes or {"": ""}).items():
                given = dict(zip(COLUMNS, (*cells, code, coder), strict=True)) | told
                rows.append(given | {"coder_kind": "human" if code else ""})
    return write(folder / "talk.csv", rows, (*COLUMNS, *MORE))


def plain(path: Path, form: str) -> dict[str, str]:
    """Return the texts in a file without the times at which an import stored the codes."""
    if form == "qdpx":
        with zipfile.ZipFile(path) as archive:
            texts = {name: archive.read(name).decode() for name in archive.namelist()}
        return {n: re.sub('creationDateTime="[^"]*"', "", text) for n, text in texts.items()}
    text = path.read_text("utf-8")
    return {"": re.sub(r"20\d\d-\d\d-\d\d[T ][0-9:.]+\+00:00", "", text)}


@pytest.mark.parametrize("form", ["csv", "jsonl", "qdpx"])
def test_what_went_out_and_came_in_goes_out_the_same(tmp_path, form):
    first, second = tmp_path / f"first.{form}", tmp_path / f"second.{form}"
    database = tmp_path / "first.db"
    assert intercoder("import", talk(tmp_path), "--database", database).code == 0
    export = ("export", "--format", form, "--out")
    assert intercoder(*export, first, "--database", database).code == 0
    other = tmp_path / "second.db"
    ended = intercoder("import", first, "--database", other)
    assert ended.code == 0, ended
    assert "sessions 'monday', 'tuesday'" in ended.out
    assert "16 messages: 16 stored" in ended.out
    assert intercoder(*export, second, "--database", other).code == 0
    assert plain(second, form) == plain(first, form)
    again = intercoder("import", first, "--database", other)
    assert "16 messages: 0 stored, 16 there already" in again.out


def test_a_session_that_is_named_takes_all_of_a_file(tmp_path):
    out, database = tmp_path / "out.csv", tmp_path / "study.db"
    named = ("--session", "both", "--database", database)
    assert "session 'both'," in intercoder("import", talk(tmp_path), *named).out
    # Again without the name: where it stands, not where the file tells.
    again = intercoder("import", talk(tmp_path), "--database", database)
    assert "session 'both'," in again.out, again
    assert "16 messages: 0 stored" in again.out
    assert intercoder("export", "--out", out, "--database", database).code == 0
    assert "monday" not in out.read_text("utf-8")


def test_a_discussion_in_two_sessions_is_refused(tmp_path):
    file, database = tmp_path / "talk.jsonl", tmp_path / "study.db"
    said = [line(1, codings=[coding("ann", "AG")]), line(2, session="tuesday")]
    file.write_text("".join(f"{json.dumps(one)}\n" for one in said), encoding="utf-8")
    ended = intercoder("import", file, "--database", database)
    assert ended.code == 2
    assert f"{file}:2: session 'tuesday' stands beside 'monday' (line 1)" in ended.err
    assert not database.exists()


def test_a_replay_codes_every_session_of_an_export(tmp_path, tiny_bundle):
    days = {"g0": "monday", "g1": "tuesday"}
    said = [r | {"session": days[r["thread_id"]], "coder_kind": "human"} for r in rows()]
    file = write(tmp_path / "talk.csv", said, (*COLUMNS, "session", "coder_kind"))
    bundle = tiny_bundle(Architecture.THREAD).path
    replay = ("replay", file, "--bundle", bundle, "--database", tmp_path / "study.db")
    first, again = intercoder(*replay), intercoder(*replay)
    assert "sessions 'monday', 'tuesday'" in first.out, first
    assert "20 coded in this run, 20 in all" in first.out
    assert "0 coded in this run, 20 in all" in again.out
