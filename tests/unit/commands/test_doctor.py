"""Doctor and run: what is missing is said, each with a remedy."""

import io
import shutil
import sqlite3
import sys
from contextlib import closing

import pytest
from rich.console import Console

from bot.__main__ import run
from bot.commands import checks as module
from bot.commands.checks import Use, checks, missing
from bot.commands.state import State
from bot.encoding.spec import Architecture
from bot.settings import load_settings
from tests.command_line import intercoder, rows, write


@pytest.fixture
def ready(tmp_path, monkeypatch, tiny_bundle):
    """Set up what a replay needs; returns the folder of the bundle."""
    copy = shutil.copytree(tiny_bundle(Architecture.THREAD).path, tmp_path / "bundle")
    monkeypatch.setenv("INTERCODER_DATABASE__URL", str(tmp_path / "study.db"))
    monkeypatch.setenv("INTERCODER_MODEL__BUNDLE", str(copy))
    return copy


def names(use: Use) -> list[str]:
    return [row.name for row in missing(list(checks(load_settings(None))), use)]


def test_with_all_that_replay_needs_it_is_content(tmp_path, ready):
    ended = intercoder("doctor")
    assert ended.code == 0, ended.out
    for word in ("Python", "providers", "GPU", "disk", "database", "bundle", "engine", "token"):
        assert word in ended.out
    assert "onnx-cpu opens" in ended.out
    assert not (tmp_path / "study.db").exists(), "the doctor only looks"


def test_every_failing_row_has_a_remedy(ready):
    shutil.rmtree(ready)
    ended = intercoder("doctor")
    assert ended.code == 1
    assert "intercoder demo" in ended.out
    assert names(Use.REPLAY) == ["bundle"]


def test_another_bundle_beside_the_missing_one_is_the_nearest_remedy(ready, monkeypatch):
    missing_one = ready.with_name("starter")
    monkeypatch.setenv("INTERCODER_MODEL__BUNDLE", str(missing_one))
    (row,) = missing(list(checks(load_settings(None))), Use.REPLAY)
    assert row.remedy.startswith(f"{ready} is there: set INTERCODER_MODEL__BUNDLE={ready}, or")
    assert row.remedy.endswith("name it with --bundle")


def test_a_narrow_terminal_breaks_no_setting_and_no_word(ready, monkeypatch):
    shutil.rmtree(ready)
    monkeypatch.setenv("INTERCODER_MODEL__BUNDLE", "data/none")
    out = io.StringIO()
    state = State(out=Console(file=out, width=80), env_file=None)
    assert run(["doctor"], state) == 1
    for word in ("status", "INTERCODER_MODEL__BUNDLE", "INTERCODER_DISCORD__TOKEN", "`intercoder"):
        assert word in out.getvalue()


@pytest.mark.parametrize(
    ("variable", "value", "row"),
    [
        ("MODEL__DEVICE", "cuda", "GPU"),
        ("DATABASE__URL", "/proc/nothing/a.db", "database"),
    ],
)
def test_what_cannot_be_used_is_named(ready, monkeypatch, variable, value, row):
    if row == "GPU" and shutil.which("nvidia-smi"):
        pytest.skip("there is a GPU")
    monkeypatch.setenv(f"INTERCODER_{variable}", value)
    assert row in names(Use.REPLAY)


def test_a_changed_bundle_and_a_foreign_database_are_found(tmp_path, ready):
    (ready / "head.onnx").write_bytes(b"other")
    (tmp_path / "study.db").write_text("my notes\n" * 200)
    assert names(Use.REPLAY) == ["database", "bundle"]
    assert (tmp_path / "study.db").read_text() == "my notes\n" * 200


def test_a_wrong_setting_is_a_row_and_not_the_end(monkeypatch):
    monkeypatch.setenv("INTERCODER_MODEL__ENGINE", "onxx")
    ended = intercoder("doctor")
    assert ended.code == 1
    assert "INTERCODER_MODEL__ENGINE" in ended.out
    assert "providers" in ended.out


def test_a_database_that_no_store_opens_is_a_row_and_not_the_end(ready, monkeypatch):
    monkeypatch.setenv("INTERCODER_DATABASE__URL", "sqlite+aiosqlite:///:memory:")
    assert names(Use.REPLAY) == ["disk", "database"]
    ended = intercoder("doctor")
    assert (ended.code, "in memory would be lost" in ended.out) == (1, True)
    assert "engine" in ended.out


def test_a_driver_that_is_not_installed_is_a_row_with_its_package(ready, monkeypatch):
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    monkeypatch.setenv("INTERCODER_DATABASE__URL", "postgresql+asyncpg://me:secret@host/name")
    assert names(Use.REPLAY) == ["database"]
    for command in (("doctor",), ("db", "check")):
        ended = intercoder(*command)
        said = " ".join((ended.out + ended.err).split())
        assert "pip install asyncpg" in said
        assert "fault of the program" not in said
        assert "secret" not in said


def test_a_large_database_is_left_to_db_check(tmp_path, ready, monkeypatch):
    file = write(tmp_path / "talk.csv", rows())
    assert intercoder("import", file).code == 0
    with closing(sqlite3.connect(tmp_path / "study.db")) as connection:
        connection.execute("UPDATE messages SET sequence = sequence + 7")
        connection.commit()
    assert names(Use.REPLAY) == ["database"]
    monkeypatch.setattr(module, "_READ", 1)
    assert names(Use.REPLAY) == []
    assert "intercoder db check" in " ".join(intercoder("doctor").out.split())


def test_run_says_what_is_missing(ready):
    shutil.rmtree(ready)
    ended = intercoder("run")
    assert ended.code == 2
    assert "Discord token: not set; set INTERCODER_DISCORD__TOKEN in .env" in ended.err
    assert f"bundle: {ready}: there is no such bundle" in ended.err, "a path is not capitalised"
    assert ".." not in ended.err
