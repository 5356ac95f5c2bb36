"""The search itself: ask for settings, train with them, tell how they did, until it is over."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from optuna.samplers import TPESampler
from optuna.trial import Trial, TrialState

from training.curve import Epoch
from training.presets import Settings
from training.tune.crew import Trains, TuningError
from training.tune.messages import Done, Ended, Failed, Judged, Step
from training.tune.plan import SECONDS, Plan, spent
from training.tune.space import point, suggested
from training.tune.store import REFERENCE, Kept

_NOTED_EVERY = 10.0  # seconds of a trial that a kill can take from the account
_FAILED_IN_A_ROW = 5  # then it is not the settings
_SEEDS = 100_000  # more than one search has trials


class Watches(Protocol):
    """Whoever is shown the search."""

    def began(self, number: int, settings: Settings, reference: str | None) -> None:
        """Be told of a trial that begins."""

    def step(self, step: Step) -> None:
        """Be told how far it is."""

    def judged(self, epoch: Epoch) -> None:
        """Be told how an epoch of it went."""

    def ended(self, number: int) -> None:
        """Be told that it has ended; the trials tell how."""


def search(
    kept: Kept,
    trainer: Trains,
    plan: Plan,
    watch: Watches,
    clock: Callable[[], float] = time.monotonic,
) -> str:
    """Try settings until the plan is over; return why it is.

    The first trials are those to beat: the default preset, then the paper's values. The same
    trials are followed by the same guess, however often the search was stopped between them.
    Raises TuningError where trial after trial fails; Ctrl-C puts the running trial back.
    """
    known = {t.user_attrs.get(REFERENCE) for t in kept.trials()}
    for name, settings in plan.references.items():
        if name not in known:
            kept.study.enqueue_trial(point(settings, plan.searched), user_attrs={REFERENCE: name})
    failed = 0
    while (why := plan.over(kept.trials())) is None:
        kept.study.sampler = TPESampler(seed=plan.base.seed * _SEEDS + len(kept.trials()))
        running = _Running(kept, plan, kept.study.ask(), watch, clock)
        ended = running.run(trainer)
        watch.ended(running.number)
        failed = failed + 1 if isinstance(ended, Failed) else 0
        if isinstance(ended, Failed) and failed == _FAILED_IN_A_ROW:
            raise TuningError(f"{failed} trials in a row failed, the last so: {ended.sentence}")
    return why


class _Running:
    """One trial while it runs: what it tells is kept, and it is cut off where it has to be."""

    def __init__(
        self, kept: Kept, plan: Plan, trial: Trial, watch: Watches, clock: Callable[[], float]
    ) -> None:
        self.number = trial.number
        self._kept, self._plan, self._trial, self._watch = kept, plan, trial, watch
        self._reference: str | None = trial.user_attrs.get(REFERENCE)
        self._settings = suggested(trial, plan.searched, plan.base)
        if self._reference is not None:
            self._settings = plan.references[self._reference]
        self._clock = clock
        self._began = self._stage = self._noted = clock()
        self._done = self._total = 0
        self._before = spent(kept.trials())
        self._pruned: str | None = None
        self._out_of_time = False
        kept.note(self.number, "settings", self._settings.to_dict())

    def run(self, trainer: Trains) -> Ended:
        """Train, and keep how it ended."""
        self._watch.began(self.number, self._settings, self._reference)
        try:
            ended = trainer.run(self._settings, self._told)
        except KeyboardInterrupt:
            self._note_time()
            self._kept.put_back(self.number, "the search was stopped")
            raise
        except TuningError:
            self._kept.put_back(self.number, "its trainer could not be started")
            raise
        self._note_time()
        if isinstance(ended, Done):
            self._keep(ended)
        elif isinstance(ended, Failed):
            self._kept.note(self.number, "sentence", ended.sentence)
            self._kept.study.tell(self.number, state=TrialState.FAIL)
        elif self._out_of_time:
            self._kept.put_back(self.number, "the budget was spent")
        else:
            self._kept.note(self.number, "sentence", self._pruned or "it was stopped.")
            self._kept.study.tell(self.number, state=TrialState.PRUNED)
        return ended

    def _told(self, message: Step | Judged) -> bool:
        if isinstance(message, Judged):
            self._judged(message.epoch)
        else:
            self._step(message)
        return self._pruned is None and not self._out_of_time

    def _step(self, step: Step) -> None:
        self._watch.step(step)
        now = self._clock()
        if step.done < self._done:  # teachers first, then the network itself: each counts anew
            self._stage = now
        self._done, self._total = step.done, step.total
        seconds, stage = now - self._began, now - self._stage
        budget = self._plan.budget
        self._out_of_time = budget is not None and self._before + seconds >= budget
        if self._reference != "default":  # without it nothing is told of the others
            self._pruned = self._plan.too_long(step.done, step.total, stage, seconds - stage)
        if now - self._noted >= _NOTED_EVERY:
            self._note_time()

    def _judged(self, epoch: Epoch) -> None:
        self._watch.judged(epoch)
        self._trial.report(epoch.validation_accuracy, epoch.epoch)
        self._note_time()
        last = self._done >= self._total  # nothing is left to be saved
        if self._reference is None and not last and self._trial.should_prune():
            self._pruned = f"below the median of the others after epoch {epoch.epoch}."

    def _keep(self, done: Done) -> None:
        notes = {
            "epoch": done.epoch,
            "kappa": done.kappa,
            "macro_f1": done.macro_f1,
            "groups": {name: list(counts) for name, counts in done.groups.items()},
        }
        for key, value in notes.items():
            self._kept.note(self.number, key, value)
        self._kept.study.tell(self.number, done.accuracy)

    def _note_time(self) -> None:
        self._noted = self._clock()
        self._kept.note(self.number, SECONDS, round(self._noted - self._began, 3))
