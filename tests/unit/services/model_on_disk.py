"""Models without a network: bundles' folders with what the fake engine needs of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from table import BOOK, ENCODER, LABELS

from bot.domain.codebook import Codebook
from bot.encoding.encode import tokenizer_hash
from bot.inference.bundle import Bundle, load_bundle, write_manifest
from bot.inference.manifest import Manifest
from bot.inference.pool import Pool, opener


def bundle_in(
    folder: Path,
    made: str = "2026-01-01",
    book: Codebook = BOOK,
    labels: Sequence[str] = LABELS,
) -> Bundle:
    """Write a bundle that reads by the table's encoder; another `made` is another coder."""
    folder.mkdir(parents=True)
    tokenizer = folder / "tokenizer.json"
    tokenizer.write_text(ENCODER._tokenizer.to_str(), encoding="utf-8")
    spec = replace(ENCODER.spec, tokenizer=tokenizer_hash(tokenizer))
    write_manifest(folder, Manifest(folder.name, made, spec, tuple(labels), book))
    return load_bundle(folder)


def pool_of(default: Path) -> Pool:
    """Return what loads such bundles; the fake engine codes as each of them."""
    return Pool(opener("fake", "cpu", 1), default)
