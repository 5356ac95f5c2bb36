"""Bundles that have learned nothing: a network's speed does not depend on its codes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from bench.texts import SAMPLE
from bot.domain.codebook import load_codebook
from bot.encoding.spec import Architecture
from bot.inference.bundle import Bundle, Manifest, load_bundle, staged, write_manifest
from bot.inference.weights import save_network
from training.base import BaseModel
from training.build import build_network, encoder_spec, head_settings
from training.graph import export_graphs
from training.presets import preset


def random_bundle(path: Path, architecture: Architecture, base: BaseModel, seed: int = 0) -> Bundle:
    """Write a bundle to `path`: the base model under a random head, 16 codes."""
    # The same window and lengths for both, so that they are given the same texts.
    settings = replace(
        preset("default", architecture), window=12, max_tokens=512, scenario_tokens=320
    )
    codebook = load_codebook(SAMPLE.with_name("codebook.toml"))
    labels = tuple(code.code for code in codebook.codes if not code.uncoded)[:16]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = build_network(base, len(labels), settings)
    with staged(path) as folder:
        (folder / "tokenizer.json").write_text(base.tokenizer_json, encoding="utf-8")
        save_network(network, folder)
        export_graphs(network, folder)
        thread = architecture is Architecture.THREAD
        manifest = Manifest(
            name=f"random-{architecture}",
            created_at="2000-01-01T00:00:00+00:00",
            spec=encoder_spec(settings, base),
            labels=labels,
            codebook=codebook,
            network=head_settings(settings, base).to_dict() if thread else {},
            base_model=base.description,
            training={"seed": seed},
        )
        write_manifest(folder, manifest)
    return load_bundle(path)
