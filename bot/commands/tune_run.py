"""One run of `intercoder tune`: checked first, searched, and written whatever ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.markup import escape

from bot.commands.state import State
from bot.commands.tune_view import shown
from bot.domain.counting import many
from bot.domain.errors import InputError, IntercoderError
from bot.domain.targets import check_file, check_folder
from bot.encoding.spec import Architecture
from exports.writing import replacing_bytes
from training.preset_file import load_preset
from training.presets import Settings
from training.tune.crew import TuningError, crew
from training.tune.duration import seconds_of, told
from training.tune.findings import findings
from training.tune.messages import Facts, Task
from training.tune.plan import Plan, counted, spent
from training.tune.report import (
    PICTURES,
    PRESET,
    REPORT,
    Subject,
    best_preset,
    report_files,
    train_command,
)
from training.tune.search import search
from training.tune.space import ARCHITECTURES, Searched, space
from training.tune.standing import Standing
from training.tune.store import Kept, opened, search_name


@dataclass(frozen=True)
class Limits:
    """What a search may take: seconds in all, trials in all, seconds of one trial."""

    budget: float | None
    trials: int | None
    longest: float | None

    @classmethod
    def of(
        cls, budget: str | None, trials: int | None, longest: str | None, *, usual: str
    ) -> Limits:
        """Read the options; without any limit the budget is the `usual`. Raises InputError."""
        if budget is None and trials is None:
            budget = usual
        return cls(_seconds("--budget", budget), trials, _seconds("--longest", longest))


@dataclass(frozen=True)
class Places:
    """Where the trials are kept, and where report and preset go."""

    study_file: Path
    report: Path | None
    out: Path | None

    def check(self) -> None:
        """Raise InputError, before any time is lost, for what cannot or should not be written."""
        if self.report is not None:
            check_folder(self.report)
        if self.out is None:
            return
        check_file(self.out)
        if self.out.exists() and self.out.stat().st_size:
            try:
                load_preset(self.out)
            except InputError:
                raise InputError(
                    "this file is there and is no preset",
                    "write to another file, or remove this one first",
                    source=self.out,
                ) from None

    def folder(self, name: str) -> Path:
        """Return the folder of the report on the search called `name`."""
        return self.report or self.study_file.with_suffix("") / name


def tuned(
    given: State,
    task: Task,
    limits: Limits,
    places: Places,
    architecture: str | None,
    hold: Callable[[], None],
) -> None:
    """Search, show it, write what was found, and print what it is worth.

    Ctrl-C ends the search and comes out again when all is written; `hold` is called when from
    then on it should be waited for. Raises InputError, TuningError, WritingError.
    """
    places.check()
    with opened(places.study_file) as storage, crew(task) as trainer:
        searched, base = _ground(trainer.facts, architecture)
        plan = Plan(searched, base, limits.budget, limits.trials, limits.longest)
        kept = Kept(storage, search_name(task.file, trainer.facts.digest, plan))
        files = Files(kept, places, task.file, trainer.facts)
        for line in _announced(kept, plan, trainer.facts, places):
            given.err.print(escape(line), soft_wrap=True)
        stopped: KeyboardInterrupt | TuningError | None = None
        why = "stopped before its end"
        try:
            with shown(given.err, kept, plan, files.keep_best) as view:
                why = search(kept, trainer, plan, view)
        except (KeyboardInterrupt, TuningError) as error:
            stopped = error
        hold()
        for line in files.written(why):
            given.out.print(escape(line), soft_wrap=True)
        if stopped is not None:
            raise stopped


class Files:
    """What a search leaves for people: report, pictures, and the best settings."""

    def __init__(self, kept: Kept, places: Places, file: Path, facts: Facts) -> None:
        self._kept = kept
        self._out = places.out
        self._folder = places.folder(kept.study.study_name)
        self._subject = Subject(file, facts, places.out or self._folder / PRESET)

    def keep_best(self) -> str | None:
        """Write the best settings so far; return what went wrong: the search can go on."""
        try:
            self._keep_best()
        except IntercoderError as error:
            return str(error)
        return None

    def _keep_best(self) -> None:
        best = best_preset(Standing.of(self._kept.trials()), self._subject)
        for path in (self._folder / PRESET, self._out):
            if best is not None and path is not None:
                self._write(path, best)

    def written(self, why: str) -> list[str]:
        """Write everything; return what to tell. Raises WritingError."""
        found = report_files(self._kept, self._subject, why)
        for name in set(PICTURES) - found.keys():  # of an earlier run: no longer true
            (self._folder / name).unlink(missing_ok=True)
        for name, content in found.items():
            self._write(self._folder / name, content)
        self._keep_best()
        trials = self._kept.trials()
        lines = [f"{why}; {told(spent(trials))} of training in all"]
        lines += findings(Standing.of(trials), self._subject.facts)
        lines.append(f"Tables and pictures: {self._folder / REPORT}")
        if PRESET in found:
            lines.append(f"Train with the best settings: {train_command(self._subject)}")
        return lines

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing_bytes(path) as file:
            file.write(content)


def _ground(facts: Facts, architecture: str | None) -> tuple[tuple[Searched, ...], Settings]:
    """Return what is searched, and the settings that it starts from."""
    chosen = ARCHITECTURES if architecture is None else (Architecture(architecture),)
    return space(chosen, facts.records["train"]), facts.defaults[chosen[0]]


def _announced(kept: Kept, plan: Plan, facts: Facts, places: Places) -> Iterator[str]:
    """Yield what the search is on, and where it stands before it begins."""
    yield from facts.said
    yield (
        f"{facts.records['train']} records to train, {facts.records['validation']} to judge the "
        f"trials by, {facts.records['test']} left alone, split by group"
    )
    if "paper" not in plan.references:
        yield "the paper's values are a pair's: they are not tried"
    trials = kept.trials()
    best = Standing.of(trials).best
    where = f"{places.study_file}: search {kept.study.study_name}"
    if best is None:
        yield f"{where}, {many(counted(trials), 'trial')} so far"
    else:
        yield (
            f"{where} goes on: {many(counted(trials), 'trial')} so far in {told(spent(trials))}, "
            f"the best {best.accuracy or 0:.1%}"
        )


def _seconds(option: str, given: str | None) -> float | None:
    if given is None:
        return None
    try:
        return seconds_of(given)
    except ValueError as error:
        raise InputError(f"{option} {given!r} cannot be used", str(error)) from None
