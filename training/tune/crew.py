"""The search's side of the process that trains: started, asked, and replaced when it dies."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from bot.domain.errors import IntercoderError
from training.presets import Settings
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
from training.tune.worker import work

SILENCE = 1800.0
"""Seconds without a word after which a trainer counts as hanging: far beyond one step."""


class TuningError(IntercoderError):
    """The search cannot go on."""


class Trains(Protocol):
    """Whatever trains and judges with given settings."""

    @property
    def facts(self) -> Facts:
        """What it found of its task."""
        ...

    def run(self, settings: Settings, told: Told) -> Ended:
        """Return how a trial ended; what goes wrong is an end, too."""
        ...


@contextmanager
def crew(task: Task, silence: float = SILENCE) -> Iterator[Crew]:
    """Have a trainer of `task` in a process of its own while the block runs.

    Raises TuningError, with the trainer's sentence, where the task cannot be searched on.
    """
    trainer = Crew(task, silence)
    try:
        yield trainer
    finally:
        trainer.close()


class Crew:
    """One trainer at a time; where it dies in a trial, that trial fails and another starts."""

    def __init__(self, task: Task, silence: float = SILENCE) -> None:
        self._task = task
        self._silence = silence
        self._trainer: _Process | None = None
        self._trainer, self.facts = self._start()

    def run(self, settings: Settings, told: Told) -> Ended:
        """Return how a trial with `settings` ended; see `Trains`."""
        if self._trainer is None:
            self._trainer, _ = self._start()
        try:
            return self._trainer.run(settings, told)
        except (EOFError, OSError):
            ended, self._trainer = self._trainer.end(), None
            return Failed(f"the training process {ended}.")
        except BaseException:
            self.close()  # nobody waits for its trial any more
            raise

    @property
    def pid(self) -> int | None:
        """The process that trains, while there is one."""
        return None if self._trainer is None else self._trainer.pid

    def close(self) -> None:
        """End the trainer at once; a second call does nothing."""
        if self._trainer is not None:
            self._trainer.close()
        self._trainer = None

    def _start(self) -> tuple[_Process, Facts]:
        trainer = _Process(self._task, self._silence)
        try:
            first = trainer.next()
        except (EOFError, OSError):
            raise TuningError(f"the training process {trainer.end()} at its start.") from None
        except BaseException:
            trainer.close()
            raise
        if isinstance(first, Facts):
            return trainer, first
        trainer.close()
        raise TuningError(first.sentence if isinstance(first, Refused) else repr(first))


class _Process:
    """A process that trains, and the line to it."""

    def __init__(self, task: Task, silence: float) -> None:
        self._silence = silence
        context = multiprocessing.get_context("spawn")  # torch does not survive a fork
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=work, args=(theirs, task), daemon=True)
        self._process.start()
        theirs.close()  # else its death would not be noticed

    @property
    def pid(self) -> int | None:
        """Its number."""
        return self._process.pid

    def run(self, settings: Settings, told: Told) -> Ended:
        """Let it train; raises EOFError or OSError where it dies or falls silent."""
        self._line.send(settings)
        while True:
            match self.next():
                case Step() | Judged() as message:
                    self._line.send(told(message))
                case Done() | Stopped() | Failed() as ended:
                    return ended

    def next(self) -> object:
        """Return what it says next; raises EOFError where nothing comes."""
        if not self._line.poll(self._silence):
            raise EOFError
        return self._line.recv()

    def end(self) -> str:
        """Return how it ended, and make sure that it did."""
        self._process.join(1.0)  # letting go of the line and ending are two moments
        code = self._process.exitcode
        self.close()
        if code is None:
            return f"gave no sign of life for {self._silence:g} s and was ended"
        if code == -signal.SIGKILL:
            return "was killed (SIGKILL), as the system does when memory runs out"
        if code < 0:
            return f"crashed ({signal.Signals(-code).name})"
        return f"ended by itself (exit code {code})"

    def close(self) -> None:
        """End it at once; a second call does nothing."""
        self._line.close()
        self._process.kill()
        self._process.join()
