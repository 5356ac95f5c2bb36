"""From material to a coder by the method that was asked for, or by the one that does best."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.domain.errors import InputError
from bot.encoding.spec import Architecture
from training.base import BaseModel
from training.fit import Progress
from training.frozen.learning import learn_first, learn_frozen
from training.ladder import Method, climb
from training.learn import Learned, learn
from training.material import Material
from training.presets import Settings
from training.soft import NOBODY_DIFFERS
from training.split import Split
from training.teachers import teaches


def learn_by(
    method: Method,
    material: Material,
    base: BaseModel,
    settings: Settings,
    *,
    device: str,
    progress: Progress,
    say: Callable[[str], None],
    learned: Callable[[], None],
) -> tuple[Learned, Material]:
    """Return what was learned, and the material with the labels that the coder then has.

    A coder by codebook or with a frozen encoder has an output for every code of the codebook that
    decides something; a fine-tuned one for those of the training part. The material's training
    part and its uncoded messages are those that taught. Raises what `learn` does, and InputError
    for a method that the architecture does not have.
    """
    whole = _all_codes(material)
    told: dict[str, object] = {"method": str(method)}
    if settings.architecture is Architecture.PAIR:
        if method not in (Method.AUTO, Method.FINETUNE):
            raise InputError(
                f"method {method} with architecture pair", "take thread, or --method finetune"
            )
        method = Method.FINETUNE
    if method is Method.AUTO:
        found = climb(whole, base, settings, device=device, progress=progress, say=say)
        for line in found.sentences():
            say(line)
        method = found.serves
        told["ladder"] = found.to_dict()
    told["method"] = str(method)
    if method is Method.FINETUNE:
        if not teaches(material.parts.split, settings):
            material = _without_uncoded(material)
        taught = learn(
            material,
            base,
            settings,
            device=device,
            progress=progress,
            say=say,
            learned=learned,
        )
        return replace(taught, told=told), material
    if method is Method.FROZEN:
        whole = _without_uncoded(whole)
        taught = learn_frozen(
            whole, base, seed=settings.seed, progress=progress, say=say, learned=learned
        )
    else:
        whole = _teaching_nothing(whole)
        taught = learn_first(whole, base, settings.seed)
    return replace(taught, told=told), whole


def _all_codes(material: Material) -> Material:
    parts = material.parts
    labels = tuple(c.code for c in parts.source.codebook.codes if not c.uncoded)
    return replace(material, parts=replace(parts, labels=labels))


def _without_uncoded(material: Material) -> Material:
    parts = material.parts
    return replace(material, parts=replace(parts, split=replace(parts.split, uncoded=())))


def _teaching_nothing(material: Material) -> Material:
    """Return the material of a coder that learns from no record: what could teach calibrates.

    What people differ on is left out: it never judges.
    """
    parts = material.parts
    settled = tuple(r for r in parts.split.train if r.target is None)
    split = Split((), (*settled, *parts.split.validation), parts.split.test)
    return replace(material, parts=replace(parts, split=split, softened=NOBODY_DIFFERS))
