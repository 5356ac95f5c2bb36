"""`models make` as a process: its lines, its files, its last sentence, and how it ends."""

from __future__ import annotations

import csv
import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.domain.retraining import RESULT, Outcome
from bot.inference.bundle import load_bundle
from bot.inference.lineage import read_records
from exports.codebooks.codebook_toml import write_codebook
from tests.command_line import as_process, environment, intercoder
from tests.unit.training.tiny_study import BOOK, tiny_base, tiny_rows, write_rows

GROUPS = [f"g{n}" for n in range(25)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a base model and a study whose messages one person coded."""
    folder = tmp_path_factory.mktemp("make")
    tiny_base(folder / "base", max_position_embeddings=512)
    write_rows(folder / "talk.csv", tiny_rows(GROUPS, messages=5))
    write_codebook(BOOK, folder / "codebook.toml")
    ended = intercoder("import", folder / "talk.csv", "--database", url(folder))
    assert ended.code == 0, ended.err
    return folder


def url(home: Path) -> str:
    return f"sqlite+aiosqlite:///{home / 'study.db'}"


def options(home: Path, folder: Path, **changes: object) -> list[str]:
    given = {
        "study": "tiny",
        "folder": folder,
        "champion": home / "none",
        "base": home / "base",
        "method": "frozen",
        "database": url(home),
        **changes,
    }
    return ["models", "make", *(f"--{name}={value}" for name, value in given.items())]


def gold(home: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(home / "study.db")) as connection:
        return connection.execute("SELECT * FROM gold_groups ORDER BY thread_id").fetchall()


def run(arguments: Sequence[str], before: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, after the Python of `before`."""
    command = as_process(*arguments)
    if before:
        script = f"import sys\n{before}\nfrom bot.__main__ import run\nsys.exit(run(sys.argv[1:]))"
        command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(  # noqa: S603 - our own
        command, env=environment(), capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def ran(home: Path) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = home / "tiny-20260301"
    return folder, run(options(home, folder))


def test_a_decision_leaves_a_whole_result_and_a_bundle(ran):
    folder, ended = ran
    assert ended.returncode == 0, ended.stderr
    found = Outcome.from_json((folder / RESULT).read_text(encoding="utf-8"))
    manifest = load_bundle(folder / "bundle").manifest
    assert found.challenger == manifest.fingerprint
    assert manifest.name == "tiny-20260301"
    assert found.verified == 25 * 2 * 4
    assert (found.gold_groups, found.gold_records) == (5, 40)
    assert set(found.pictures) <= {p.name for p in folder.iterdir()}
    assert not [p for p in folder.iterdir() if p.name.startswith(".")]


def test_its_output_is_progress_as_json_lines_without_participants_words(home, ran):
    lines = [json.loads(line) for line in ran[1].stdout.splitlines()]
    assert all(set(line) == {"stage", "done", "total", "text"} for line in lines)
    stages = list(dict.fromkeys(line["stage"] for line in lines))
    assert stages == ["records", "gold", "training", "parity", "deciding", "done"]
    assert all(0 <= line["done"] <= line["total"] for line in lines)
    assert "agree" not in ran[1].stdout
    assert "agree" not in ran[1].stderr


def test_the_gold_groups_are_decided_in_the_database_and_stay(home, ran, tmp_path):
    before = gold(home)
    assert (len(before), sum(row[1] for row in before)) == (25, 5)
    # Nobody has met them, and still a champion asks for more of them than a first coder.
    champion = ran[0] / "bundle"
    ended = intercoder(*options(home, tmp_path / "next", champion=champion))
    assert ended.code == 0
    found = Outcome.from_json((tmp_path / "next" / RESULT).read_text(encoding="utf-8"))
    assert found.decision == "keep"
    assert "needs 10 more records" in found.reason
    assert gold(home) == before


def test_what_it_learned_from_is_what_an_export_is_once_the_gold_groups_are_decided(home, ran):
    exported = home / "exported.csv"
    ended = intercoder("export", "--verified", "--out", exported, "--database", url(home))
    assert ended.code == 0, ended.err
    assert exported.read_bytes() == (ran[0] / "records.csv").read_bytes()
    with exported.open(encoding="utf-8-sig", newline="") as file:
        marked = {row["thread_id"] for row in csv.DictReader(file) if row["gold"] == "true"}
    held = read_records(ran[0] / "bundle")
    assert marked == {r.thread_id for r in held if r.part == "test"}
    assert len(marked) == 5


def last_line(text: str) -> str:
    return text.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"study": "none"}, "there is no study 'none' in it; name one of 'tiny'."),
        ({"base": "nowhere"}, "base model 'nowhere' cannot be loaded"),
        ({"folder": "taken"}, "there is something in it; name a new or empty folder."),
        ({"champion": "taken"}, "this folder is no bundle, it has no manifest.json"),
    ],
    ids=["study", "base", "folder", "champion"],
)
def test_what_fails_ends_with_1_and_one_sentence(home, tmp_path, changes, said):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "notes.txt").write_text("mine")
    given = {k: tmp_path / v if v == "taken" else v for k, v in changes.items()}
    ended = intercoder(*options(home, **{"folder": tmp_path / "new", **given}))
    assert ended.code == 1
    assert said in last_line(ended.err)
    assert not (tmp_path / "new" / RESULT).exists()
    assert not (tmp_path / "new" / "bundle").exists()
    assert (tmp_path / "taken" / "notes.txt").read_text() == "mine"


# When it begins to learn: room for small things, not for the weights of the large base.
_LITTLE_MEMORY = """
import resource, training.train as running
learn = running.learn_by
def learn_by(*arguments, **options):
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 10_000_000,) * 2)
    return learn(*arguments, **options)
running.learn_by = learn_by
"""
# When it begins to write: no room for the weights.
_SMALL_FILES = """
import resource, training.train as running
write = running.write_bundle
def write_bundle(*arguments, **options):
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000,) * 2)
    return write(*arguments, **options)
running.write_bundle = write_bundle
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of a process are Linux's here")
@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (_LITTLE_MEMORY, "the training ran out of memory; nothing was left behind: give it"),
        (_SMALL_FILES, "could not be written (File too large)"),
    ],
    ids=["memory", "disk"],
)
def test_a_machine_that_runs_out_is_told_in_a_sentence_and_no_bundle_is_left(
    home, ran, tmp_path, limit, said
):
    before = gold(home)
    base = home / "base"
    if limit is _LITTLE_MEMORY:
        base = tiny_base(tmp_path / "large", max_position_embeddings=512, intermediate_size=100_000)
    ended = run(options(home, tmp_path / "new", base=base), limit)
    assert ended.returncode == 1, ended.stderr
    assert said in last_line(ended.stderr)
    assert json.loads(last_line(ended.stdout))["stage"] == "training"
    left = {p.name for p in (tmp_path / "new").iterdir()}
    assert left == {"records.csv", "records-codebook.toml"}
    assert gold(home) == before


def test_sigterm_ends_it_at_once_and_leaves_no_half_a_bundle(home, ran, tmp_path):
    command = as_process(*options(home, tmp_path / "new", method="finetune", epochs=500))
    pipe = subprocess.PIPE
    with subprocess.Popen(  # noqa: S603 - our own
        command, env=environment(), stdout=pipe, stderr=pipe, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            told = json.loads(line)
            if told["stage"] == "training" and told["done"] > 0:
                break
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate()
    assert process.returncode == 143, err
    assert last_line(err) == "Stopped by SIGTERM."
    left = {p.name for p in (tmp_path / "new").iterdir()}
    assert left == {"records.csv", "records-codebook.toml"}
