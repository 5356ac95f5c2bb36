"""The starter coder of the demo: trained once, taken again while data and settings are the same."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM

from rich.console import Console
from rich.markup import escape

from bot.commands.sample import Sample
from bot.commands.signals import interruptible
from bot.commands.stages import stages
from bot.commands.training_extra import train_extra
from bot.domain.errors import IntercoderError
from bot.inference.bundle import Bundle, BundleError, load_bundle
from training.presets import Settings


@dataclass(frozen=True, slots=True)
class Starter:
    """How the starter is to be trained, and on what it may run."""

    path: Path
    settings: Settings
    device: str
    threads: int | None
    base: str = "minilm"


def starter_bundle(starter: Starter, sample: Sample, console: Console) -> Bundle:
    """Return the starter coder, trained now unless what stands there is the same already.

    Says which it was. Raises BundleError for a bundle that is not the demo's: that may be
    somebody's work and is not replaced.
    """
    here = _standing(starter.path)
    if here is not None:
        _check_ours(here, sample)
        differs = _difference(here, starter, sample)
        if differs is None:
            _say(console, f"{starter.path}: trained already on the same data and settings; reused.")
            return here
        _say(console, f"{starter.path}: {differs}; training it again.")
    return _train(starter, sample, console)


def _standing(path: Path) -> Bundle | None:
    if not path.exists():
        return None
    try:
        return load_bundle(path)
    except IntercoderError as error:
        raise BundleError(f"{error} To have the demo make a new one, remove {path}.") from None


def _check_ours(bundle: Bundle, sample: Sample) -> None:
    dataset = bundle.manifest.training.get("dataset")
    if dataset != sample.transcript.dataset:
        raise BundleError(
            f"{bundle.path}: this bundle was trained on other data ({dataset!r}), so the demo does "
            "not replace it: give it another name, or run the demo with --folder ELSEWHERE."
        )


def _difference(bundle: Bundle, starter: Starter, sample: Sample) -> str | None:
    """Return what sets `bundle` apart from the one that would be trained now, or None."""
    learned = bundle.manifest.training
    if learned.get("data_sha256") != hashlib.sha256(sample.training.read_bytes()).hexdigest():
        return "it was trained on other messages"
    if bundle.manifest.codebook.hash != sample.codebook.hash:
        return "it was trained with another version of the codebook"
    # There and back: the manifest holds what JSON makes of the settings.
    wanted = json.loads(json.dumps(starter.settings.to_dict()))
    if learned.get("settings") != wanted or bundle.manifest.base_model.get("name") != starter.base:
        return "it was trained with other settings"
    done = learned.get("epochs_done", starter.settings.epochs)
    if done < starter.settings.epochs:
        return f"its training was stopped after {done} of {starter.settings.epochs} epochs"
    return None


def _train(starter: Starter, sample: Sample, console: Console) -> Bundle:
    with (
        interruptible(console, SIGTERM) as hold,  # Ctrl-C ends the training alone, not the demo
        train_extra("demo"),
        stages(console, "training the starter coder, steps") as progress,
    ):
        from training.train import train  # noqa: PLC0415 - torch, and only where it is needed

        trained = train(
            sample.training,
            starter.path,
            starter.settings,
            codebook=sample.codebook_file,
            base=starter.base,
            device=starter.device,
            threads=starter.threads,
            overwrite=True,
            progress=progress,
            say=lambda text: _say(console, text),
            learned=hold,
        )
    if trained.fit.interrupted:
        _say(console, "Going on with what it has learned; Ctrl-C once more ends the demo.")
    return trained.bundle


def _say(console: Console, text: str) -> None:
    console.print(escape(text), soft_wrap=True)
