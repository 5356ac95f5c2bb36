"""Bundles that have learned nothing: a network's speed does not depend on its codes."""

from __future__ import annotations

from pathlib import Path

import torch

from bot.domain.codebook import load_codebook
from bot.encoding.encode import tokenizer_hash
from bot.encoding.spec import Architecture, EncoderSpec
from bot.inference.bundle import Bundle, Manifest, load_bundle, staged, write_manifest
from bot.inference.network import HeadSettings, ThreadNetwork, pair_network
from bot.inference.weights import Network, save_network
from training.base import find_base
from training.bench_texts import SAMPLE
from training.graph import export_graphs

WINDOW = 12


def random_bundle(path: Path, architecture: Architecture, seed: int = 0) -> Bundle:
    """Write a bundle to `path`: the default base model under a random head, 16 codes."""
    base = find_base()
    codebook = load_codebook(SAMPLE.with_name("codebook.toml"))
    labels = tuple(code.code for code in codebook.codes if not code.uncoded)[:16]
    head = HeadSettings(WINDOW)
    network: Network
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        if architecture is Architecture.PAIR:
            network = pair_network(base.config, len(labels))
            network.bert = base.encoder(pooler=True)
        else:
            network = ThreadNetwork(base.config, len(labels), head)
            network.encoder = base.encoder(pooler=False)
    with staged(path) as folder:
        tokenizer = folder / "tokenizer.json"
        tokenizer.write_text(base.tokenizer_json, encoding="utf-8")
        save_network(network, folder)
        export_graphs(network, folder)
        thread = architecture is Architecture.THREAD
        spec = EncoderSpec(architecture, WINDOW, 512, 256, tokenizer_hash(tokenizer))
        manifest = Manifest(
            name=f"random-{architecture}",
            created_at="2000-01-01T00:00:00+00:00",
            spec=spec,
            labels=labels,
            codebook=codebook,
            network=head.to_dict() if thread else {},
            base_model=base.description,
            training={"seed": seed},
        )
        write_manifest(folder, manifest)
    return load_bundle(path)
