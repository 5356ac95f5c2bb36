"""What cannot be understood of a command line is one sentence: option, value, what is allowed."""

import pytest

from tests.command_line import intercoder

TRAIN = ("train", "a.csv", "--out", "b")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((*TRAIN, "--epochs", 0), "--epochs 0 cannot be used: give a whole number from 1 up"),
        ((*TRAIN, "--epochs", "x"), "--epochs x cannot be used: give a whole number"),
        ((*TRAIN, "--window", -1), "--window -1 cannot be used: give a whole number from 0 up"),
        ((*TRAIN, "--window", 201), "--window 201 cannot be used: give a whole number up to 200"),
        ((*TRAIN, "--device", "tpu"), "--device tpu cannot be used: give one of auto, cpu, cuda"),
        ((*TRAIN, "--nosuch"), "No such option: --nosuch"),
        (("train", "a.csv"), "Missing option '--out'"),
        (("import",), "Missing argument 'FILE'"),
    ],
)
def test_a_wrong_option_is_one_sentence(arguments, sentence):
    ended = intercoder(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(sentence), ended.err
    assert ended.err.endswith(f"; see `intercoder {arguments[0]} --help`.\n")
    assert ended.err.count("\n") == 1


def test_a_wrong_environment_is_one_sentence(monkeypatch):
    monkeypatch.setenv("INTERCODER_DEBUG", "loud")
    ended = intercoder("doctor")
    assert ended.code == 2
    assert ended.err == (
        "--debug (env var: INTERCODER_DEBUG) loud cannot be used: give true or false; "
        "see `intercoder --help`.\n"
    )


@pytest.mark.parametrize("arguments", [(), ("db",)])
def test_nothing_asked_for_shows_the_help_alone(arguments, capfd):
    ended = intercoder(*arguments)
    assert (ended.code, ended.err) == (2, "")
    assert "Usage: intercoder" in capfd.readouterr().out


def test_help_and_version_end_well(capfd):
    assert intercoder("--version").code == intercoder("train", "--help").code == 0
    assert "Train a coder" in capfd.readouterr().out
