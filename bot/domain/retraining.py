"""What a retraining came to: the numbers, the decision and what is needed to repeat it.

The process that trains writes it as result.json; whoever started it reads it, stores it and
shows it. Shares (accuracy, recall, F1, error) go from 0 to 1; None where a measure is undefined.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, Self, get_args

from bot.domain.errors import InputError

Decision = Literal["promote", "keep"]

RESULT, RECORDS, BUNDLE = "result.json", "records.csv", "bundle"
"""What a retraining has in its folder: what it came to, what it learned from, the challenger."""

FORMAT = 1
"""Raised when the layout of result.json changes: other versions are refused."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How a coder did on the gold set: `n` messages; `ece` is its calibration error."""

    n: int
    accuracy: float | None
    kappa: float | None
    macro_f1: float | None
    ece: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """Accuracy after less before, and the interval that the gate looks at."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class CodeChange:
    """One code on its `n` gold records; `fell` says that it forbids the promotion."""

    code: str
    n: int
    recall_before: float | None
    recall_after: float | None
    f1_before: float | None
    f1_after: float | None
    fell: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a retraining came to; `reason` is one sentence for people.

    `champion` and `challenger` are fingerprints. Without a champion that can code the study's
    codebook, "before" is the commonest code of the training part, given to every message.
    Without a challenger nothing was trained, because nothing could have judged it. `gold_met`
    are gold records that one of the two coders had met, and that were left out; `parity` is the
    largest difference of a probability between torch and ONNX, `changed_codes` the gold messages
    whose code differs between the two. `rule` are the gate's settings, `repeat` what gives the
    same coder again: seed, settings, hash of the records, versions.
    """

    decision: Decision
    reason: str
    champion: str | None
    challenger: str | None
    verified: int
    left_out_discord: int
    gold_groups: int
    gold_records: int
    gold_met: int = 0
    before: Figures | None = None
    after: Figures | None = None
    difference: Difference | None = None
    codes: tuple[CodeChange, ...] = ()
    parity: float | None = None
    changed_codes: int = 0
    pictures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    rule: Mapping[str, Any] = field(default_factory=dict)
    repeat: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the text of result.json; equal outcomes give equal bytes."""
        plain = {"format": FORMAT, **asdict(self)}
        return json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read result.json; raises InputError unless it is one of this version, whole."""
        try:
            plain = json.loads(text)
            if plain.pop("format") != FORMAT or plain["decision"] not in get_args(Decision):
                raise ValueError("another format")
            return cls(**{**plain, **_parts(plain)})
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(
                f"this is no result of a retraining ({type(error).__name__}: {error})",
                "start the retraining again",
            ) from None


def _parts(plain: Mapping[str, Any]) -> dict[str, Any]:
    missing = {f.name for f in fields(Outcome)} - set(plain)
    if missing:
        raise ValueError(f"no {', '.join(sorted(missing))}")
    before, after, difference = plain["before"], plain["after"], plain["difference"]
    return {
        "before": None if before is None else Figures(**before),
        "after": None if after is None else Figures(**after),
        "difference": None if difference is None else Difference(**difference),
        "codes": tuple(CodeChange(**code) for code in plain["codes"]),
        "pictures": tuple(plain["pictures"]),
        "notes": tuple(plain["notes"]),
    }
