"""A whole session: the loopback Discord, the real bot in a process of its own, people, staff."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_line import intercoder


def test_a_session_is_rehearsed_from_set_up_to_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERCODER_MODEL__BUNDLE", str(tmp_path / "none"))
    out, kept, drawn = tmp_path / "out.json", tmp_path / "kept", tmp_path / "drawn"
    ended = intercoder(
        "rehearse", "--groups", 2, "--speed", 400, "--json", out, "--keep", kept,
        "--pictures", drawn,
    )  # fmt: skip
    assert ended.code == 0, ended.err + ended.out
    assert "There is no trained coder" in ended.out
    assert "Nothing was lost, and nothing came twice." in ended.out
    figures = json.loads(out.read_text())
    assert figures["said"] == figures["stored"] == figures["coded"] == 229
    assert figures["corrected"] + figures["confirmed"] == 11  # two a scenario, one by /code set
    assert figures["violations"] == []
    assert figures["stopped_in_s"] < 10
    assert {path.name for path in drawn.iterdir()} >= {
        "panel.svg", "correct-code.svg", "review.svg", "adjudicate.svg",
    }  # fmt: skip
    (table,) = kept.glob("*.csv")
    assert table.read_text(encoding="utf-8-sig").count("\n") > 229


def test_a_small_file_without_times_is_played_with_the_groups_that_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERCODER_MODEL__BUNDLE", str(tmp_path / "none"))
    talk, drawn = tmp_path / "talk.csv", tmp_path / "drawn"
    talk.write_text(
        "dataset,thread_id,scenario_id,scenario,sequence,speaker,timestamp,comment,code,coder\n"
        "pilot,g1,cake,Bake or buy?,1,ann,,I say bake,Y,me\n"
        "pilot,g1,cake,Bake or buy?,2,bob,,no,N,me\n"
        "pilot,g2,cake,Bake or buy?,1,cat,,hm,N,me\n",
        encoding="utf-8",
    )
    ended = intercoder("rehearse", talk, "--pictures", drawn)
    assert ended.code == 0, ended.err + ended.out
    assert "2 groups, 3 messages, 1 scenario" in ended.err
    assert "under a minute" in ended.err
    assert "Session rehearsal (ended)" in ended.out
    assert (drawn / "panel.svg").exists()
