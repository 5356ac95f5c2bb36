"""Settings and a base model -> the encoder's spec and the untrained network."""

from __future__ import annotations

import torch

from bot.domain.errors import InputError
from bot.encoding.spec import Architecture, EncoderSpec
from bot.inference.network import HeadSettings, ThreadNetwork, pair_network
from training.base import BaseModel
from training.presets import Settings
from training.steps import Network


def encoder_spec(settings: Settings, base: BaseModel) -> EncoderSpec:
    """Return the spec that windows are encoded by, in training and ever after."""
    return EncoderSpec(
        settings.architecture,
        settings.window,
        settings.max_tokens,
        settings.scenario_tokens,
        base.description["tokenizer_sha256"],
    )


def build_network(base: BaseModel, labels: int, settings: Settings) -> Network:
    """Return the settings' architecture on the base's weights; seed torch before.

    The word vectors stay as pretrained where the settings say so: half of a small BERT's
    weights are there, and a study's few thousand messages touch hardly any of them.
    """
    network: Network
    if settings.architecture is Architecture.PAIR:
        network = pair_network(base.config, labels)
        network.bert = bert = base.encoder(pooler=True)
    else:
        network = ThreadNetwork(base.config, labels, HeadSettings(settings.window))
        network.encoder = bert = base.encoder(pooler=False)
    bert.get_input_embeddings().weight.requires_grad_(not settings.freeze_words)
    return network


def training_device(name: str) -> torch.device:
    """Return the device for "auto", "cpu" or "cuda"; raises InputError for CUDA that is not there."""
    found = torch.cuda.is_available()
    if name == "cuda" and not found:
        raise InputError(
            "training on CUDA was asked for, and torch finds no CUDA device",
            "install a CUDA build of torch and a driver, or leave the device to auto",
        )
    return torch.device("cuda" if found and name != "cpu" else "cpu")
