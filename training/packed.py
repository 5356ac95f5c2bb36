"""Many short texts through BERT at once: what training spends its time on.

A step of `thread` holds some hundred messages of ten to twenty tokens. One by one, or padded to
the longest, most of the work is overhead; here all of their tokens lie in one matrix, and only
attention, which must not look from one text into another, goes by groups of like length. The
weights are the base model's own and the answer is `ThreadNetwork.vectors`' (a test holds the two
together); attention has no dropout of its own here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's own documentation uses
from torch import Tensor
from transformers import BertModel

from bot.inference.batches import mask, padded
from bot.inference.vectors import TokenIds

_LONGER = 1.3  # a group's longest text is at most this much longer than its shortest, plus one


@dataclass(frozen=True, slots=True)
class _Group:
    """`texts` texts filled up to `length` tokens each, one after the other in the matrix."""

    texts: int
    length: int
    mask: Tensor
    """(texts, length) bool: what is no filling."""
    hidden: Tensor | None
    """(texts, 1, 1, length) in the precision of the pass: what keeps attention off the filling."""

    @property
    def tokens(self) -> int:
        """Rows of the matrix."""
        return self.texts * self.length


def packed_vectors(encoder: BertModel, texts: Sequence[TokenIds], precision: torch.dtype) -> Tensor:
    """Return one vector (n, hidden) a text in fp32: the mean of its token vectors.

    `texts` come shortest first. Computed in `precision`; with dropout where `encoder` is in
    training mode, drawn from torch's own random numbers.
    """
    ids, positions, groups = _pack(texts, encoder.device, precision)
    drop = encoder.config.hidden_dropout_prob if encoder.training else 0.0
    parts: Any = encoder.embeddings
    rows = F.embedding(ids, parts.word_embeddings.weight)
    rows = rows + F.embedding(positions, parts.position_embeddings.weight)
    rows = _norm(rows + parts.token_type_embeddings.weight[0], parts.LayerNorm, torch.float32)
    rows = dropped(rows.to(precision), drop)
    for layer in cast("Any", encoder.encoder.layer):
        heads = encoder.config.num_attention_heads
        seen = _attention(rows, layer.attention.self, heads, groups)
        out = layer.attention.output
        rows = _norm(dropped(_linear(seen, out.dense), drop) + rows, out.LayerNorm, precision)
        wide = F.gelu(_linear(rows, layer.intermediate.dense))
        out = layer.output
        rows = _norm(dropped(_linear(wide, out.dense), drop) + rows, out.LayerNorm, precision)
    means = []
    for part, group in zip(torch.split(rows, [g.tokens for g in groups]), groups, strict=True):
        tokens = part.view(group.texts, group.length, -1).float()
        here = group.mask.unsqueeze(-1)
        means.append((tokens * here).sum(1) / here.sum(1))
    return torch.cat(means)


def dropped(rows: Tensor, share: float) -> Tensor:
    """Return `rows` with a share of 256ths nearest to `share` set to 0 and the rest raised for it.

    Torch draws a number for every entry, which took a sixth of a step; one 64-bit draw has
    bytes for eight.
    """
    limit = round(share * 256)
    if not limit:
        return rows
    count = rows.numel()
    draws = torch.empty((count + 7) // 8, dtype=torch.int64, device=rows.device)
    draws.random_(torch.iinfo(torch.int64).min, None)
    kept = draws.view(torch.uint8)[:count].view(rows.shape) >= limit
    return rows * kept.to(rows.dtype).mul_(256 / (256 - limit))


def _pack(
    texts: Sequence[TokenIds], device: torch.device, precision: torch.dtype
) -> tuple[Tensor, Tensor, list[_Group]]:
    """Return token ids and positions (rows), and the groups that they lie in."""
    ids, positions, groups = [], [], []
    first = 0
    while first < len(texts):
        limit = len(texts[first]) * _LONGER + 1
        last = first
        while last < len(texts) and len(texts[last]) <= limit:
            last += 1
        part = texts[first:last]
        here = torch.from_numpy(mask(part).astype(np.bool_)).to(device)
        hidden = None
        if not bool(here.all()):
            hidden = torch.zeros(len(part), 1, 1, here.shape[1], dtype=precision, device=device)
            hidden.masked_fill_(~here[:, None, None], -1e4)
        groups.append(_Group(len(part), here.shape[1], here, hidden))
        ids.append(torch.from_numpy(padded(part)).to(device).flatten())
        positions.append(torch.arange(here.shape[1], device=device).repeat(len(part)))
        first = last
    return torch.cat(ids), torch.cat(positions), groups


def _attention(rows: Tensor, weights: Any, heads: int, groups: Sequence[_Group]) -> Tensor:
    """Return the self-attention's output (rows, hidden), each text within itself."""
    width = rows.shape[1] // heads
    shrink = 1 / math.sqrt(width)
    matrix = torch.cat(
        [weights.query.weight * shrink, weights.key.weight, weights.value.weight]
    ).to(rows.dtype)
    bias = torch.cat([weights.query.bias * shrink, weights.key.bias, weights.value.bias])
    whole = F.linear(rows, matrix, bias.to(rows.dtype))
    seen = []
    for part, group in zip(torch.split(whole, [g.tokens for g in groups]), groups, strict=True):
        shaped = part.view(group.texts, group.length, 3, heads, width).permute(2, 0, 3, 1, 4)
        query, key, value = shaped.unbind()
        scores = query @ key.transpose(-1, -2)
        if group.hidden is not None:
            scores = scores + group.hidden
        mixed = scores.softmax(-1) @ value
        seen.append(mixed.transpose(1, 2).reshape(group.tokens, heads * width))
    return torch.cat(seen)


def _linear(rows: Tensor, layer: Any) -> Tensor:
    return F.linear(rows, layer.weight.to(rows.dtype), layer.bias.to(rows.dtype))


def _norm(rows: Tensor, layer: Any, precision: torch.dtype) -> Tensor:
    weight, bias = layer.weight.to(precision), layer.bias.to(precision)
    return F.layer_norm(rows.to(precision), (rows.shape[-1],), weight, bias, layer.eps)
