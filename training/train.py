"""One training run, top to bottom: a coded file in, a bundle out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bot.domain.incoming import PLAIN, Door
from bot.encoding.encode import Encoder
from bot.encoding.spec import Architecture
from bot.inference.bundle import Bundle, load_bundle, staged
from bot.inference.speech import SpeechNetwork
from bot.inference.weights import Network
from training.arrange import Arrangement, arrange
from training.base import DEFAULT_BASE, BaseModel, find_base
from training.build import encoder_spec, head_settings
from training.bundling import write_bundle
from training.by_method import learn_by
from training.data import load_source, set_aside
from training.determinism import reproducible
from training.faults import machine_spoken
from training.fit import Fit, Progress
from training.ladder import Method
from training.material import encode, part, tokenizer_file
from training.metrics import Metrics
from training.presets import Settings
from training.split import SplitBy


@dataclass(frozen=True)
class Trained:
    """What a run gave: the bundle as loaded from disk, and how it did on unseen messages."""

    bundle: Bundle
    arrangement: Arrangement
    fit: Fit
    test: Metrics


def train(  # noqa: PLR0913 - every one is an option of the command
    file: Path,
    out: Path,
    settings: Settings,
    *,
    codebook: Path | None = None,
    discord_permission: str | None = None,
    base: str = DEFAULT_BASE,
    device: str = "auto",
    threads: int | None = None,
    overwrite: bool = False,
    name: str | None = None,
    gold: Collection[str] = (),
    method: Method = Method.FINETUNE,
    lineage: Mapping[str, Any] = MappingProxyType({}),
    progress: Progress = lambda *_: None,
    say: Callable[[str], None] = lambda _: None,
    learned: Callable[[], None] = lambda: None,
    door: Door = PLAIN,
) -> Trained:
    """Train a coder on `file` (of a form that `door` reads) and write it as a bundle to `out`.

    The test part is judged with the ONNX engine, that is with what will serve.
    With `gold` (thread ids), or where the file marks some, these groups are the test part,
    whatever the split. The bundle is called `name`, else as its folder. `lineage` is what its
    manifest is to tell of where it came from, such as the champion that it is to replace, beside
    what the data tell.
    `method` says how it learns; auto takes what does best on held-out groups (training.ladder).
    `discord_permission` is the reference of Discord's permission to train on what came through
    it; without one that is left out. `learned` is called when the network has learned: an
    interruption from then on would lose the training. Raises InputError for data that cannot teach,
    TrainingError, MachineError where memory runs out, BundleError if `out` cannot be written or is
    there already; nothing is left half-written.
    """
    source = load_source(file, codebook, door)
    gold = source.gold.union(gold)
    if gold:  # else what is contested or uncoded in a gold group would teach after all
        settings = replace(settings, split=SplitBy.GROUP)
    arrangement = arrange(
        source.transcript, source.codebook, with_discord=discord_permission is not None
    )
    notes = list(source.transcript.notes)
    for line in (
        f"codebook: {source.codebook_from}",
        f"base model: {base}",
        *notes,
        *arrangement.sentences(),
        *set_aside(source.gold),
    ):
        say(line)
    parts = part(source, arrangement, settings, gold)
    for line in parts.softened.sentences():
        say(line)
    checkpoint = find_base(base)
    with (
        machine_spoken("the training"),
        staged(out, overwrite=overwrite) as folder,
        reproducible(settings.seed, threads),
    ):
        tokenizer = tokenizer_file(folder, checkpoint.tokenizer_json)
        encoder = Encoder.from_file(tokenizer, encoder_spec(settings, checkpoint))
        material, cut = encode(parts, encoder, say)
        notes += cut
        taught, material = learn_by(
            method,
            material,
            checkpoint,
            settings,
            device=device,
            progress=progress,
            say=say,
            learned=learned,
        )
        result = taught.fit
        if result.interrupted:
            notes.append(f"interrupted: keeping epoch {result.best}, the best so far")
            say(notes[-1])
        say(f"trained for {result.seconds:.0f} s; writing the bundle")
        metrics = write_bundle(
            folder,
            name or out.name,
            material,
            taught,
            settings,
            network=_head(taught.network, settings, checkpoint),
            base_model=checkpoint.description,
            discord_permission=discord_permission,
            notes=notes,
            threads=threads,
            progress=progress,
            lineage=lineage,
        )
    return Trained(load_bundle(out), arrangement, result, metrics)


def _head(network: Network, settings: Settings, base: BaseModel) -> dict[str, Any]:
    if isinstance(network, SpeechNetwork):
        return network.speech.settings.to_dict()
    if settings.architecture is Architecture.PAIR:
        return {}
    return head_settings(settings, base).to_dict()
