"""A model without a network: a bundle's folder with what the fake engine needs of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from table import BOOK, ENCODER, LABELS

from bot.encoding.encode import tokenizer_hash
from bot.inference.batcher import Batcher
from bot.inference.bundle import Bundle
from bot.inference.fake import fake_engine
from bot.inference.manifest import Manifest
from bot.services.desk import Model


def model_in(folder: Path) -> Model:
    """Write the tokenizer of the table's encoder, and return a model that reads by it."""
    folder.mkdir()
    tokenizer = folder / "tokenizer.json"
    tokenizer.write_text(ENCODER._tokenizer.to_str(), encoding="utf-8")
    spec = replace(ENCODER.spec, tokenizer=tokenizer_hash(tokenizer))
    manifest = Manifest("fake", "2026-01-01", spec, LABELS, BOOK)
    return Model(Bundle(folder, manifest), Batcher(fake_engine(LABELS)))
