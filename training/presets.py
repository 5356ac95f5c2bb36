"""The settings of a training run, and the named presets."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from bot.domain.errors import InputError
from bot.encoding.spec import Architecture
from training.split import SplitBy


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that decides the outcome of a training run, beside the data.

    `step` is how much goes into one optimiser step: records for `pair`, discussions for
    `thread`. `schedule` is "step" (StepLR by epoch: `step_size`, `gamma`) or "linear"
    (warm-up over the first tenth of the steps, then down to nothing). Without
    `attention_dropout` torch takes its fused attention: on a CPU and long texts a step of
    `pair` then takes a sixth of the time; `thread` has none in any case (training.packed).

    Where that makes fewer than `least_steps` optimiser steps, there are more epochs, with less
    in a step (training.pace). With `average` the running mean of the weights over the last
    steps is judged and kept, not the last step's. `teachers` networks, trained `teacher_epochs`
    each, give the soft labels that are learned beside the people's codes, to a share of
    `teacher_share` (training.teachers); 0: none. There must be at least `uncoded_for_teachers`
    uncoded messages for each record, or nobody teaches. `records` are drawn from the training part,
    the others' codes forgotten; 0: all. `disagreements` says what becomes of training messages
    on which people differ: their votes teach as soft labels (training.soft), or nothing.
    """

    preset: str
    architecture: Architecture
    window: int
    max_tokens: int
    scenario_tokens: int
    epochs: int
    step: int
    learning_rate: float
    head_learning_rate: float
    schedule: Literal["step", "linear"]
    precision: Literal["auto", "fp32"]
    step_size: int = 1
    gamma: float = 0.81
    weight_decay: float = 0.01
    freeze_words: bool = False
    attention_dropout: float = 0.1
    least_steps: int = 0
    average: bool = False
    teachers: int = 0
    teacher_epochs: int = 2
    teacher_share: float = 0.5
    uncoded_for_teachers: float = 0.0
    records: int = 0
    oversample_min: int = 50
    oversample_total: int = 2000
    split: SplitBy = SplitBy.GROUP
    seed: int = 0
    disagreements: Literal["soft", "drop"] = "drop"

    def __post_init__(self) -> None:
        """Raise InputError for one teacher: each learns from what the others' parts hold."""
        if self.teachers == 1:
            raise InputError(
                "teachers = 1 cannot be used: a teacher learns from the parts of the others",
                "give 0 or at least 2",
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the plain form for reports and manifests."""
        return {
            **asdict(self),
            "architecture": str(self.architecture),
            "split": str(self.split),
        }


DEFAULT = Settings(
    preset="default",
    architecture=Architecture.THREAD,
    window=12,
    max_tokens=256,
    scenario_tokens=500,
    epochs=3,  # later ones learned the training groups by heart
    step=4,
    learning_rate=2e-4,
    head_learning_rate=7e-4,
    schedule="linear",
    precision="auto",
    freeze_words=True,
    least_steps=90,
    average=True,
    teachers=5,
    uncoded_for_teachers=1.0,  # where everything is coded they gain nothing, in twice the time
)

DEFAULT_PAIR = Settings(
    preset="default",
    architecture=Architecture.PAIR,
    window=4,  # more cost more and gave nothing in trials
    max_tokens=512,
    scenario_tokens=320,
    epochs=3,
    step=16,
    learning_rate=1e-4,
    head_learning_rate=5e-4,
    schedule="linear",
    precision="auto",
    freeze_words=True,
    attention_dropout=0.0,
)

PAPER = Settings(
    preset="paper",  # Simmonds & Haines, section "Model Training"
    architecture=Architecture.PAIR,
    window=40,  # in effect what fits into 512 tokens
    max_tokens=512,
    scenario_tokens=320,
    epochs=7,
    step=64,
    learning_rate=5.1e-5,
    head_learning_rate=5.1e-5,
    schedule="step",
    precision="auto",
    attention_dropout=0.0,  # the paper names none; 0.1, BERT's own, takes a day on two cores
    split=SplitBy.RECORD,
)


def preset(name: str, architecture: Architecture | None = None) -> Settings:
    """Return the settings of `default` (thread unless pair is asked for) or `paper`.

    Raises ValueError for another name, or for `paper` with another architecture than pair.
    """
    if name == "paper" and architecture in (None, Architecture.PAIR):
        return PAPER
    if name == "default":
        return DEFAULT_PAIR if architecture is Architecture.PAIR else DEFAULT
    raise ValueError(f"there is no preset {name!r} for architecture {architecture}")
