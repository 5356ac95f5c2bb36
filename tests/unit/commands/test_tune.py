"""`intercoder tune`: killed in a trial it goes on, and its best trial trains a coder."""

import json
import os
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from bot.inference.bundle import load_bundle
from exports.codebooks.codebook_toml import write_codebook
from tests.command_line import Ended, as_process, environment, intercoder
from tests.unit.training.tiny_study import BOOK, tiny_base, tiny_rows, write_rows
from training.preset_file import load_preset
from training.presets import DEFAULT


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("tuned")
    tiny_base(folder / "base", max_position_embeddings=512)
    write_rows(folder / "talk.csv", tiny_rows(f"g{n}" for n in range(7)))
    write_codebook(BOOK, folder / "codebook.toml")
    return folder


def arguments(study: Path, *options: object) -> tuple[object, ...]:
    given = ("--base", study / "base", "--threads", 1, "--architecture", "thread")
    return ("tune", study / "talk.csv", "--study-file", study / "night.db", *given, *options)


def trials(study: Path) -> list[tuple[str, dict[str, object]]]:
    """Return the state and the notes of every trial, as the file has them."""
    with closing(sqlite3.connect(study / "night.db")) as database:
        found = []
        for trial, state in database.execute("SELECT trial_id, state FROM trials ORDER BY number"):
            notes = database.execute(
                "SELECT key, value_json FROM trial_user_attributes WHERE trial_id = ?", (trial,)
            )
            found.append((state, {key: json.loads(value) for key, value in notes}))
        return found


@pytest.fixture(scope="module")
def killed(study: Path) -> list[str]:
    """What a search said until it was killed in its first trial."""
    said = []
    with subprocess.Popen(  # noqa: S603 - ourselves
        as_process(*arguments(study, "--trials", 2)),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env=environment(),
        start_new_session=True,
    ) as process:
        for line in process.stderr:
            said.append(line)
            if line.startswith("  epoch 1: "):
                os.killpg(process.pid, signal.SIGKILL)
                break
    return said


@pytest.fixture(scope="module")
def tuned(study: Path, killed: list[str]) -> Ended:
    assert trials(study)[0][0] == "RUNNING", "".join(killed)
    return intercoder(*arguments(study, "--trials", 2, "--out", study / "best.toml"))


def test_a_search_killed_in_a_trial_tries_it_again_and_goes_on(study, tuned):
    assert tuned.code == 0, tuned.err
    states = trials(study)
    assert [state for state, _ in states] == ["FAIL", "COMPLETE", "COMPLETE"]
    assert states[0][1]["sentence"] == "its process was killed; tried again."
    assert states[1][1]["settings"] == states[0][1]["settings"]
    assert [notes.get("reference") for _, notes in states] == ["default", "default", None]


def test_it_says_what_it_does_and_what_was_found(study, tuned):
    assert "left alone, split by group" in tuned.err
    assert "the paper's values are a pair's: they are not tried" in tuned.err
    # So few groups of coded messages have no teachers, and are met more often.
    assert "trial 1 (default): architecture thread" in tuned.err
    assert ", teachers 0" in tuned.err.split("trial 1 (default): ")[1].splitlines()[0]
    settings = trials(study)[1][1]["settings"]
    assert settings["teachers"] == 0
    assert tuned.err.count("  epoch ", tuned.err.index("trial 1 (default)")) >= settings["epochs"]
    assert settings["epochs"] > DEFAULT.epochs
    assert "2 of 2 trials in " in tuned.err
    assert "2 trials done; " in tuned.out
    assert "best: trial " in tuned.out
    assert "default: " in tuned.out
    assert "was not looked at and tells the truth" in tuned.out
    assert f"--preset {study / 'best.toml'}" in tuned.out


def test_report_and_pictures_are_there(study, tuned):
    (folder,) = (study / "night").iterdir()
    assert folder.name.startswith("talk-")
    assert {"report.md", "preset.toml", "history.png"} <= {p.name for p in folder.iterdir()}
    text = (folder / "report.md").read_text(encoding="utf-8")
    assert "## The best trials" in text
    assert "1 (default)" in text
    assert str(study / "talk.csv") in text
    assert load_preset(folder / "preset.toml") == load_preset(study / "best.toml")


def test_the_best_trial_trains_a_coder_as_it_was(study, tuned, tmp_path):
    out, preset = tmp_path / "bundle", study / "best.toml"
    given = ("--base", study / "base", "--threads", 1, "--preset", preset)
    ended = intercoder("train", study / "talk.csv", "--out", out, *given)
    assert ended.code == 0, ended.err
    settings = load_bundle(out).manifest.training["settings"]
    assert settings == load_preset(preset).to_dict()
    best = max((n for s, n in trials(study) if s == "COMPLETE"), key=lambda n: share(n["groups"]))
    assert settings == best["settings"]
    written = json.loads((out / "report" / "report.json").read_text(encoding="utf-8"))
    reached = max(e["validation_accuracy"] for e in written["epochs"])
    assert reached == pytest.approx(share(best["groups"]))


def share(groups: dict[str, list[int]]) -> float:
    return sum(h for h, _ in groups.values()) / sum(n for _, n in groups.values())


def test_when_it_is_over_nothing_is_trained_and_the_report_is_written_again(study, tuned):
    before = trials(study)
    (report,) = (study / "night").glob("*/report.md")
    report.unlink()
    again = intercoder(*arguments(study, "--trials", 2))
    assert again.code == 0, again.err
    assert "goes on: 2 trials so far" in again.err
    assert trials(study) == before
    assert report.is_file()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--budget", "8"), "--budget '8' cannot be used; give a time such as 8h"),
        (("--longest", "soon"), "--longest 'soon' cannot be used"),
        (("--out", "talk.csv"), "this file is there and is no preset"),
        (("--out", "nowhere/best.toml"), "there is no folder nowhere"),
        (("--report", "talk.csv"), "is a file, no folder"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_trained(study, options, told, monkeypatch):
    monkeypatch.chdir(study)
    ended = intercoder("tune", "talk.csv", "--study-file", "new.db", *options)
    assert ended.code == 2
    assert told in ended.err
    assert not (study / "new.db").exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--preset", "papr"), "--preset papr: there is no such preset, and no such file"),
        (("--preset", "talk.csv"), "talk.csv: this is no TOML"),
        (("--preset", "mine.toml"), "mine.toml: epochs = 0 cannot be used"),
        (("--preset", "pair.toml", "--architecture", "thread"), "which is a pair's"),
        (("--preset", "paper", "--architecture", "thread"), "the paper's coder is a pair"),
    ],
)
def test_train_refuses_what_is_no_preset(study, tmp_path, options, told, monkeypatch):
    monkeypatch.chdir(study)
    Path("mine.toml").write_text("epochs = 0\n", encoding="utf-8")
    Path("pair.toml").write_text('architecture = "pair"\n', encoding="utf-8")
    ended = intercoder("train", "talk.csv", "--out", tmp_path / "b", *options)
    assert ended.code == 2
    assert told in ended.err
