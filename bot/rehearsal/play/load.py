"""Load: many groups at once, and how long it takes until what they say is coded and on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

from bot.domain.discussion import Message
from bot.rehearsal.play.latencies import Latencies, StalledError, Timings, latencies
from bot.rehearsal.play.load_beside import changes, longest_gap, median_gap, training_beside
from bot.rehearsal.play.load_groups import endless
from bot.rehearsal.play.people import Said
from bot.rehearsal.play.script import seconds
from bot.rehearsal.play.stage import Stage

FAST = 20.0  # times the recorded pace
STEADY = 20.0  # messages a second
LIMIT = 1_000.0  # milliseconds that p99 may take before the rate counts as too high
_STEADY_SECONDS = 60
_RISE_SECONDS = 10
_RISE = 1.5  # each rate is so many times the one before
_FIRST_RATE = 30.0
_HIGHEST = 2_000.0  # where the generator itself becomes what is measured


class Phase(StrEnum):
    """What is measured, in this order."""

    REAL = "real"
    FAST = "fast"
    STEADY = "steady"
    RISE = "rise"
    TRAINING = "training"
    CHANGES = "changes"


@dataclass(slots=True)
class LoadFigures:
    """What was measured: by phase, by rate while it rose, and the rate that was too high."""

    phases: dict[str, Latencies] = field(default_factory=dict)
    rising: list[Latencies] = field(default_factory=list)
    too_fast: float | None = None
    again: tuple[str, ...] = ()
    beside: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the plain form for a file of figures."""
        return {
            "phases": {name: found.to_dict() for name, found in self.phases.items()},
            "rising": [found.to_dict() for found in self.rising],
            "rate_where_p99_passes_1_s": self.too_fast,
        } | ({"beside": self.beside} if self.beside else {})


@dataclass(frozen=True, slots=True)
class Reports:
    """Who is told: of each phase's name and messages as it begins, and of every message said."""

    began: Callable[[str, int], None] = lambda _name, _messages: None
    heard: Callable[[Said], None] = lambda _: None


async def load(
    stage: Stage, phases: Collection[Phase], reports: Reports, retrain: Path | None = None
) -> LoadFigures:
    """Let all groups of the stage talk through `phases`; the study is set up and ended here.

    `retrain` is the file that is trained from in the phase TRAINING. Raises StalledError where
    the bot stops coding.
    """
    figures = LoadFigures()
    timings = Timings(stage.timings)
    scenario = stage.play.scenarios[0]
    await stage.set_up()
    await stage.ask(stage.researcher, "session start", "has begun", name="load")
    await stage.ask(
        stage.researcher, "scenario start", "runs in", title=scenario.title, text=scenario.text
    )
    runner = _Runner(stage, timings, reports)
    for phase, speed in ((Phase.REAL, 1.0), (Phase.FAST, FAST)):
        if phase in phases:
            figures.phases[phase] = await runner.talk(phase, speed)
    if Phase.STEADY in phases:
        figures.phases[Phase.STEADY] = await runner.at(Phase.STEADY, STEADY, _STEADY_SECONDS)
    if Phase.TRAINING in phases and retrain is not None:
        beats = len(stage.loopback.hub.heartbeat_delays)
        async with training_beside(retrain, stage.folder) as told:
            found = await runner.at(Phase.TRAINING, STEADY, _STEADY_SECONDS)
        figures.phases[Phase.TRAINING] = found
        figures.beside |= {"training_cpu_s": told["cpu_s"], **_beats(stage, beats)}
        if (alone := figures.phases.get(Phase.STEADY)) is not None:
            figures.beside["p99_times"] = round(found.p99 / alone.p99, 2)
    if Phase.CHANGES in phases:
        await _change(runner, stage, timings, figures)
    if Phase.RISE in phases:
        await _rise(runner, figures)
    await stage.ask(stage.researcher, "session end", "has ended")
    timings.look()
    figures.again = tuple(sorted(timings.again))
    return figures


def lasts(stage: Stage, phases: Collection[Phase]) -> float:
    """Return how many seconds the phases take at least, beside the rising one."""
    recorded = seconds(stage.play.transcript)
    parts = {Phase.REAL: recorded, Phase.FAST: recorded / FAST}
    parts |= dict.fromkeys((Phase.STEADY, Phase.TRAINING, Phase.CHANGES), _STEADY_SECONDS)
    return sum(took for phase, took in parts.items() if phase in phases)


async def _change(runner: _Runner, stage: Stage, timings: Timings, figures: LoadFigures) -> None:
    """Change the coder twice in a steady phase; note how long it takes, and the longest gaps."""
    began, beats = len(stage.people.said), len(stage.loopback.hub.heartbeat_delays)
    changing = asyncio.create_task(changes(stage, _STEADY_SECONDS / 6))
    figures.phases[Phase.CHANGES] = await runner.at(Phase.CHANGES, STEADY, _STEADY_SECONDS)
    swaps = await changing
    said = stage.people.said[began:]
    coded = [timings.coded[one.id] for one in said]
    apart = [at for at in coded if not any(swap.around(at) for swap in swaps)]
    figures.beside["changes"] = {
        "each": [
            {
                "act": swap.act,
                "seconds": round(swap.served - swap.asked, 2),
                "gap_ms": round(longest_gap(at for at in coded if swap.around(at)), 1),
                **latencies([one for one in said if swap.around(one.at)], timings.coded).to_dict(),
            }
            for swap in swaps
        ],
        "median_gap_elsewhere_ms": round(median_gap(apart), 1),
        **_beats(stage, beats),
    }


def _beats(stage: Stage, since: int) -> dict[str, Any]:
    """Return how late the latest heartbeat since then was, in seconds."""
    delays = stage.loopback.hub.heartbeat_delays[since:]
    return {"heartbeats": len(delays), "latest_heartbeat_s": round(max(delays, default=0.0), 3)}


async def _rise(runner: _Runner, figures: LoadFigures) -> None:
    rate = _FIRST_RATE
    while rate <= _HIGHEST:
        try:
            found = await runner.at(f"{rate:.0f} messages a second", rate, _RISE_SECONDS)
        except StalledError:
            figures.too_fast = rate
            return
        figures.rising.append(found)
        if found.p99 > LIMIT:
            figures.too_fast = found.rate
            return
        rate *= _RISE


class _Runner:
    """Plays one phase after the other with the same people."""

    def __init__(self, stage: Stage, timings: Timings, reports: Reports) -> None:
        self._stage = stage
        self._timings = timings
        self._reports = reports
        self._lines = endless(stage.play.transcript)

    async def talk(self, name: str, speed: float) -> Latencies:
        """Say the whole transcript at `speed` times its pace."""
        transcript = self._stage.play.transcript
        self._reports.began(name, len(transcript.messages))
        before = len(self._stage.people.said)
        await self._stage.people.talk(transcript, speed, self._reports.heard)
        return await self._measured(before)

    async def at(self, name: str, rate: float, lasting: float) -> Latencies:
        """Say the groups' messages in turn, `rate` a second for `lasting` seconds."""
        lines: list[Message] = list(islice(self._lines, round(rate * lasting)))
        self._reports.began(name, len(lines))
        before = len(self._stage.people.said)
        await self._stage.people.at_rate(lines, rate, self._reports.heard)
        return await self._measured(before)

    async def _measured(self, before: int) -> Latencies:
        said = self._stage.people.said[before:]
        await self._timings.until_coded(said)
        return latencies(said, self._timings.coded)
