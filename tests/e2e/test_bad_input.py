"""Bad input: one sentence with file, line and remedy, exit code 2, the database as it was."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import event

from bot.domain.layout import COLUMNS
from bot.encoding.spec import Architecture
from bot.storage import connections
from tests.command_line import Ended, Row, dump, intercoder, rows, write
from tests.tiny import LABELS

PROC = Path("/proc")


@pytest.fixture(scope="module")
def bundle(tiny_bundle) -> Path:
    return tiny_bundle(Architecture.THREAD).path


@pytest.fixture(scope="module")
def filled(tmp_path_factory, bundle) -> Path:
    """Return a database in which a study was replayed and coded."""
    folder = tmp_path_factory.mktemp("filled")
    file = write(folder / "talk.csv", rows(), COLUMNS)
    ended = intercoder("replay", file, "--bundle", bundle, "--database", folder / "study.db")
    assert ended.code == 0, ended.err
    return folder / "study.db"


@pytest.fixture
def database(filled, tmp_path) -> Path:
    return shutil.copy(filled, tmp_path / "study.db")


def refused(ended: Ended, *parts: str) -> str:
    """Hold an ending to the rules; return the sentence."""
    sentence = ended.err.splitlines()[-1]
    assert ended.code == 2, ended
    assert "Traceback" not in ended.err
    assert "This is a fault of the program" not in ended.err
    assert sentence.endswith("."), sentence
    for part in parts:
        assert part in sentence, sentence
    return sentence


def more(**changes: str) -> list[Row]:
    """Return talk of another thread, the third message changed."""
    found = [row | {"thread_id": "new"} for row in rows(1, 2)]
    found[2] |= changes
    return found


def missing_columns(path: Path) -> None:
    write(path, more(), [c for c in COLUMNS if c != "sequence"])


def column_twice(path: Path) -> None:
    write(path, more(), [*COLUMNS, "code"])


def two_datasets(path: Path) -> None:
    write(path, more(dataset="other"))


def wrong_encoding(path: Path) -> None:
    write(path, more(comment="café"))
    path.write_bytes(path.read_text("utf-8").encode("latin-1"))


def an_excel_utf16_file(path: Path) -> None:
    write(path, more())
    path.write_bytes(path.read_text("utf-8").encode("utf-16"))


def duplicate_sequence(path: Path) -> None:
    write(path, more(sequence="2"))


def not_restarting(path: Path) -> None:
    given = more()
    write(path, given[:5] + [r | {"sequence": str(int(r["sequence"]) + 5)} for r in given[5:]])


def unknown_code(path: Path) -> None:
    write(path, more(code="XYZ"))


def empty_file(path: Path) -> None:
    path.write_bytes(b"")


def header_alone(path: Path) -> None:
    write(path, [])


def nul(path: Path) -> None:
    write(path, more(comment="a\x00b"))


def control_character(path: Path) -> None:
    write(path, more(comment="a\x1bb"))


BROKEN: list[tuple[Callable[[Path], None], tuple[str, ...]]] = [
    (missing_columns, ("bad.csv:1: ", "column sequence is missing", "the header must name")),
    (column_twice, ("bad.csv:1: ", "column code stands twice", "number 9 and number 11", "keep")),
    (two_datasets, ("bad.csv:4: ", "dataset 'other' stands beside 'talk'", "line 2", "put each")),
    (wrong_encoding, ("bad.csv:4: ", "0xe9 is not UTF-8", "save")),
    (an_excel_utf16_file, ("bad.csv:1: ", "is not UTF-8", "save")),
    (
        duplicate_sequence,
        ("bad.csv:4: ", "sequence 2 ", "stands twice", "first in line 3", "number"),
    ),
    (not_restarting, ("bad.csv:7: ", "sequence starts at 6", "restart the sequence at 1")),
    (unknown_code, ("bad.csv:4: ", "code 'XYZ' is not in codebook", "use one of AG, DIS")),
    (empty_file, ("bad.csv", "; ")),
    (header_alone, ("bad.csv: there are no messages below the header; add one",)),
    (nul, ("bad.csv:4: ", "U+0000", "export it again")),
    (control_character, ("bad.csv:4: ", "U+001B", "export it again")),
]


@pytest.mark.parametrize("command", ["replay", "import"])
@pytest.mark.parametrize(("spoil", "parts"), BROKEN, ids=lambda x: getattr(x, "__name__", ""))
def test_a_broken_file_is_told_in_one_sentence(
    tmp_path, database, bundle, monkeypatch, command, spoil, parts
):
    monkeypatch.setenv("INTERCODER_MODEL__BUNDLE", str(bundle))
    bad, before = tmp_path / "bad.csv", dump(database)
    spoil(bad)
    ended = intercoder(command, bad, "--study", "talk", "--database", database)
    refused(ended, *parts)
    assert ended.err.count("\n") == 1
    assert dump(database) == before


@pytest.mark.parametrize(("spoil", "parts"), BROKEN, ids=lambda x: getattr(x, "__name__", ""))
def test_a_broken_file_makes_no_database(tmp_path, bundle, spoil, parts):
    spoil(tmp_path / "bad.csv")
    fresh = tmp_path / "new" / "study.db"
    command = ("replay", tmp_path / "bad.csv", "--bundle", bundle, "--database", fresh)
    refused(intercoder(*command), *parts)
    assert not fresh.parent.exists()


@pytest.mark.parametrize("name", ["nothing.csv", "."])
def test_a_file_that_is_none(tmp_path, database, name):
    refused(intercoder("import", tmp_path / name, "--database", database), str(tmp_path), "; ")


def test_a_scenario_longer_than_the_budget(tmp_path, database, bundle):
    before = dump(database)
    long = "why should a company sell to kids " * 30
    bad = write(
        tmp_path / "bad.csv",
        [r | {"scenario": long} if r["scenario_id"] == "s1" else r for r in more()],
    )
    ended = intercoder(
        "replay", bad, "--bundle", bundle, "--study", "other", "--database", database
    )
    refused(ended, "bad.csv:7: ", "scenario 's1' takes 210 tokens", "at most 60", "shorten")
    assert dump(database) == before


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('[[codes]]\ncode="A"\n[[codes]]\ncode="A"\n', ("code 'A' stands twice", "once")),
        ('id = "none"\n', ("no codes", "add at least two")),
        ("codes = [", ("not valid TOML", "mend")),
    ],
)
def test_a_codebook_with_duplicate_or_no_codes(tmp_path, database, bundle, text, parts):
    before = dump(database)
    book = tmp_path / "book.toml"
    book.write_text(text)
    file = write(tmp_path / "new.csv", more())
    command = (file, "--codebook", book, "--database", database)
    refused(intercoder("replay", *command, "--bundle", bundle), "book.toml", *parts)
    refused(intercoder("import", *command), "book.toml", *parts)
    assert dump(database) == before


def test_a_codebook_that_lacks_codes_of_the_bundle(tmp_path, database, bundle):
    before = dump(database)
    book = tmp_path / "book.csv"
    book.write_text("code,title\nAG,Agreement\nQ,Question\n")
    file = write(tmp_path / "new.csv", [r | {"code": "AG"} for r in more()])
    command = (file, "--codebook", book, "--database", database, "--bundle", bundle)
    refused(
        intercoder("replay", *command), "new.csv: ", "gives codes DIS, OT, OF", "train a bundle"
    )
    assert dump(database) == before


@pytest.mark.parametrize("name", ["head.onnx", "manifest.json", "tokenizer.json", "encoder.onnx"])
def test_a_bundle_with_one_byte_changed(tmp_path, database, bundle, name):
    before = dump(database)
    copy = shutil.copytree(bundle, tmp_path / "bundle")
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    file = write(tmp_path / "new.csv", more())
    ended = intercoder("replay", file, "--bundle", copy, "--database", database)
    refused(ended, str(copy / name), "train it again")
    assert dump(database) == before


def test_a_gpu_that_is_not_there(tmp_path, database, bundle):
    if shutil.which("nvidia-smi"):
        pytest.skip("there is a GPU")
    before = dump(database)
    file = write(tmp_path / "new.csv", more())
    command = (file, "--bundle", bundle, "--database", database)
    refused(intercoder("replay", *command, "--device", "cuda"), "device = cuda", "set the device")
    assert dump(database) == before


def test_a_person_called_like_the_model(tmp_path, database, bundle):
    before = dump(database)
    bad = write(tmp_path / "bad.csv", more(coder="tiny"))
    refused(intercoder("import", bad, "--database", database), "bad.csv", "'tiny'", "another name")
    fresh = tmp_path / "new" / "fresh.db"
    refused(intercoder("replay", bad, "--bundle", bundle, "--database", fresh), "bad.csv", "'tiny'")
    assert not fresh.parent.exists()
    assert dump(database) == before


def test_threads_that_stand_in_another_session(tmp_path, database, bundle):
    before = dump(database)
    file = write(tmp_path / "again.csv", rows())
    command = (file, "--bundle", bundle, "--database", database, "--session", "second")
    refused(intercoder("replay", *command), "again.csv:2: ", "another session", "another study")
    assert dump(database) == before


def test_an_unusual_but_sound_file_is_stored_as_it_is(tmp_path, bundle):
    said = {
        "rtl": "שלום \N{RIGHT-TO-LEFT OVERRIDE}abc\N{POP DIRECTIONAL FORMATTING} مرحبا",
        "emoji": "👩‍👩‍👧‍👦 👍🏽 e\N{COMBINING ACUTE ACCENT}",
        "lines": 'one\ntwo, "three"\u2028four\x85five',
        "formula": "=1+1",
        "long": "kids " * 20_000,
    }
    given = [r | {"comment": c} for r, c in zip(more(), said.values(), strict=False)]
    file, database = write(tmp_path / "odd.csv", given), tmp_path / "odd.db"
    ended = intercoder("replay", file, "--bundle", bundle, "--database", database)
    assert ended.code == 0, ended.err
    # The long comment is the fifth message; the one before it holds a line break.
    assert "1 message, too long for the coder, which read the beginning, is stored" in ended.out
    assert f"{file}, line 7" in ended.out
    out = tmp_path / "odd.jsonl"
    assert intercoder("export", "--format", "jsonl", "--out", out, "--database", database).code == 0
    stored = [json.loads(line) for line in out.read_text("utf-8").split("\n") if line]
    assert [m["comment"] for m in stored] == list(said.values())
    cut = [[c["cut"] for c in m["codings"] if c["kind"] == "model"] for m in stored]
    assert cut == [[False]] * 4 + [[True]]


def test_a_full_disk(tmp_path, database, bundle, monkeypatch):
    file = write(tmp_path / "new.csv", [r | {"comment": "kids " * 5_000} for r in more()])
    command = ("replay", file, "--bundle", bundle, "--database", database, "--session", "talk 2")
    whole = connections.writer_engine

    def limited(url):
        engine = whole(url)

        @event.listens_for(engine.sync_engine, "connect")
        def limit(connection, _):
            connection.cursor().execute("PRAGMA max_page_count = 1")  # no more than there are

        return engine

    before = dump(database)
    with monkeypatch.context() as patched:
        patched.setattr(connections, "writer_engine", limited)
        ended = intercoder(*command)
    refused(ended, str(database), "the disk is full", "free some space")
    assert "kids" not in ended.err
    assert dump(database) == before
    assert intercoder("db", "check", "--database", database).code == 0
    ended = intercoder(*command)
    assert ended.code == 0, ended.err
    assert "10 messages: 10 stored" in ended.out


def unwritable(tmp_path: Path) -> Path:
    """Return a folder that may not be written to, not even by root."""
    if os.geteuid() != 0:
        folder = tmp_path / "read-only"
        folder.mkdir(0o555)
        return folder
    if not (PROC / "self").is_dir():
        pytest.skip("root may write everywhere here")
    return PROC


def test_a_read_only_folder(tmp_path, database, bundle):
    folder, before = unwritable(tmp_path), dump(database)
    file = write(tmp_path / "new.csv", more())
    for place in (folder / "study.db", folder / "deeper" / "study.db"):
        refused(intercoder("import", file, "--database", place), str(place))
        refused(intercoder("replay", file, "--bundle", bundle, "--database", place), str(place))
        refused(intercoder("db", "upgrade", "--database", place), str(place))
        refused(intercoder("db", "backup", place, "--database", database), str(place))
        export = ("export", "--format", "csv", "--out", place, "--database", database)
        refused(intercoder(*export), str(place))
    assert dump(database) == before


def test_a_file_where_a_folder_should_be(tmp_path, database):
    (tmp_path / "file").write_text("mine")
    file = write(tmp_path / "new.csv", more())
    place = tmp_path / "file" / "study.db"
    refused(intercoder("import", file, "--database", place), str(place))
    export = ("export", "--format", "csv", "--out", place, "--database", database)
    refused(intercoder(*export), str(place), "is a file, no folder")
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("command", ["import", "export", "check", "upgrade", "backup"])
def test_a_database_that_is_none(tmp_path, command):
    other = tmp_path / "study.db"
    other.write_text("these are my notes\n" * 100)
    file = write(tmp_path / "new.csv", more())
    arguments = {
        "import": ("import", file),
        "export": ("export", "--format", "csv", "--out", tmp_path / "o.csv"),
        "check": ("db", "check"),
        "upgrade": ("db", "upgrade"),
        "backup": ("db", "backup", tmp_path / "copy.db"),
    }[command]
    refused(intercoder(*arguments, "--database", other), str(other), "no SQLite database")
    assert other.read_text() == "these are my notes\n" * 100
    assert not (tmp_path / "copy.db").exists()


def test_the_labels_here_are_those_of_the_bundle(tiny_bundle):
    assert tiny_bundle(Architecture.THREAD).manifest.labels == LABELS
