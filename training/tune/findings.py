"""A search in sentences: what was found, and what it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from optuna.trial import TrialState

from bot.domain.counting import many
from training.presets import Settings, preset
from training.tune.messages import Facts
from training.tune.standing import Difference, Row, Standing, difference, settings_of

_SHOWN_ALWAYS = ("architecture", "learning_rate", "epochs")
_UNSHOWN = ("preset", "split", "seed")


def findings(standing: Standing, facts: Facts) -> list[str]:
    """Return the best trial, what it beats and by how much, and what that is not, a line each."""
    best = standing.best
    if best is None:
        return ["No trial has trained to its end: there is nothing to choose from yet."]
    on = _part(facts, "validation")
    lines = [f"best: trial {best.name}, {best.accuracy or 0:.1%} right on {on}; {brief(best)}"]
    tried = standing.ranked
    lines += [_against(best, standing.reference(n), n, tried) for n in ("default", "paper")]
    whole = standing.count(TrialState.COMPLETE)
    lines.append(
        f"The best of {many(whole, 'trial')} was chosen on these very records, the validation "
        f"part, so its figure is too good; the test part ({_part(facts, 'test')}) was not looked "
        "at and tells the truth."
    )
    return lines


def _part(facts: Facts, name: str) -> str:
    records, groups = facts.records[name], facts.groups[name]
    return f"{many(records, 'record')} of {many(groups, 'group')}"


def _against(best: Row, other: Row | None, name: str, tried: Sequence[Row]) -> str:
    if other is None:
        return f"{name}: not tried to its end, so nothing is said of being better"
    if other.number == best.number:
        return f"{name}: it is the best trial: nothing better was found"
    apart = difference(best, other, tried)
    return f"{name}: {other.accuracy or 0:.1%} (trial {other.number}); {_difference(apart)}"


def _difference(apart: Difference) -> str:
    points = f"the best is {100 * apart.points:+.1f} points from it"
    low, high = apart.interval.low, apart.interval.high
    if low is None or high is None:
        return f"{points} (no interval: it needs at least two groups)"
    told = "more than chance" if apart.told_apart else "which may be chance"
    return f"{points} (95 % interval {100 * low:+.1f} to {100 * high:+.1f}), {told}"


def brief(row: Row) -> str:
    """Return what a trial ran with, in one line."""
    return changed(settings_of(row)) if row.settings else "ended before its settings were drawn"


def changed(settings: Settings) -> str:
    """Return what is not as in the default preset, with what matters most, in one line."""
    usual = preset("default", settings.architecture)
    shown = [
        f"{f.name} {plain(getattr(settings, f.name))}"
        for f in fields(Settings)
        if f.name not in _UNSHOWN
        and (f.name in _SHOWN_ALWAYS or getattr(settings, f.name) != getattr(usual, f.name))
        and not (f.name in ("gamma", "step_size") and settings.schedule != "step")
    ]
    return ", ".join(shown)


def plain(value: Any) -> str:
    """Return a setting's value as people read it, a number to three digits."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)
