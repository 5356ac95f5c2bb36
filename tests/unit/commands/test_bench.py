"""Bench, quick and with a tiny network: every contestant runs, and the figures are whole."""

import json

import pytest

from bench import engines
from tests.command_line import intercoder
from tests.unit.training.tiny_study import tiny_base
from training.base import find_base


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    folder = tiny_base(tmp_path / "base", vocab_size=600, max_position_embeddings=512)
    monkeypatch.setattr(engines, "find_base", lambda: find_base(str(folder)))
    monkeypatch.setattr(engines, "QUICK", engines.Effort(rounds=1, live_messages=5))


def test_quick_measures_all_and_says_that_it_is_quick(tmp_path, tiny):
    out = tmp_path / "bench.json"
    ended = intercoder("bench", "--quick", "--threads", "1", "--json", out)
    assert ended.code == 0, ended.err
    assert "no figures to quote" in ended.out
    assert "engines, steps: 7 of 7" in ended.err
    figures = json.loads(out.read_text())
    assert figures["quick"] is True
    found = figures["engines"]
    assert set(engines.TARGETS) < set(found["ratios"])
    for name, row in found["ratios"].items():
        assert all(value > 0 for value in row.values())
        assert name in ended.out
    assert (found["rounds"], found["machine"]["threads"]) == (1, 1)
    assert (found["live"]["messages"], found["live"]["torch"]) == (5, False)
    assert found["gemm"]["share"] > 0
    assert (figures["path"]["engine"], figures["path"]["messages"]) == ("fake", 1_500)


def test_the_path_alone(tmp_path):
    out = tmp_path / "bench.json"
    ended = intercoder("bench", "path", "--quick", "--json", out)
    assert ended.code == 0, ended.err
    assert "replay -> code -> SQLite, fake" in ended.out
    assert json.loads(out.read_text()).keys() == {"quick", "path"}


def test_a_bundle_is_the_paths(tmp_path):
    ended = intercoder("bench", "engines", "--bundle", tmp_path)
    assert (ended.code, "--bundle with engines" in ended.err) == (2, True)
