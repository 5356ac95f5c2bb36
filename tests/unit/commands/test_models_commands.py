"""`intercoder models` at a study with real bundles; the trainings are stand-ins."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
from pathlib import Path

import pytest
from rich.console import Console

from bot.commands.models_train import showing
from bot.services.retraining import retrainer as retraining
from bot.services.retraining.progress import Progress
from bot.services.retraining.whether import Situation
from bot.storage.retrainings import Retraining, State
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store
from tests.command_line import Ended, environment, intercoder
from tests.retraining_bench import STAND_IN, Bench, two_coders

READY = Situation(verified=500, new=90, sessions=(), missing=None, free=10**12)


@pytest.fixture(scope="module")
def two_bundles(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return two_coders(tmp_path_factory.mktemp("coders"))


@pytest.fixture
def bench(tmp_path: Path, two_bundles: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Bench:
    async def made() -> Bench:
        opened = await Bench.open(tmp_path, *two_bundles)
        await opened.store.close()
        return opened

    found = asyncio.run(made())
    monkeypatch.setenv("INTERCODER_DATABASE__URL", found.settings.database.url)
    monkeypatch.setenv("INTERCODER_MODEL__BUNDLE", str(found.settings.model.bundle))

    async def situation(*_: object) -> Situation:
        return READY

    monkeypatch.setattr(retraining, "situation", situation)
    monkeypatch.setattr(retraining.Retrainer.__init__, "__defaults__", (found.command,))
    return found


def rows(bench: Bench) -> tuple[Retraining, ...]:
    async def read() -> tuple[Retraining, ...]:
        async with await Store.open(sqlite_url(bench.folder / "study.db")) as store:
            return await store.retrainings.of_study(bench.study.id)

    return asyncio.run(read())


def listed(ended: Ended) -> list[list[str]]:
    return [line.split() for line in ended.out.splitlines()[1:]]


def test_train_shows_progress_the_decision_and_the_way_back(bench: Bench) -> None:
    ended = intercoder("models", "train")
    assert ended.code == 0, ended.err
    assert "training: 3 of 3" in ended.err
    out = ended.out.splitlines()
    assert out[0] == "A better coder serves: Accuracy rose by 4 points."
    assert "accuracy" in out[2]
    assert out[2].split()[1:] == ["0.750", "0.710"]
    assert "`/model rollback` or `intercoder models rollback`" in ended.out
    assert [row.state for row in rows(bench)] == [State.PROMOTED]


def test_a_training_that_fails_is_a_sentence_and_exit_code_1(bench: Bench) -> None:
    bench.how = "fails"
    ended = intercoder("models", "train")
    assert ended.code == 1
    assert ended.out.startswith(
        "The retraining failed: The gold groups hold one code only; code more.\n"
        "The coder that serves is the same as before."
    )


def test_what_speaks_against_it_is_said_and_force_overrules_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def situation(*_: object) -> Situation:
        return Situation(500, 0, ("monday",), None, 10**12)

    monkeypatch.setattr(retraining, "situation", situation)
    ended = intercoder("models", "train")
    assert ended.code == 2
    assert ended.err.strip() == (
        "no code was verified since the last retraining; --force begins all the same."
    )
    assert rows(bench) == ()
    assert intercoder("models", "train", "--force").code == 0


def test_list_promote_and_rollback(bench: Bench) -> None:
    bench.decide("keep")
    assert intercoder("models", "train").code == 0
    first, second = listed(intercoder("models", "list"))
    assert first[:2] == ["serves", "starter"]
    assert second[0] == "pilot-study-20260302"
    assert second[3:7] == ["0.710", "0.650", "0.550", "40"]
    ended = intercoder("models", "promote", second[1])  # by its fingerprint
    assert ended.code == 0, ended.err
    assert ended.out.startswith("pilot-study-20260302 (")
    assert listed(intercoder("models", "list"))[0][:2] == ["serves", "pilot-study-20260302"]
    assert "pilot-study-20260302 (" in intercoder("models", "status").out
    assert intercoder("models", "rollback").out.startswith("starter (")
    assert listed(intercoder("models", "list"))[0][:2] == ["serves", "starter"]
    assert intercoder("models", "rollback").code == 2
    wrong = intercoder("models", "promote", "nobody")
    assert (wrong.code, "there is no coder 'nobody'" in wrong.err) == (2, True)


def test_status_tells_of_the_last_and_the_next(bench: Bench) -> None:
    bench.how = "fails mutely"
    intercoder("models", "train")
    out = intercoder("models", "status").out
    assert out.startswith("Study 'Pilot study': starter (")
    assert "failed. the training failed (exit code 3)" in out
    assert "Next night, if a bot runs then: " in out


def test_work_that_begins_again_is_a_stage_of_its_own() -> None:
    out = io.StringIO()
    with showing(Console(file=out, width=80)) as told:
        for done in (0, 5, 9, 0, 9):
            told(Progress("training", done, 9, ""))
        told(Progress("done", 1, 1, "a reason"))
    assert (
        out.getvalue().splitlines()
        == [
            "training: 0 of 9",
            "training: 9 of 9, about 0 s left",
        ]
        * 2
    )


WITH_A_STAND_IN = """
import sys
from pathlib import Path
from bot.__main__ import main
from bot.services.retraining import retrainer
from bot.services.retraining.process import Command
from bot.services.retraining.whether import Situation
import os
async def situation(*_):
    return Situation(500, 90, (), None, 10**12)
def command(settings, study, folder, champion):
    return Command((sys.executable, sys.argv[0], "deaf", str(folder)), dict(os.environ))
retrainer.situation = situation
retrainer.Retrainer.__init__.__defaults__ = (command,)
sys.argv = [os.environ["STAND_IN"], "models", "train"]
main()
"""


async def test_ctrl_c_ends_the_training_and_changes_nothing(bench: Bench) -> None:
    given = environment() | {
        "STAND_IN": str(STAND_IN),
        "INTERCODER_DATABASE__URL": bench.settings.database.url,
        "INTERCODER_MODEL__BUNDLE": str(bench.settings.model.bundle),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WITH_A_STAND_IN),
        cwd=bench.folder,
        env=given,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    while b"training: 0 of 9" not in await process.stderr.readline():
        pass
    os.kill(process.pid, signal.SIGINT)
    _, err = await process.communicate()
    assert process.returncode == 130
    assert err.endswith(b"Stopped by Ctrl-C.\n")

    (row,) = await asyncio.to_thread(rows, bench)
    assert (row.state, bench.left, bench.bundles) == (State.FAILED, set(), {"starter"})
    assert row.reason == "it was stopped by whoever had started it."
