"""What is searched: which settings, and between which values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import Trial

from bot.encoding.spec import Architecture
from training.presets import Settings, preset
from training.split import SplitBy

ARCHITECTURES = (Architecture.THREAD, Architecture.PAIR)
"""What is searched unless one is asked for; the first one's default preset is what is to beat."""
_TOTAL_STEP = 500  # records between two values of oversample_total
_LEAST_TOTAL = 4000  # twice the paper's 2,000, however few records there are


@dataclass(frozen=True, slots=True)
class Searched:
    """A setting with its values; `only` names settings that must have a value for it to count."""

    field: str
    values: BaseDistribution
    only: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """Its name among the trials: a setting whose values differ by architecture has two."""
        told = [value for field, value in self.only if field == "architecture"]
        return f"{self.field} ({told[0]})" if told else self.field

    def counts(self, chosen: Mapping[str, Any]) -> bool:
        """Whether the setting matters beside those `chosen`."""
        return all(str(chosen.get(field)) == value for field, value in self.only)


def space(architectures: Sequence[Architecture], records: int) -> tuple[Searched, ...]:
    """Return what is searched for a training part of `records`, in the order it is drawn.

    What is not in it keeps the value of the default preset of its architecture.
    """
    total = max(_LEAST_TOTAL, -(-2 * records // _TOTAL_STEP) * _TOTAL_STEP)
    by_epoch = (("schedule", "step"),)
    thread = (("architecture", str(Architecture.THREAD)),)
    pair = (("architecture", str(Architecture.PAIR)),)
    found = (
        Searched("architecture", CategoricalDistribution([str(a) for a in architectures])),
        Searched("learning_rate", FloatDistribution(1e-5, 1e-3, log=True)),
        Searched("head_learning_rate", FloatDistribution(2e-5, 5e-3, log=True)),
        Searched("schedule", CategoricalDistribution(["linear", "step"])),
        Searched("gamma", FloatDistribution(0.3, 1.0), by_epoch),
        Searched("step_size", IntDistribution(1, 3), by_epoch),
        Searched("weight_decay", FloatDistribution(1e-4, 0.3, log=True)),
        Searched("epochs", IntDistribution(2, 8)),
        Searched("step", IntDistribution(1, 16, log=True), thread),  # discussions
        Searched("step", IntDistribution(4, 128, log=True), pair),  # records
        Searched("window", IntDistribution(0, 24), thread),
        Searched("window", IntDistribution(0, 40), pair),
        Searched("average", CategoricalDistribution([True, False])),
        Searched("teachers", CategoricalDistribution([0, 3, 5]), thread),  # a pair's: an hour
        Searched("teacher_epochs", IntDistribution(1, 4), thread),
        Searched("teacher_share", FloatDistribution(0.2, 0.9), thread),
        Searched("freeze_words", CategoricalDistribution([True, False])),
        Searched("attention_dropout", CategoricalDistribution([0.0, 0.1])),
        Searched("oversample_min", IntDistribution(0, 200, step=10)),
        Searched("oversample_total", IntDistribution(0, total, step=_TOTAL_STEP)),
    )
    known = {field.name for field in fields(Settings)}
    names = [str(a) for a in architectures]
    return tuple(
        one
        for one in found
        if one.field in known
        and not (one.field == "architecture" and len(names) == 1)
        and all(value in names for field, value in one.only if field == "architecture")
    )


def suggested(trial: Trial, searched: Sequence[Searched], base: Settings) -> Settings:
    """Return the settings that `trial` is to try; what is not searched is that of its preset.

    `base` gives the architecture where it is not searched, the seed, and what is kept together.
    What is drawn is done: neither are teachers left out where little is uncoded, nor epochs added.
    """
    chosen: dict[str, Any] = {"architecture": str(base.architecture)}
    for one in searched:
        if one.counts(chosen):
            chosen[one.field] = _drawn(trial, one)
    architecture = Architecture(chosen.pop("architecture"))
    start = replace(preset("default", architecture), uncoded_for_teachers=0.0, least_steps=0)
    return replace(start, **chosen, preset="tuned", split=base.split, seed=base.seed)


def point(settings: Settings, searched: Sequence[Searched]) -> dict[str, Any]:
    """Return the place of `settings` among what is searched, for the search to learn from.

    A value outside is moved to the nearest inside; a word that is not among the choices is left
    to chance. The run itself is of the very settings.
    """
    values = settings.to_dict()
    found: dict[str, Any] = {}
    for one in searched:
        if one.counts(values) and (near := _nearest(values[one.field], one.values)) is not None:
            found[one.name] = near
    return found


def held_out_by_group(settings: Settings, seed: int) -> Settings:
    """Return `settings` with the split that every trial has: whole groups, drawn by `seed`."""
    return replace(settings, split=SplitBy.GROUP, seed=seed)


def _drawn(trial: Trial, one: Searched) -> Any:
    values = one.values
    if isinstance(values, FloatDistribution):
        return trial.suggest_float(one.name, values.low, values.high, log=values.log)
    if isinstance(values, IntDistribution):
        return trial.suggest_int(
            one.name, values.low, values.high, step=values.step, log=values.log
        )
    if isinstance(values, CategoricalDistribution):
        return trial.suggest_categorical(one.name, values.choices)
    raise TypeError(f"{one.name}: there is no drawing from {values!r}")


def _nearest(value: Any, values: BaseDistribution) -> Any:
    if isinstance(values, CategoricalDistribution):
        return value if value in values.choices else None
    if isinstance(values, IntDistribution):
        inside = min(max(int(value), values.low), values.high)
        return values.low + round((inside - values.low) / values.step) * values.step
    if isinstance(values, FloatDistribution):
        return min(max(float(value), values.low), values.high)
    raise TypeError(f"there is no nearest of {values!r}")
