"""A trainer that answers at once, and the plan of a small search: what tests of it share."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from bot.encoding.spec import Architecture
from training.curve import Epoch
from training.presets import DEFAULT, DEFAULT_PAIR, Settings
from training.tune.messages import (
    Done,
    Ended,
    Facts,
    Failed,
    Judged,
    Refused,
    Step,
    Stopped,
    Task,
    Told,
)
from training.tune.plan import Plan
from training.tune.space import ARCHITECTURES, held_out_by_group, space
from training.tune.store import Kept, opened

FACTS = Facts(
    digest="d",
    records={"train": 100, "validation": 40, "test": 20},
    groups={"train": 10, "validation": 4, "test": 2},
    said=("codebook: its own",),
    defaults={Architecture.THREAD: DEFAULT, Architecture.PAIR: DEFAULT_PAIR},
    machine={"cores": 2},
)


@dataclass
class Clock:
    """Seconds that pass when a test says so."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Fake:
    """Reaches what `reach` says of the settings, in epochs of `steps` steps of `seconds` each."""

    reach: Callable[[Settings], float | str] = lambda settings: 0.5 + settings.epochs / 100
    clock: Clock = field(default_factory=Clock)
    steps: int = 10
    seconds: float = 1.0
    facts: Facts = FACTS
    ran: list[Settings] = field(default_factory=list)
    stop_at: int | None = None  # Ctrl-C while this trial runs, counted from 1

    def run(self, settings: Settings, told: Told) -> Ended:
        self.ran.append(settings)
        reached = self.reach(settings)
        if isinstance(reached, str):
            return Failed(reached)
        total = self.steps * settings.epochs
        for epoch in range(1, settings.epochs + 1):
            for n in range(1, self.steps + 1):
                self.clock.now += self.seconds
                if not told(Step(f"epoch {epoch}", (epoch - 1) * self.steps + n, total)):
                    return Stopped()
            if self.stop_at == len(self.ran):
                raise KeyboardInterrupt
            at = reached - 0.01 * (settings.epochs - epoch)
            if not told(Judged(Epoch(epoch, 1.0, at, 1.0, at, settings.learning_rate, 1.0))):
                return Stopped()
        hits = round(10 * reached)
        return Done(settings.epochs, reached, 0.5, 0.4, {f"g{n}": (hits, 10) for n in range(4)})


class Silent:
    """A watch that notes which trials were told of."""

    def __init__(self) -> None:
        self.began_with: list[tuple[int, str | None]] = []
        self.over: list[int] = []

    def began(self, number: int, _settings: Settings, reference: str | None) -> None:
        self.began_with.append((number, reference))

    def step(self, step: Step) -> None:
        pass

    def judged(self, epoch: Epoch) -> None:
        pass

    def ended(self, number: int) -> None:
        self.over.append(number)


def plan(
    *,
    architectures: tuple[Architecture, ...] = ARCHITECTURES,
    seed: int = 0,
    budget: float | None = None,
    most: int | None = None,
    longest: float | None = None,
) -> Plan:
    """Return the plan of a search on 100 records, of few settings: each costs some commits."""
    few = ("architecture", "learning_rate", "epochs", "window")
    searched = tuple(one for one in space(architectures, 100) if one.field in few)
    return Plan(searched, held_out_by_group(DEFAULT, seed), budget, most, longest)


@contextmanager
def kept_in(path: Path, name: str = "talk") -> Iterator[Kept]:
    """Open a search in a real file."""
    with opened(path) as storage:
        yield Kept(storage, name)


def serve(connection: Connection, task: Task) -> None:
    """Be the process of a trainer that does what the name of its base model says."""
    if task.base == "refuses":
        connection.send(Refused("the data are too few; code more."))
        return
    if task.base == "crashes":
        os.kill(os.getpid(), signal.SIGABRT)
    connection.send(FACTS)
    while (settings := connection.recv()) is not None:
        if task.base == "hangs":
            threading.Event().wait()
        connection.send(Step("epoch 1", 1, 1))
        if connection.recv() and settings.epochs == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        connection.send(Done(1, 0.5, None, None, {}))
