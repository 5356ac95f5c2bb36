"""Whether a retraining is begun now, and if not, why: pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.counting import many
from bot.settings import RetrainingSettings
from bot.storage.retrainings import Cause, Retraining, State

_GIGABYTE = 1_000_000_000
_AGAIN = timedelta(days=6, hours=12)  # a week, however a night's moment wanders


class Why(StrEnum):
    """The kinds of reasons against a retraining."""

    RUNNING = "running"
    EXTRA = "extra"
    NOTHING = "nothing"
    FEW = "few"
    SESSION = "session"
    MEMORY = "memory"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class Skip:
    """Why a retraining is not begun, as a sentence for people."""

    why: Why
    reason: str


@dataclass(frozen=True, slots=True)
class Situation:
    """What the decision rests on.

    `new` of the `verified` codes came, or were changed, after the last retraining that reached a
    decision. `sessions` are the names of those that run; `missing` is a package that training
    needs and that is not installed; `free` are bytes of memory.
    """

    verified: int
    new: int
    sessions: tuple[str, ...]
    missing: str | None
    free: int


def whether(
    situation: Situation, settings: RetrainingSettings, cause: Cause, *, force: bool = False
) -> Skip | None:
    """Return why no retraining is begun, or None if one is.

    Who asks for one needs a single new code, not `min_new`. With `force` only what makes it
    impossible counts: no verified code at all, no torch, no memory.
    """
    if situation.missing is not None:
        return Skip(Why.EXTRA, _without(situation.missing))
    if situation.verified == 0:
        return Skip(Why.NOTHING, "nobody has verified a code yet: there is nothing to learn from.")
    wanted = settings.min_new if cause is Cause.NIGHTLY else 1
    if situation.new < wanted and not force:
        return Skip(Why.FEW, _few(situation.new, wanted))
    if situation.sessions and settings.during_session == "skip" and not force:
        return Skip(Why.SESSION, _session(situation.sessions))
    if situation.free < settings.memory_gb * _GIGABYTE:
        return Skip(Why.MEMORY, _memory(situation.free, settings.memory_gb))
    return None


def is_told(skip: Skip, before: Retraining | None, told: datetime | None, now: datetime) -> bool:
    """Tell whether the staff hears of a skipped night: not every night the same.

    `before` is the study's nightly retraining before this one, `told` when a skip was last told.
    A reason that is new is told, and the same one again after a week.
    """
    if (
        before is None
        or before.state is not State.SKIPPED
        or before.decision.get("why") != skip.why
    ):
        return True
    return told is None or not timedelta(0) <= now - told < _AGAIN


def remembered(skip: Skip, *, told: bool) -> Mapping[str, object]:
    """Return what is stored of a skip, for `is_told`."""
    return {"why": str(skip.why), "told": told}


def _without(missing: str) -> str:
    return (
        f"{missing} is not installed where the bot runs: pip install 'intercoder[train]', or run "
        "`intercoder models train` where it is; INTERCODER_RETRAINING__CRON=off ends the nights."
    )


def _few(new: int, wanted: int) -> str:
    if new == 0:
        return "no code was verified since the last retraining."
    return (
        f"only {many(new, 'verified code')} {'is' if new == 1 else 'are'} new since the last "
        f"retraining, and {wanted} are asked for (INTERCODER_RETRAINING__MIN_NEW)."
    )


def _session(names: tuple[str, ...]) -> str:
    shown = ", ".join(map(repr, names[:3])) + (", ..." if len(names) > 3 else "")
    what = "session" if len(names) == 1 else "sessions"
    return (
        f"{what} {shown} {'is' if len(names) == 1 else 'are'} running, and live coding goes first "
        "(INTERCODER_RETRAINING__DURING_SESSION)."
    )


def _memory(free: int, wanted: float) -> str:
    return (
        f"{free / _GIGABYTE:.1f} GB of memory are free, and a training may take {wanted:g} "
        "(INTERCODER_RETRAINING__MEMORY_GB)."
    )
