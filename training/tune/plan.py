"""What a search may take, and what it has taken: trials and time, counted over every run of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optuna.trial import FrozenTrial, TrialState

from bot.domain.counting import many
from training.presets import PAPER, Settings
from training.tune.duration import told
from training.tune.space import Searched, held_out_by_group

SECONDS = "seconds"
"""The note of how long a trial trained."""

_SHARE = 1 / 4  # of the budget that one trial may take at most
_SURE_AFTER = 20.0  # seconds of steps, and
_SURE_STEPS = 5  # steps, after which how long a trial would take is told from them


@dataclass(frozen=True)
class Plan:
    """The limits of a search: `budget` in seconds, `most` trials, `longest` seconds of a trial.

    What is None has no limit. `base` is the default preset as it runs on the data; it gives seed,
    split, and architecture where only one is searched, too.
    """

    searched: tuple[Searched, ...]
    base: Settings
    budget: float | None = None
    most: int | None = None
    longest: float | None = None

    @property
    def references(self) -> dict[str, Settings]:
        """Return what the search is to beat: the default preset, and the paper where it fits."""
        found = {"default": self.base}
        if self._both or PAPER.architecture is self.base.architecture:
            found["paper"] = held_out_by_group(PAPER, self.base.seed)
        return found

    @property
    def cap(self) -> float | None:
        """The most seconds of one trial; a quarter of the budget unless it is given."""
        if self.longest is not None or self.budget is None:
            return self.longest
        return self.budget * _SHARE

    def over(self, trials: Sequence[FrozenTrial]) -> str | None:
        """Return why the search is over, or None while there is something left."""
        if self.most is not None and counted(trials) >= self.most:
            return f"{many(self.most, 'trial')} done"
        if self.budget is not None and spent(trials) >= self.budget:
            return f"the budget of {told(self.budget)} is spent"
        return None

    def left(self, trials: Sequence[FrozenTrial]) -> float | None:
        """Return about how many seconds are left; None while nothing tells."""
        found = [] if self.budget is None else [max(0.0, self.budget - spent(trials))]
        done = counted(trials)
        if self.most is not None and done:
            found.append(max(0, self.most - done) * spent(trials) / done)
        return min(found, default=None)

    def too_long(self, done: int, total: int, stage: float, before: float) -> str | None:
        """Return why a trial is not worth its time, once its steps tell how long it would take.

        It has done so many of `total` steps in the `stage` seconds of this stage, and took
        `before` seconds until then; what comes after is not known.
        """
        if self.cap is None or done < _SURE_STEPS or stage < min(_SURE_AFTER, self.cap / 4):
            return None
        whole = before + stage / done * total
        if whole <= self.cap:
            return None
        return f"it would take about {told(whole)}, and a trial may take {told(self.cap)}."

    @property
    def _both(self) -> bool:
        return any(one.field == "architecture" for one in self.searched)


def spent(trials: Sequence[FrozenTrial]) -> float:
    """Return the seconds that all trials took, those that were cut off too."""
    return sum(float(t.user_attrs.get(SECONDS, 0.0)) for t in trials)


def retried(trials: Sequence[FrozenTrial]) -> set[int]:
    """Return the numbers of the trials that were cut off and stand in the list again."""
    return {number for t in trials for number in t.system_attrs.get("retry_history", ())}


def counted(trials: Sequence[FrozenTrial]) -> int:
    """Return how many trials have ended, one that was begun again once."""
    ended = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
    again = retried(trials)
    return sum(t.state in ended and t.number not in again for t in trials)
