"""Where a search lives: Optuna's trials in one SQLite file, which one search at a time may have."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning, StorageInternalError
from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from bot.domain.errors import InputError
from bot.domain.targets import check_folder, check_kind
from bot.storage.file_lock import HeldError, NoLocksError, hold
from training.tune.crew import TuningError
from training.tune.plan import Plan

REFERENCE = "reference"
"""The note of a trial that is a named preset, not a guess: "default" or "paper"."""

_TRIES = 3  # how often a trial is begun again that a crash or a stop cut off
_WAIT = 60  # seconds for a reader of the file (a dashboard, a backup) to let go of it
_TABLES = {"studies", "trials", "version_info"}  # Optuna's, among others
_STARTUP = 5  # trials that finish before one is judged by their median
_FIRST_PRUNED = 2  # the epoch: after the first, the warm-up of a long schedule still looks bad


def search_name(file: Path, digest: str, plan: Plan) -> str:
    """Return the name of the search on `file`: another one where its trials cannot be compared.

    That is on other data, another base model or seed (`digest`), between other values, or where
    a new version has another default to beat.
    """
    space = [
        (s.name, s.values.__class__.__name__, s.values._asdict(), s.only) for s in plan.searched
    ]
    beat = {name: settings.to_dict() for name, settings in plan.references.items()}
    told = json.dumps([digest, space, beat], sort_keys=True, default=str)
    stem = re.sub(r"[^\w-]+", "-", file.stem)[:40]
    return f"{stem}-{hashlib.sha256(told.encode()).hexdigest()[:12]}"


@contextmanager
def opened(path: Path) -> Iterator[RDBStorage]:
    """Open the study file, made where there is none, for this search alone.

    Raises InputError for a file that is something else, TuningError where another search has it
    or it cannot be written, then and in the block.
    """
    path = path.expanduser()
    _check(path)
    with _alone(path), _speaking(path):
        url = URL.create("sqlite", database=str(path.resolve())).render_as_string()
        kept = {"connect_args": {"timeout": _WAIT, "factory": _Connection}}
        storage = RDBStorage(url, engine_kwargs=kept)
        try:
            yield storage
        finally:
            storage.remove_session()
            storage.engine.dispose()


class _Connection(sqlite3.Connection):
    """One that a killed process leaves whole, without waiting for the disk at each of its notes.

    Optuna commits some sixty times a trial. After a power cut the last of them may be missing.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.execute("PRAGMA journal_mode = WAL")
        self.execute("PRAGMA synchronous = NORMAL")


class Kept:
    """A search as the file keeps it: Optuna's study, and what is noted of each trial.

    A trial that was running when it is opened has lost its process, for nobody else has the
    file: it is put back.
    """

    def __init__(self, storage: RDBStorage, name: str) -> None:
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._storage = storage
        self.study = optuna.create_study(
            storage=storage,
            study_name=name,
            direction="maximize",
            load_if_exists=True,
            pruner=optuna.pruners.MedianPruner(_STARTUP, _FIRST_PRUNED),
        )
        for trial in self.trials(TrialState.RUNNING):
            self.put_back(trial.number, "its process was killed")

    def trials(self, *states: TrialState) -> list[FrozenTrial]:
        """Return the trials in one of `states`, else all, in their order."""
        return self.study.get_trials(deepcopy=False, states=states or None)

    def note(self, number: int, key: str, value: Any) -> None:
        """Keep a `value` (as JSON has them) of the running trial `number`."""
        study = self._storage.get_study_id_from_name(self.study.study_name)
        trial = self._storage.get_trial_id_from_study_id_trial_number(study, number)
        self._storage.set_trial_user_attr(trial, key, value)

    def put_back(self, number: int, why: str) -> None:
        """End the running trial `number` as failed; it is queued again unless it was too often."""
        history = self.trials()[number].system_attrs.get("retry_history", ())
        ending = "tried again" if len(history) < _TRIES else f"given up after {_TRIES} more tries"
        self.note(number, "sentence", f"{why}; {ending}.")
        failed = self.study.tell(number, state=TrialState.FAIL)
        # The new one takes the values over, not what the old one took and told.
        failed.user_attrs = {k: v for k, v in failed.user_attrs.items() if k == REFERENCE}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            again = RetryHeartbeatStaleTrialCallback(max_retry=_TRIES)
        again(self.study, failed)


def _check(path: Path) -> None:
    """Raise InputError if `path` can be no study file, or is the database of something else."""
    check_kind(path)
    check_folder(path, path.parent)
    if not path.exists() or not path.stat().st_size:
        return
    remedy = "name another file with --study-file: one is made where there is none"
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            tables = {name for (name,) in found}
    except sqlite3.Error as error:
        raise InputError(f"this is no readable study file ({error})", remedy, source=path) from None
    if not tables >= _TABLES:
        raise InputError("this is a database, but of no search", remedy, source=path)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep every other search from the file; the system lets go for a process that was killed."""
    lock = Path(f"{path.resolve()}.run")
    descriptor = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(NoLocksError):
            descriptor = hold(lock)
    except HeldError:
        raise TuningError(
            f"{path}: another search is running on this file, and two would take the cores from "
            "each other; wait for it, stop it (Ctrl-C keeps its trials), or name another file "
            "with --study-file."
        ) from None
    except OSError as error:
        raise InputError(
            f"this cannot be written ({error.strerror})",
            "write elsewhere with --study-file",
            source=lock,
        ) from None
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


@contextmanager
def _speaking(path: Path) -> Iterator[None]:
    """Turn a file that cannot be read or written any more into a sentence."""
    try:
        yield
    except (StorageInternalError, SQLAlchemyError) as error:
        cause = error.__cause__ if isinstance(error, StorageInternalError) else error
        reason = getattr(cause, "orig", None) or type(error).__name__
        raise TuningError(
            f"{path}: the trials cannot be kept ({reason}): make room or mend the file; what is "
            "in it stays, and the search goes on from there."
        ) from error
