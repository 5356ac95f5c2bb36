"""Settings as a file: what `intercoder tune` writes and `train --preset FILE` takes."""

from __future__ import annotations

import difflib
import json
import math
import tomllib
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_type_hints

import tomli_w
from pydantic import TypeAdapter, ValidationError

from bot.domain.errors import InputError, about
from bot.domain.reading import read_utf8
from training.presets import Settings, preset

_LARGE = 1_000_000
_RANGES: dict[str, tuple[float, float]] = {
    "window": (0, 200),
    "max_tokens": (16, 512),
    "scenario_tokens": (8, 510),
    "epochs": (1, 1000),
    "step": (1, 10_000),
    "learning_rate": (1e-9, 1),
    "head_learning_rate": (1e-9, 1),
    "step_size": (1, 1000),
    "gamma": (1e-3, 1),
    "weight_decay": (0, 10),
    "attention_dropout": (0, 0.9),
    "least_steps": (0, _LARGE),
    "teachers": (0, 20),
    "teacher_epochs": (1, 1000),
    "teacher_share": (0, 1),
    "uncoded_for_teachers": (0, _LARGE),
    "records": (0, _LARGE),
    "oversample_min": (0, _LARGE),
    "oversample_total": (0, _LARGE),
    "seed": (0, 2**32 - 1),
}
"""What a run can work with: lowest and highest. Settings that are not here have none."""


def load_preset(path: Path) -> Settings:
    """Return the settings that the TOML file `path` holds; what it leaves out is the default's.

    Raises InputError, which names the file, the setting and its value.
    """
    try:
        given = tomllib.loads(read_utf8(path))
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f"this is no TOML ({error})", "give a file that `intercoder tune` wrote", source=path
        ) from None
    found = {key: _value(path, key, value) for key, value in given.items()}
    with about(path):
        return replace(preset("default", found.get("architecture")), **found)


def preset_text(settings: Settings, comments: Sequence[str] = ()) -> str:
    """Return the TOML that `load_preset` reads the very `settings` from, under `comments`."""
    values = {key: value for key, value in settings.to_dict().items() if value is not None}
    head = "".join(f"# {' '.join(line.split())}\n" for line in comments)
    return head + tomli_w.dumps(values)


def _value(path: Path, key: str, value: Any) -> Any:
    """Return `value` of TOML as the setting `key` has it; raises InputError."""
    names = [f.name for f in fields(Settings)]
    if key not in names:
        near = difflib.get_close_matches(key, names, n=1)
        remedy = f"did you mean {near[0]}" if near else f"the settings are {', '.join(names)}"
        raise InputError(f"{key} = {_shown(value)}: there is no such setting", remedy, source=path)
    try:
        # As JSON: text may stand for a name of a list there, but never for a number.
        found = TypeAdapter(get_type_hints(Settings)[key]).validate_json(
            json.dumps(value, default=str), strict=True
        )
    except ValidationError as error:
        told = str(error.errors(include_url=False)[0]["msg"]).removeprefix("Input should be ")
        raise InputError(
            f"{key} = {_shown(value)} cannot be used", f"give {told}", source=path
        ) from None
    if key in _RANGES and isinstance(found, int | float):
        low, high = _RANGES[key]
        if not (math.isfinite(found) and low <= found <= high):
            raise InputError(
                f"{key} = {_shown(value)} cannot be used",
                f"give a number from {low:g} to {high:g}",
                source=path,
            )
    return found


def _shown(value: Any) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)  # true and "text", as TOML has them
    return text if len(text) <= 60 else f"{text[:59]}…"
