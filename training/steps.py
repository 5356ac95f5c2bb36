"""Encoder inputs -> the padded tensors of one step, for either network.

A forward pass here and an engine's answer are the same function of the same inputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's own documentation uses
from torch import Tensor
from transformers import BertForSequenceClassification

from bot.encoding.inputs import EncoderInput, PairInput, ThreadInput
from bot.inference.batches import mask, padded
from bot.inference.network import ThreadNetwork
from bot.inference.vectors import TokenIds
from bot.inference.weights import Network
from training.packed import packed_vectors


def logits(network: Network, inputs: Sequence[EncoderInput]) -> Tensor:
    """Return logits (n, labels) of `inputs` in their order, on the network's device."""
    if isinstance(network, ThreadNetwork):
        return _thread_logits(network, cast("Sequence[ThreadInput]", inputs))
    return _pair_logits(network, cast("Sequence[PairInput]", inputs))


def _pair_logits(network: BertForSequenceClassification, inputs: Sequence[PairInput]) -> Tensor:
    device = network.device
    ids, mask = _tensors([i.ids for i in inputs], device)
    types, _ = _tensors([i.types for i in inputs], device)
    return cast("Tensor", network(input_ids=ids, attention_mask=mask, token_type_ids=types).logits)


def _thread_logits(network: ThreadNetwork, inputs: Sequence[ThreadInput]) -> Tensor:
    device = next(network.head.parameters()).device
    length = network.head.settings.window + 1
    texts = sorted(
        {text for i in inputs for text in (i.scenario, *i.messages)}, key=lambda t: (len(t), t)
    )
    row = {text: n for n, text in enumerate(texts)}
    kind = device.type
    precise = not torch.is_autocast_enabled(kind)
    precision = torch.float32 if precise else torch.get_autocast_dtype(kind)
    with torch.autocast(kind, enabled=False):  # `packed_vectors` takes the precision itself
        found = packed_vectors(network.encoder, texts, precision)
    # One row of zeros at the end stands for messages that are not there.
    vectors = torch.cat([found, torch.zeros_like(found[:1])])
    places = torch.full((len(inputs), length), len(texts), dtype=torch.long)
    same = torch.zeros((len(inputs), length), dtype=torch.long)
    for n, item in enumerate(inputs):
        places[n, length - len(item.messages) :] = torch.tensor([row[m] for m in item.messages])
        same[n, length - len(item.messages) :] = torch.tensor(item.same_speaker, dtype=torch.long)
    places = places.to(device)
    scenario = vectors[torch.tensor([row[i.scenario] for i in inputs], device=device)]
    return cast(
        "Tensor",
        network.head(scenario, F.embedding(places, vectors), places != len(texts), same.to(device)),
    )


def _tensors(rows: Sequence[TokenIds], device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the rows filled up with 0, and the mask of what is not filling."""
    return (
        torch.from_numpy(padded(rows)).to(device),
        torch.from_numpy(mask(rows)).to(device),
    )
