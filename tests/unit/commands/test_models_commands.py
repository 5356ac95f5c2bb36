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
from bot.commands.models_view import print_coders
from bot.domain.retraining import Figures
from bot.services.retraining import retrainer as retraining
from bot.services.retraining.known import Known
from bot.services.retraining.progress import Progress
from bot.services.retraining.whether import Situation
from bot.storage.retrainings import Retraining, State
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store
from tests.command_line import Ended, environment, intercoder
from tests.retraining_bench import NOW, STAND_IN, Bench, two_coders

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
    """Return the words of each coder's lines."""
    found: list[list[str]] = []
    for line in ended.out.splitlines()[1:]:
        if ", made 20" in line:
            found.append([])
        found[-1] += line.split()
    return found


def test_train_shows_progress_the_decision_and_the_way_back(bench: Bench) -> None:
    ended = intercoder("models", "train")
    assert ended.code == 0, ended.err
    assert "training: 3 of 3" in ended.err
    out = ended.out.splitlines()
    assert out[0] == "A new coder serves: Accuracy rose by 4 points."
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
    assert second[:2] == ["-", "pilot-study-20260302"]
    told = "accuracy 0.710, kappa 0.650, macro-F1 0.550, n=40 judged and not taken"
    assert " ".join(second[5:]) == told
    ended = intercoder("models", "promote", second[2].strip("(),"))  # by its fingerprint
    assert ended.code == 0, ended.err
    assert ended.out.startswith("pilot-study-20260302 (")
    assert listed(intercoder("models", "list"))[0][:2] == ["serves", "pilot-study-20260302"]
    assert "pilot-study-20260302 (" in intercoder("models", "status").out
    assert intercoder("models", "rollback").out.startswith("starter (")
    assert listed(intercoder("models", "list"))[0][:2] == ["serves", "starter"]
    assert intercoder("models", "rollback").code == 2
    wrong = intercoder("models", "promote", "nobody")
    assert (wrong.code, "there is no coder 'nobody'" in wrong.err) == (2, True)


def test_a_damaged_bundle_is_listed_with_what_is_wrong_and_cannot_be_promoted(
    bench: Bench,
) -> None:
    there = bench.settings.model.bundle.parent / "broken"
    there.mkdir()
    (there / "manifest.json").write_text("{", encoding="utf-8")
    told = " ".join(intercoder("models", "list").out.split())
    assert "- broken not judged here yet cannot serve: " in told
    ended = intercoder("models", "promote", "broken")
    assert ended.code == 2
    assert "manifest.json" in ended.err


@pytest.mark.parametrize("width", [80, 60])
def test_the_list_is_read_in_a_narrow_terminal(width: int) -> None:
    """A reason stands below the coder's figures, as wide as there is room, with no line lost."""
    figures = Figures(4321, 0.71, 0.65, 0.55, 0.04)
    why = "promoted: " + "It is no worse overall, and no code [fell] by more than the margin. " * 3
    of = {"made": "2026-03-02T03:00:00+00:00", "figures": figures}
    name, own, other = "pilot-study-20260302", "0a1b2c3d" * 8, "4e5f6a7b" * 8
    known = (
        Known(name, own, Path("b"), serves=True, decided=NOW, why=why, **of),
        Known("other", other, Path("o"), problem="it gives codes that are foreign", **of),
    )
    out = io.StringIO()
    print_coders(Console(file=out, width=width), known)
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    begins = next(n for n, line in enumerate(lines) if line.startswith("serves"))
    assert lines[begins].split("  ")[1].rstrip() == f"{name} (0a1b2c3d), made 2026-03-02"
    assert lines[begins + 1].strip() == "accuracy 0.710, kappa 0.650, macro-F1 0.550, n=4321"
    text = " ".join(out.getvalue().split())
    assert f"2026-03-02, {why.strip()} - other" in text
    reason = [line for line in lines[begins + 2 :] if "other (" not in line][:-2]
    assert len(reason) <= 6, reason  # not a column of single words
    assert text.endswith("cannot serve: it gives codes that are foreign")


def test_status_tells_of_the_last_and_the_next(bench: Bench) -> None:
    bench.how = "fails mutely"
    intercoder("models", "train")
    out = intercoder("models", "status").out
    assert out.startswith("Study 'Pilot study': starter (")
    assert "failed: the training failed (exit code 3)" in out
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
