"""What `train` runs with: a preset with options in its place, none of which goes unheeded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.commands.training_options import Learning, Network
from bot.domain.errors import InputError

if TYPE_CHECKING:
    from training.presets import Settings

_FROM_CODEBOOK = "--from-codebook"

_FITTING = ("epochs", "teachers", "oversample_min", "oversample_total")
_UNHEEDED = {  # by the way of learning: options that nothing asks for there, why, and what to do
    f"--method {Learning.FROZEN}": (
        _FITTING,
        "by which a linear head alone learns, in one go",
        ", or take --method finetune",
    ),
    f"--method {Learning.CODEBOOK}": (
        (*_FITTING, "records", "disagreements"),
        "by which nothing is learned",
        ", or take another method",
    ),
    _FROM_CODEBOOK: (
        (*_FITTING, "records", "disagreements", "split"),
        "by which no message teaches or judges",
        "",
    ),
}


def check_first(given: Mapping[str, Any]) -> None:
    """Raise InputError for options of the command that a coder made from a codebook cannot heed.

    `given` has them by name, None where one was not given.
    """
    names = {"file": "FILE", "codebook": "--codebook", "method": "--method"}
    others = [said for name, said in names.items() if given[name] is not None]
    if given["verified"]:
        others.append("--verified")
    if others:
        rest = "that" if len(others) == 1 else "those"
        raise InputError(
            f"{_FROM_CODEBOOK} with {' and '.join(others)}",
            f"a first coder is made from a codebook alone: leave {rest} out",
        )
    if given["scenarios"] is not None and given["unlabelled"] is None:
        raise InputError(
            f"--scenarios with {_FROM_CODEBOOK} and without --unlabelled, whose cases it tells",
            "add the talk with --unlabelled, or leave the list out",
        )
    check_heeded(_FROM_CODEBOOK, given)


def check_heeded(way: str, given: Mapping[str, Any]) -> None:
    """Raise InputError for options that a `way` of learning would pass over; `given` as above."""
    if way not in _UNHEEDED:
        return
    unheeded, why, instead = _UNHEEDED[way]
    named = [f"--{name.replace('_', '-')}" for name in unheeded if given[name] is not None]
    if given["device"] == "cuda":
        named.append("--device cuda")
    if named:
        them = "it" if len(named) == 1 else "them"
        raise InputError(f"{' and '.join(named)} with {way}, {why}", f"leave {them} out{instead}")


def run_settings(
    name: str, architecture: Network | None, options: dict[str, float | str | None]
) -> Settings:
    """Return the preset's settings with the options that were given in their place.

    Raises InputError.
    """
    from dataclasses import replace  # noqa: PLC0415 - with the rest

    from training.split import SplitBy  # noqa: PLC0415

    chosen = {key: value for key, value in options.items() if value is not None}
    if "split" in chosen:
        chosen["split"] = SplitBy(str(chosen["split"]))
    start = _preset(name, architecture)
    return replace(start, **chosen)  # type: ignore[arg-type]  # the options' types are checked


def _preset(name: str, architecture: Network | None) -> Settings:
    """Return the settings of a named preset, or of a file. Raises InputError."""
    from bot.encoding.spec import Architecture  # noqa: PLC0415 - with the rest
    from training.preset_file import load_preset  # noqa: PLC0415
    from training.presets import preset  # noqa: PLC0415

    wanted = None if architecture is None else Architecture(architecture.value)
    if name == "paper" and wanted is Architecture.THREAD:
        raise InputError(
            "--preset paper with --architecture thread",
            "the paper's coder is a pair: leave one of the two out",
        )
    if name in ("default", "paper"):
        return preset(name, wanted)
    if not Path(name).exists():
        raise InputError(
            f"--preset {name}: there is no such preset, and no such file",
            "give default, paper, or a file that `intercoder tune` wrote",
        )
    found = load_preset(Path(name))
    if wanted not in (None, found.architecture):
        raise InputError(
            f"--architecture {wanted} with --preset {name}, which is a {found.architecture}'s",
            "leave one of the two out",
        )
    return found
