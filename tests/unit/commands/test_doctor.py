"""Doctor and run: what is missing is said, each with a remedy."""

import shutil

import pytest

from bot.commands.checks import Use, checks, missing
from bot.encoding.spec import Architecture
from bot.settings import load_settings
from tests.command_line import intercoder


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


def test_run_says_what_is_missing(ready):
    shutil.rmtree(ready)
    ended = intercoder("run")
    assert ended.code == 2
    assert "Discord token: Not set. Set INTERCODER_DISCORD__TOKEN in .env" in ended.err
    assert "bundle: " in ended.err
    assert ".." not in ended.err


def test_run_is_honest_about_the_gateway(ready, monkeypatch):
    monkeypatch.setenv("INTERCODER_DISCORD__TOKEN", "my-secret")
    ended = intercoder("run")
    assert ended.code == 2
    assert ended.err.startswith("The Discord gateway is not part of this version yet")
    assert ended.err.count("\n") == 1
