"""How a search stands: its trials as rows, the best of them, and whether it beats the recipe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from optuna.trial import FrozenTrial, TrialState

from bot.encoding.spec import Architecture
from bot.reliability.resampling import Draws, Interval, ratio
from training.presets import Settings
from training.split import SplitBy
from training.tune.plan import SECONDS, retried
from training.tune.store import REFERENCE

RESAMPLES = 2000


@dataclass(frozen=True)
class Row:
    """A trial that has ended. `accuracy` is of the best epoch; of a pruned one, of the last."""

    number: int
    state: TrialState
    accuracy: float | None
    kappa: float | None
    macro_f1: float | None
    epoch: int | None
    seconds: float
    reference: str | None
    settings: dict[str, Any]
    sentence: str | None
    groups: dict[str, tuple[int, int]]

    @property
    def name(self) -> str:
        """How people call it."""
        return f"{self.number} ({self.reference})" if self.reference else str(self.number)


@dataclass(frozen=True)
class Difference:
    """Accuracy of the best trial less another's on the same messages, with its 95 % interval."""

    points: float
    interval: Interval
    groups: int

    @property
    def told_apart(self) -> bool:
        """Whether the interval lies to one side of nothing."""
        low, high = self.interval.low, self.interval.high
        return low is not None and high is not None and (low > 0 or high < 0)


@dataclass(frozen=True)
class Standing:
    """The trials that have ended, but for those begun again; `ranked` are the whole ones."""

    rows: tuple[Row, ...]

    @classmethod
    def of(cls, trials: Sequence[FrozenTrial]) -> Standing:
        """Return how the search with these trials stands."""
        again = retried(trials)
        return cls(
            tuple(_row(t) for t in trials if t.state.is_finished() and t.number not in again)
        )

    @property
    def ranked(self) -> list[Row]:
        """The trials that trained to their end, the best first, the earlier of equals."""
        whole = [r for r in self.rows if r.state is TrialState.COMPLETE]
        return sorted(whole, key=lambda r: (-(r.accuracy or 0.0), r.number))

    @property
    def best(self) -> Row | None:
        """The best of all, or None while none has trained to its end."""
        return next(iter(self.ranked), None)

    def reference(self, name: str) -> Row | None:
        """Return the trial of the preset `name`, if it trained to its end."""
        return next((r for r in self.ranked if r.reference == name), None)

    def count(self, state: TrialState) -> int:
        """Return how many trials ended so."""
        return sum(r.state is state for r in self.rows)


def difference(best: Row, other: Row, tried: Sequence[Row], seed: int = 0) -> Difference:
    """Return how much more accurate `best` is than `other`, by bootstrap over the same groups.

    It was chosen as the best of those `tried`, and of many equal ones the best is better than any
    by luck. So the interval is as wide as the largest deviation among all of them in 95 % of the
    resamples (White 2000, A reality check for data snooping, Econometrica 68, 1097-1126).
    """
    names = sorted(best.groups)
    of = np.array([best.groups[n][1] for n in names], dtype=np.float64)
    rivals = [best, *(r for r in tried if r.groups.keys() == best.groups.keys())]
    gains = np.array([[r.groups[n][0] - other.groups[n][0] for r in rivals] for n in names])
    points = gains.sum(0) / of.sum()
    found = Interval(None, None)
    if len(names) > 1:
        drawn = Draws.of(len(names), seed, RESAMPLES).sums(np.column_stack([of, gains]))
        deviations = np.abs(ratio(drawn[:, 1:], drawn[:, :1]) - points).max(axis=1)
        reach = float(np.quantile(deviations, 0.95))
        found = Interval(float(points[0]) - reach, float(points[0]) + reach)
    return Difference(float(points[0]), found, len(names))


def settings_of(row: Row) -> Settings:
    """Return the settings that a trial ran with."""
    plain = dict(row.settings)
    plain["architecture"] = Architecture(plain["architecture"])
    plain["split"] = SplitBy(plain["split"])
    return Settings(**plain)


def _row(trial: FrozenTrial) -> Row:
    notes = trial.user_attrs
    return Row(
        number=trial.number,
        state=trial.state,
        accuracy=trial.value,
        kappa=notes.get("kappa"),
        macro_f1=notes.get("macro_f1"),
        epoch=notes.get("epoch", trial.last_step),
        seconds=float(notes.get(SECONDS, 0.0)),
        reference=notes.get(REFERENCE),
        settings=notes.get("settings", {}),
        sentence=notes.get("sentence"),
        groups={name: (hits, n) for name, (hits, n) in notes.get("groups", {}).items()},
    )
