"""What a run learns from and is judged on: records in their parts, as the network reads them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from bot.domain.errors import InputError, about
from bot.encoding.encode import Encoder
from bot.encoding.inputs import EncoderInput
from bot.encoding.scenarios import check_scenarios
from training.arrange import Arrangement
from training.data import Source, encode_all
from training.draw import drawn
from training.presets import Settings
from training.soft import NOBODY_DIFFERS, Softened, soften
from training.split import Split, SplitBy, split, split_around


@dataclass(frozen=True)
class Parts:
    """The arranged records in train, validation and test, and the codes that can be learned.

    `labels` are the codes of the training part in the codebook's order: the network's outputs.
    `softened` tells of the training part's records on which people differ.
    """

    source: Source
    arrangement: Arrangement
    split: Split
    labels: tuple[str, ...]
    softened: Softened = NOBODY_DIFFERS


@dataclass(frozen=True)
class Material:
    """Parts with the engine input of every record, by message id, and what made those."""

    parts: Parts
    encoder: Encoder
    inputs: dict[str, EncoderInput]


def part(
    source: Source, arrangement: Arrangement, settings: Settings, gold: Collection[str] = ()
) -> Parts:
    """Return the records in their parts; with `gold`, these groups are the test part.

    Raises InputError where that leaves too little to learn from or to choose the epoch by.
    """
    records = arrangement.records
    with about(source.path):
        if gold:
            parts = split_around(records, gold, settings.seed)
        else:
            parts = split(records, settings.split, settings.seed)
        parts = with_uncoded(parts, arrangement, settings, gold)
    labels = source.codebook.labels({r.code for r in parts.train})
    if len(labels) < 2:
        raise InputError(
            f"the training part holds the code {', '.join(labels) or 'none'} alone",
            "a coder learns to tell codes apart: add messages with other codes",
            source=source.path,
        )
    if not any(r.code in labels for r in parts.validation):
        raise InputError(
            "no record of the validation part has a code that the training part holds",
            "code more messages, or try another --seed",
            source=source.path,
        )
    softened = NOBODY_DIFFERS
    if settings.disagreements == "soft":
        softened = soften(arrangement.contested, parts, labels, settings.split)
        parts = softened.joined(parts)
    return Parts(source, arrangement, parts, labels, softened)


def with_uncoded(
    parts: Split, arrangement: Arrangement, settings: Settings, gold: Collection[str] = ()
) -> Split:
    """Return the parts with as many records to train as are asked for, and what has no code there.

    Uncoded are the messages of groups that neither choose the epoch nor judge, and the records
    that were not drawn, whose codes are forgotten. With `gold` their groups must hold records that
    teach: another may become gold when people code it, which what taught never does. Raises
    InputError if there are too few to draw.
    """
    train = parts.train
    if settings.records:
        train = drawn(train, settings.records, settings.seed)
    ids = {r.message.id for r in train}
    held = set()
    if settings.split is SplitBy.GROUP:
        held = {r.group for r in (*parts.validation, *parts.test)}
    if gold:
        held |= {r.group for r in arrangement.uncoded} - {r.group for r in parts.train}
    uncoded = [replace(r, code="", votes=()) for r in parts.train if r.message.id not in ids]
    uncoded += [r for r in arrangement.uncoded if r.group not in held]
    return replace(parts, train=train, uncoded=tuple(uncoded) if settings.teachers else ())


def encode(
    parts: Parts, encoder: Encoder, say: Callable[[str], None]
) -> tuple[Material, tuple[str, ...]]:
    """Return the material, and notes on what the coder cannot read whole.

    Raises InputError for a scenario longer than the encoder reads.
    """
    check_scenarios(parts.source.path, parts.source.transcript, encoder)
    inputs = encode_all(
        [*parts.arrangement.records, *parts.softened.records, *parts.split.uncoded], encoder
    )
    notes: tuple[str, ...] = ()
    cut = sum(i.cut for i in inputs.values())
    if cut:
        notes = (f"{cut} comments are longer than the coder reads: their ends were cut",)
        say(notes[0])
    return Material(parts, encoder, inputs), notes


def tokenizer_file(folder: Path, text: str) -> Path:
    """Write a bundle's tokenizer.json; return its path."""
    path = folder / "tokenizer.json"
    path.write_text(text, encoding="utf-8")
    return path
