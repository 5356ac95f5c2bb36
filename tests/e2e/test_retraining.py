"""From people's codes to a coder that serves, with the real training in a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from bot.inference.shelf import bundles_in
from bot.services.retraining.command import training_command
from bot.services.retraining.process import Command
from bot.services.retraining.progress import Progress
from bot.services.retraining.report import report
from bot.services.retraining.retrainer import Retrainer
from bot.services.retraining.situation import situation
from bot.settings import DatabaseSettings, ModelSettings, Settings
from bot.storage.retrainings import Cause, State
from bot.storage.rows import Study
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store
from exports.codebooks.codebook_toml import write_codebook
from tests.command_line import environment, intercoder
from tests.unit.training.tiny_study import BOOK, tiny_base, tiny_rows, write_rows

pytestmark = pytest.mark.slow

GROUPS = [f"g{n}" for n in range(25)]


class Lab:
    """A study that one person coded, in which no coder serves yet."""

    def __init__(self, folder: Path, store: Store, study: Study) -> None:
        self.folder, self.store, self.study = folder, store, study
        self.settings = Settings(
            database=DatabaseSettings(url=sqlite_url(folder / "study.db")),
            model=ModelSettings(bundle=folder / "bundles" / "starter"),
        )

    def retrainer(self, method: str) -> Retrainer:
        def command(settings: Settings, study: str, folder: Path, champion: Path) -> Command:
            made = training_command(settings, study, folder, champion)
            # In the background it would wait for every other test of the machine.
            line = [part for part in made.line if part != "--background"]
            line += [f"--base={self.folder / 'base'}", f"--method={method}", "--epochs=1"]
            return Command(line, {**made.environment, **environment()})

        return Retrainer(self.store, self.settings, command)


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    tiny_base(tmp_path / "base", max_position_embeddings=512)
    write_rows(tmp_path / "talk.csv", tiny_rows(GROUPS, messages=5))
    write_codebook(BOOK, tmp_path / "codebook.toml")
    url = sqlite_url(tmp_path / "study.db")
    given = (intercoder, "import", tmp_path / "talk.csv", "--database", url)
    ended = await asyncio.to_thread(*given)
    assert ended.code == 0, ended.err
    async with await Store.open(url) as store:
        study = await store.studies.find("tiny")
        assert study is not None
        yield Lab(tmp_path, store, study)


async def test_what_people_verified_becomes_a_coder_that_serves(lab: Lab) -> None:
    found = await situation(lab.store, lab.settings.database.url, lab.study)
    assert (found.verified, found.new, found.missing) == (200, 200, None)
    heard: list[Progress] = []
    finished = await lab.retrainer("frozen").run(lab.study, Cause.ASKED, told=heard.append)
    assert finished.row.state is State.PROMOTED, finished.row.reason
    assert {"records", "gold", "training", "parity", "deciding"} <= {p.stage for p in heard}
    serving = await lab.store.promotions.serving(lab.study.id)
    assert serving is not None
    (bundle,) = bundles_in(lab.folder / "bundles")
    assert bundle.path == serving.folder
    assert bundle.manifest is not None
    assert bundle.manifest.fingerprint == serving.fingerprint
    told = report(finished)
    assert told.title == "A new coder serves"
    assert [picture.name for picture in told.pictures] == ["confusion.png"]
    assert finished.row.folder is not None
    left = {file.name for file in finished.row.folder.iterdir()}
    assert not left & {"records.csv", "records-codebook.toml", "bundle"}
    again = await situation(lab.store, lab.settings.database.url, lab.study)
    assert (again.verified, again.new) == (200, 0)


@pytest.mark.parametrize("stage", ["parity"])
async def test_killed_at_any_stage_it_leaves_everything_as_it_was(lab: Lab, stage: str) -> None:
    def kill(progress: Progress) -> None:
        if progress.stage == stage:
            for child in psutil.Process().children():
                if "make" in child.cmdline():
                    child.kill()

    row = (await lab.retrainer("finetune").run(lab.study, Cause.NIGHTLY, told=kill)).row
    assert row.state is State.FAILED
    assert "was ended by SIGKILL" in str(row.reason)
    assert await lab.store.promotions.serving(lab.study.id) is None
    assert bundles_in(lab.folder / "bundles") == ()
    assert list((lab.folder / "retrainings").iterdir()) == []
