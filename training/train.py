"""One training run, top to bottom: a coded file in, a bundle out."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.domain.incoming import PLAIN, Door
from bot.encoding.encode import Encoder
from bot.encoding.spec import Architecture
from bot.inference.bundle import Bundle, load_bundle, staged
from training.arrange import Arrangement, arrange
from training.base import DEFAULT_BASE, BaseModel, find_base
from training.build import encoder_spec, head_settings
from training.bundling import write_bundle
from training.data import load_source
from training.determinism import reproducible
from training.fit import Fit, Progress
from training.learn import learn
from training.material import encode, part, tokenizer_file
from training.metrics import Metrics
from training.presets import Settings


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
    gold: Collection[str] = (),
    progress: Progress = lambda *_: None,
    say: Callable[[str], None] = lambda _: None,
    learned: Callable[[], None] = lambda: None,
    door: Door = PLAIN,
) -> Trained:
    """Train a coder on `file` (of a form that `door` reads) and write it as a bundle to `out`.

    The test part is judged with the ONNX engine, that is with what will serve.
    With `gold` (thread ids) these groups are the test part, whatever the split.
    `discord_permission` is the reference of Discord's permission to train on what came through
    it; without one that is left out. `learned` is called when the network has learned: an
    interruption from then on would lose the training. Raises InputError for data that cannot teach,
    TrainingError, BundleError if `out` cannot be written or is there already; nothing is left
    half-written.
    """
    source = load_source(file, codebook, door)
    arrangement = arrange(
        source.transcript, source.codebook, with_discord=discord_permission is not None
    )
    notes = list(source.transcript.notes)
    for line in (
        f"codebook: {source.codebook_from}",
        f"base model: {base}",
        *notes,
        *arrangement.sentences(),
    ):
        say(line)
    parts = part(source, arrangement, settings, gold)
    checkpoint = find_base(base)
    with staged(out, overwrite=overwrite) as folder, reproducible(settings.seed, threads):
        tokenizer = tokenizer_file(folder, checkpoint.tokenizer_json)
        encoder = Encoder.from_file(tokenizer, encoder_spec(settings, checkpoint))
        material, cut = encode(parts, encoder, say)
        notes += cut
        taught = learn(
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
            out.name,
            material,
            taught,
            settings,
            network=_head(settings, checkpoint),
            base_model=checkpoint.description,
            discord_permission=discord_permission,
            notes=notes,
            threads=threads,
            progress=progress,
        )
    return Trained(load_bundle(out), arrangement, result, metrics)


def _head(settings: Settings, base: BaseModel) -> dict[str, Any]:
    if settings.architecture is Architecture.PAIR:
        return {}
    return head_settings(settings, base).to_dict()
