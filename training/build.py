"""Settings and a base model -> the encoder's spec and the untrained network."""

from __future__ import annotations

import torch

from bot.domain.errors import InputError
from bot.encoding.spec import Architecture, EncoderSpec
from bot.inference.network import HeadSettings, ThreadNetwork, pair_network
from bot.inference.weights import Network
from training.base import BaseModel
from training.presets import Settings

_HEADS = 6  # attention heads of the thread head, for BERT's usual widths 384 and 768


def encoder_spec(settings: Settings, base: BaseModel) -> EncoderSpec:
    """Return the spec that windows are encoded by, in training and ever after.

    Raises InputError if the base model reads fewer tokens than the settings ask for.
    """
    longest = settings.max_tokens
    if settings.architecture is Architecture.THREAD:  # the scenario is a text of its own there
        longest = max(longest, settings.scenario_tokens + 2)
    if longest > base.config.max_position_embeddings:
        raise InputError(
            f"base model {base.name!r} reads {base.config.max_position_embeddings} tokens, the "
            f"settings ask for {longest}",
            "choose another base model, or lower max_tokens and scenario_tokens",
        )
    return EncoderSpec(
        settings.architecture,
        settings.window,
        settings.max_tokens,
        settings.scenario_tokens,
        base.description["tokenizer_sha256"],
    )


def head_settings(settings: Settings, base: BaseModel) -> HeadSettings:
    """Return the size of the thread head: the most heads up to six that divide the width."""
    heads = next(n for n in range(_HEADS, 0, -1) if base.config.hidden_size % n == 0)
    return HeadSettings(settings.window, heads=heads)


def build_network(base: BaseModel, labels: int, settings: Settings) -> Network:
    """Return the settings' architecture on the base's weights; seed torch before.

    The word vectors stay as pretrained where the settings say so: half of a small BERT's
    weights are there, and a study's few thousand messages touch hardly any of them.
    """
    network: Network
    dropout = settings.attention_dropout
    if settings.architecture is Architecture.PAIR:
        network = pair_network(base.config, labels)
        network.bert = bert = base.encoder(pooler=True, attention_dropout=dropout)
    else:
        network = ThreadNetwork(base.config, labels, head_settings(settings, base))
        network.encoder = bert = base.encoder(pooler=False, attention_dropout=dropout)
    bert.embeddings.word_embeddings.weight.requires_grad_(not settings.freeze_words)
    return network


def training_device(name: str) -> torch.device:
    """Return the device for "auto", "cpu" or "cuda"; raises InputError for a missing GPU."""
    found = torch.cuda.is_available()
    if name == "cuda" and not found:
        raise InputError(
            "training on CUDA was asked for, and torch finds no CUDA device",
            "install a CUDA build of torch and a driver, or leave the device to auto",
        )
    return torch.device("cuda" if found and name != "cpu" else "cpu")
