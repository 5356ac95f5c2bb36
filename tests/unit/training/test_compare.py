"""Evaluations of several seeds become one row of means."""

import json

import pytest

from training.compare import main, row


@pytest.fixture
def files(tmp_path):
    for seed, accuracy in enumerate((0.80, 0.84)):
        figures = {"accuracy": accuracy, "kappa": 0.7, "macro_f1": accuracy / 2, "ece": 0.05}
        (tmp_path / f"{seed}.json").write_text(json.dumps(figures), encoding="utf-8")
    return [tmp_path / "0.json", tmp_path / "1.json"]


def test_a_row_holds_mean_and_range(files):
    assert row("thread", files) == (
        "| thread | 2 | 0.820 (0.800-0.840) | 0.700 (0.700-0.700) | 0.410 (0.400-0.420) "
        "| 0.050 (0.050-0.050) |"
    )


def test_the_command_prints_a_table(files, capsys):
    assert main([f"both={files[0]} {files[1]}", f"one={files[1]}"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "| model | seeds | accuracy | kappa | macro_f1 | ece |"
    assert [line.count("|") for line in lines] == [7, 7, 7, 7]
    assert lines[2] == row("both", files)
    assert lines[3].startswith("| one | 1 | 0.840 (0.840-0.840) |")
