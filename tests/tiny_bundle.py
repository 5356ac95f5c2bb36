"""A tiny random BERT as a real bundle: what tests use where any coder will do."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import BertConfig

from bot.encoding.encode import tokenizer_hash
from bot.encoding.spec import Architecture, EncoderSpec
from bot.inference.bundle import Bundle, Manifest, load_bundle, staged, write_manifest
from bot.inference.network import HeadSettings, ThreadNetwork, pair_network
from bot.inference.weights import Network, save_network
from tests.tiny import LABELS, MAX_TOKENS, WINDOW, codebook
from training.graph import export_graphs

WORDS = """
the a i you we they it is are was not no yes ok lol hi what why who how do does did think
feel know wrong right fair unfair good bad game kids children money company people buy
sell ad advert fox cereal ethical should would could because but and or so if then agree
disagree maybe point my your their parents young small big sign screen of to in on for
with that this there too very really scenario earlier comments latest comment 0 1 2 3 4 5
6 7 8 9 : . , ? ! '
"""


def tokenizer_json() -> str:
    """Return a WordPiece tokenizer over WORDS and single letters, as BERT's is built."""
    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)]
    tokens = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        *WORDS.split(),
        *letters,
        *("##" + x for x in letters),
    ]
    vocab = {token: n for n, token in enumerate(dict.fromkeys(tokens))}
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))  # noqa: S106
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    return tokenizer.to_str()


def build_tiny_bundle(
    path: Path, architecture: Architecture, seed: int = 0, name: str = "tiny"
) -> Bundle:
    """Write a bundle with random weights to `path`, with its ONNX graphs, and load it."""
    with staged(path) as folder:
        tokenizer = folder / "tokenizer.json"
        tokenizer.write_text(tokenizer_json(), encoding="utf-8")
        config = BertConfig(
            vocab_size=256,
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=MAX_TOKENS,
            initializer_range=0.3,  # wide enough for the answers to differ
        )
        head = HeadSettings(WINDOW, layers=1, heads=2)
        network: Network
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            if architecture is Architecture.PAIR:
                network = pair_network(config, len(LABELS))
            else:
                network = ThreadNetwork(config, len(LABELS), head)
        network.eval()
        save_network(network, folder)
        export_graphs(network, folder)
        spec = EncoderSpec(architecture, WINDOW, MAX_TOKENS, 60, tokenizer_hash(tokenizer))
        settings = head.to_dict() if architecture is Architecture.THREAD else {}
        write_manifest(
            folder,
            Manifest(
                name=name,
                created_at="2026-01-01T00:00:00+00:00",
                spec=spec,
                labels=LABELS,
                codebook=codebook(),
                network=settings,
                base_model={"name": "tiny"},
                training={"seed": seed},
            ),
        )
    return load_bundle(path)
