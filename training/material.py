"""What a run learns from and is judged on: records in their parts, as the network reads them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from bot.domain.errors import InputError, about
from bot.encoding.encode import Encoder
from bot.encoding.inputs import EncoderInput
from bot.encoding.scenarios import check_scenarios
from training.arrange import Arrangement
from training.data import Source, encode_all
from training.presets import Settings
from training.split import Split, split, split_around


@dataclass(frozen=True)
class Parts:
    """The arranged records in train, validation and test, and the codes that can be learned.

    `labels` are the codes of the training part in the codebook's order: the network's outputs.
    """

    source: Source
    arrangement: Arrangement
    split: Split
    labels: tuple[str, ...]


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
    return Parts(source, arrangement, parts, labels)


def encode(
    parts: Parts, encoder: Encoder, say: Callable[[str], None]
) -> tuple[Material, tuple[str, ...]]:
    """Return the material, and notes on what the coder cannot read whole.

    Raises InputError for a scenario longer than the encoder reads.
    """
    check_scenarios(parts.source.path, parts.source.transcript, encoder)
    inputs = encode_all(parts.arrangement.records, encoder)
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
