"""A study with two tiny coders: one serves, the other is what a stand-in will have trained."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.retraining import CodeChange, Difference, Figures, Outcome
from bot.encoding.spec import Architecture
from bot.inference.bundle import Bundle, load_bundle
from bot.services.retraining.process import Command
from bot.services.retraining.retrainer import Retrainer
from bot.settings import DatabaseSettings, ModelSettings, RetrainingSettings, Settings
from bot.storage.rows import Study
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store
from tests.tiny import codebook
from tests.tiny_bundle import build_tiny_bundle

STAND_IN = Path(__file__).with_name("retraining_stand_in.py")
ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 3, 2, 3, tzinfo=UTC)

KEPT = Outcome(
    decision="keep",
    reason="Accuracy fell by 4 points.",
    champion="c" * 64,
    challenger="d" * 64,
    verified=120,
    left_out_discord=0,
    gold_groups=4,
    gold_records=40,
    before=Figures(40, 0.75, 0.7, 0.6, 0.05),
    after=Figures(40, 0.71, 0.65, 0.55, 0.04),
    difference=Difference(-0.04, -0.09, 0.01),
    codes=(CodeChange("AG", 20, 0.8, 0.7, 0.7, 0.6, fell=True),),
    pictures=("confusion.png",),
)


def two_coders(folder: Path) -> tuple[Path, Path]:
    """Make the bundle that serves and the one that a stand-in will have trained, in `folder`."""
    for name, seed in (("starter", 0), ("pilot-study-20260302", 1)):
        build_tiny_bundle(folder / name, Architecture.THREAD, seed, name)
    return folder / "starter", folder / "pilot-study-20260302"


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Bench:
    """A store with a study, its settings, and what a stand-in for the training finds."""

    folder: Path
    store: Store
    study: Study
    clock: Clock
    serving: Bundle
    made: Bundle
    settings: Settings
    how: str = "decides"

    @classmethod
    async def open(cls, folder: Path, serving: Path, made: Path) -> Bench:
        bundles = folder / "bundles"
        shutil.copytree(serving, bundles / "starter")
        (folder / "given").mkdir()
        shutil.copytree(made, folder / "given" / "bundle")
        clock, url = Clock(), sqlite_url(folder / "study.db")
        store = await Store.open(url, clock)
        study = await store.studies.open("Pilot study", codebook())
        settings = Settings(
            database=DatabaseSettings(url=url),
            model=ModelSettings(bundle=bundles / "starter"),
            retraining=RetrainingSettings(memory_gb=1),
        )
        of = load_bundle(bundles / "starter"), load_bundle(folder / "given" / "bundle")
        bench = cls(folder, store, study, clock, *of, settings)
        bench.decide("promote")
        return bench

    def decide(self, decision: str, **changes: object) -> Outcome:
        """Have the stand-in come to this decision."""
        outcome = replace(
            KEPT,
            decision=decision,
            reason="Accuracy rose by 4 points." if decision == "promote" else KEPT.reason,
            champion=self.serving.manifest.fingerprint,
            challenger=self.made.manifest.fingerprint,
            **changes,
        )
        (self.folder / "given" / "result.json").write_text(outcome.to_json())
        return outcome

    def command(self, _settings: Settings, _study: str, folder: Path, champion: Path) -> Command:
        assert champion.is_dir()
        environment: Mapping[str, str] = {**os.environ, "PYTHONPATH": str(ROOT)}
        return Command((sys.executable, str(STAND_IN), self.how, str(folder)), environment)

    def retrainer(self, how: str = "decides") -> Retrainer:
        self.how = how
        return Retrainer(self.store, self.settings, self.command)

    @property
    def bundles(self) -> set[str]:
        """The names in the folder of bundles, hidden ones too."""
        return {entry.name for entry in (self.folder / "bundles").iterdir()}

    @property
    def left(self) -> set[str]:
        """The files in the folders of the retrainings."""
        root = self.folder / "retrainings"
        return {str(f.relative_to(root)) for f in root.rglob("*") if f.is_file()}
