"""What may disturb a bot under load: a training process beside it, and changes of its coder."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import sys
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from bot.domain.errors import IntercoderError
from bot.inference.bundle import load_bundle, write_manifest
from bot.rehearsal.play.bot_process import PACKAGES
from bot.rehearsal.play.stage import Stage
from bot.services.promoting import promote, roll_back
from bot.services.retraining.process import Command, watch
from bot.storage.store import Store

# As `models make --background` begins, and then trains from the file.
_TRAIN = """
import sys
from bot.services.retraining.manners import give_way
give_way(6.0)
from bot.__main__ import main
sys.argv[0] = "intercoder"
main()
"""
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")
_LONGEST = 3_600.0  # seconds, of which a phase takes one minute
_LOOKED = 0.01  # seconds between two looks whether the promoted coder serves
_PATIENCE = 60.0  # seconds in which it must
_AROUND = 1.0  # seconds after a change that still belong to it


@dataclass(frozen=True, slots=True)
class Swap:
    """A change of coder: `act`, and when (seconds since 1970) it was asked for and in force."""

    act: str
    asked: float
    served: float

    def around(self, at: float) -> bool:
        """Tell whether a moment belongs to the change: loading, and what comes just after it."""
        return self.asked <= at <= self.served + _AROUND


def longest_gap(times: Iterable[float]) -> float:
    """Return the longest time (ms) between two successive moments; 0 for fewer than two."""
    ordered = sorted(times)
    gaps = (1000 * (b - a) for a, b in pairwise(ordered))
    return max(gaps, default=0.0)


def median_gap(times: Iterable[float]) -> float:
    """Return the median of the longest time (ms) without a coding in each second."""
    by_second: dict[int, list[float]] = {}
    for at in times:
        by_second.setdefault(int(at), []).append(at)
    return median([longest_gap(own) for own in by_second.values()] or [0.0])


@asynccontextmanager
async def training_beside(file: Path, folder: Path) -> AsyncIterator[dict[str, Any]]:
    """Train from `file` while the block runs, as low as a retraining; then end it.

    Gives a table with the task that waits for its end, "training", and after the block the
    seconds of processor time that it took, "cpu_s".
    Raises IntercoderError if it ended before the block did: nothing was measured then.
    """
    out = folder / "trained-beside"
    arguments = ("train", str(file), "--out", str(out), "--threads", "1", "--device", "cpu")
    kept = {k: v for k, v in os.environ.items() if not k.upper().startswith("INTERCODER_")}
    paths = os.pathsep.join(filter(None, [PACKAGES, kept.get("PYTHONPATH", "")]))
    environment = kept | dict.fromkeys(_THREADS, "1") | {"PYTHONPATH": paths}
    command = Command((sys.executable, "-c", _TRAIN, *arguments), environment)
    before = _of_children()
    lock = os.open(os.devnull, os.O_RDONLY)
    training = asyncio.create_task(watch(command, lock, _LONGEST, lambda _: None))
    told: dict[str, Any] = {"training": training}
    try:
        yield told
        if training.done():
            raise IntercoderError(
                f"{file}: training ended before the phase did "
                f"({training.result().last_words or 'it was done'}): take a larger file."
            )
    finally:
        training.cancel()
        await asyncio.gather(training, return_exceptions=True)
        os.close(lock)
        told["cpu_s"] = round(_of_children() - before, 1)


async def changes(stage: Stage, every: float) -> list[Swap]:
    """Promote another coder and roll back, by the database, as another process would.

    `every` so many seconds, so that each falls among messages; a scenario begins in between, that
    both coders have something to code. Raises IntercoderError if the bot does not follow.
    """
    other = await asyncio.to_thread(_other, stage.bundle, stage.folder / "other")
    swaps: list[Swap] = []
    async with await Store.open(stage.database) as store:
        (name,) = await store.studies.names()
        study = await store.studies.find(name)
        if study is None:
            raise IntercoderError("the rehearsal's study is gone.")
        for act in ("promoted", "rolled back"):
            await asyncio.sleep(every)
            before, asked = await store.pins.serving(study.id), time.time()
            if act == "promoted":
                await promote(store, study, other, "a rehearsal", default=stage.bundle)
            else:
                await roll_back(store, study, stage.bundle, "a rehearsal")
            async with asyncio.timeout(_PATIENCE):
                while await store.pins.serving(study.id) == before:  # noqa: ASYNC110 - in the bot
                    await asyncio.sleep(_LOOKED)
            swaps.append(Swap(act, asked, time.time()))
            await asyncio.sleep(every)
            case = stage.play.scenarios[0]
            await stage.ask(
                stage.researcher,
                "scenario start",
                "runs in",
                title=f"{case.title}, {act}",
                text=case.text,
            )
    return swaps


def _other(bundle: Path, folder: Path) -> Path:
    """Copy a bundle under another name: a coder of its own that gives the same codes."""
    shutil.copytree(bundle, folder)
    manifest = load_bundle(folder, verify=False).manifest
    write_manifest(folder, replace(manifest, name=f"{manifest.name}-2"))
    return folder


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
