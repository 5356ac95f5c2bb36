"""A search as it goes: a table of the best trials with bars in a terminal, lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table

from bot.commands.progress import LINE_EVERY
from bot.domain.counting import many
from training.curve import Epoch
from training.presets import Settings
from training.tune.duration import told
from training.tune.findings import brief, changed
from training.tune.messages import Step
from training.tune.plan import Plan, counted, spent
from training.tune.search import Watches
from training.tune.standing import Row, Standing
from training.tune.store import Kept

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

_ROWS = 8
_EVERY = 10 * LINE_EVERY  # seconds between two lines about the steps of one trial


@contextmanager
def shown(
    console: Console, kept: Kept, plan: Plan, keep: Callable[[], str | None]
) -> Iterator[Watches]:
    """Show the search while the block runs; yields what to tell it.

    `keep` is called after each trial that trained to its end: it writes the best settings, or
    returns why it could not.
    """
    if not console.is_terminal:
        yield _Lines(console, kept, plan, keep)
        return
    screen = _Screen(console, kept, plan, keep)
    with Live(screen, console=console, refresh_per_second=4):
        yield screen


class _Lines:
    """Lines: of each trial how it began, how its epochs went, and how it ended."""

    def __init__(
        self,
        console: Console,
        kept: Kept,
        plan: Plan,
        keep: Callable[[], str | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console, self._kept, self._plan, self._keep = console, kept, plan, keep
        self._clock = clock
        self._last = clock()

    def began(self, number: int, settings: Settings, reference: str | None) -> None:
        name = f"trial {number} ({reference})" if reference else f"trial {number}"
        self._last = self._clock()
        self._say(f"{name}: {changed(settings)}")

    def step(self, step: Step) -> None:
        if self._clock() - self._last >= _EVERY:
            self._last = self._clock()
            self._say(f"  {step.text}: step {step.done} of {step.total}")

    def judged(self, epoch: Epoch) -> None:
        self._say(
            f"  epoch {epoch.epoch}: {epoch.validation_accuracy:.1%} right, {told(epoch.seconds)}"
        )

    def ended(self, number: int) -> None:
        self._say(_ending(self._kept, number))
        self._say(_standing(self._kept.trials(), self._plan))
        if (wrong := self._keep()) is not None:
            self._say(wrong)

    def _say(self, text: str) -> None:
        self._console.print(escape(text), soft_wrap=True)


class _Screen:
    """The best trials in a table, the search and the running trial as bars under it."""

    def __init__(
        self, console: Console, kept: Kept, plan: Plan, keep: Callable[[], str | None]
    ) -> None:
        self._console, self._kept, self._plan, self._keep = console, kept, plan, keep
        self._bars = Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[told]}")
        )
        self._whole: TaskID = self._bars.add_task("search", total=1.0, told="")
        self._trial: TaskID = self._bars.add_task("trial", total=1.0, told="")
        self._began = time.monotonic()
        self._before = 0.0
        self._trials: list[FrozenTrial] = []
        self._best: Table | None = None
        self._update()

    def __rich__(self) -> Group:
        self._total(time.monotonic() - self._began)
        return Group(*(part for part in (self._best, self._bars) if part is not None))

    def began(self, number: int, settings: Settings, reference: str | None) -> None:
        name = f"trial {number} ({reference})" if reference else f"trial {number}"
        self._began = time.monotonic()
        self._bars.reset(self._trial, description=escape(name), total=1.0, told="preparing")
        self._console.print(escape(f"{name}: {changed(settings)}"), soft_wrap=True)

    def step(self, step: Step) -> None:
        seconds = time.monotonic() - self._began
        left = seconds / step.done * (step.total - step.done) if step.done else 0.0
        self._bars.update(
            self._trial,
            total=step.total,
            completed=step.done,
            told=f"{step.text}, about {told(left)} left",
        )

    def judged(self, epoch: Epoch) -> None:
        self._console.print(escape(f"  epoch {epoch.epoch}: {epoch.validation_accuracy:.1%} right"))

    def ended(self, number: int) -> None:
        self._console.print(escape(_ending(self._kept, number)), soft_wrap=True)
        self._update()
        if (wrong := self._keep()) is not None:
            self._console.print(escape(wrong), soft_wrap=True)

    def _update(self) -> None:
        # Kept here: the screen is drawn by another thread, four times a second.
        self._trials = self._kept.trials()
        self._before = spent(self._trials)
        self._began = time.monotonic()
        ranked = Standing.of(self._trials).ranked[:_ROWS]
        self._best = _table(ranked) if ranked else None

    def _total(self, running: float) -> None:
        plan = self._plan
        share = counted(self._trials) / plan.most if plan.most else 0.0
        if plan.budget:
            share = max(share, (self._before + running) / plan.budget)
        told_of = _standing(self._trials, plan, running)
        self._bars.update(self._whole, completed=min(share, 1.0), told=told_of)


def _table(ranked: list[Row]) -> Table:
    table = Table("trial", "accuracy", "epoch", "time", "settings", title="best trials")
    for row in ranked:
        table.add_row(
            escape(row.name),
            f"{row.accuracy or 0:.1%}",
            str(row.epoch),
            told(row.seconds),
            escape(brief(row)),
        )
    return table


def _ending(kept: Kept, number: int) -> str:
    trial = kept.trials()[number]
    if any(row.number == number for row in Standing.of([trial]).ranked):
        return f"  trial {number}: {trial.value:.1%} after epoch {trial.user_attrs['epoch']}"
    return f"  trial {number}: {trial.user_attrs.get('sentence', 'no result')}"


def _standing(trials: Sequence[FrozenTrial], plan: Plan, running: float = 0.0) -> str:
    done = counted(trials)
    ended = f"{done} of {many(plan.most, 'trial')}" if plan.most else many(done, "trial")
    taken = told(spent(trials) + running) + (f" of {told(plan.budget)}" if plan.budget else "")
    best = Standing.of(trials).best
    shown = "" if best is None else f", best {best.accuracy or 0:.1%} (trial {best.name})"
    left = plan.left(trials)
    after = "" if left is None else f", about {told(max(0.0, left - running))} left"
    return f"{ended} in {taken}{shown}{after}"
