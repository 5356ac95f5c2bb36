"""Texts -> unit vectors of the pretrained encoder, each text once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's own documentation uses
from tokenizers import Tokenizer
from torch import Tensor
from transformers import BertModel

from bot.inference.vectors import TokenIds
from training.packed import packed_vectors

_AT_ONCE = 256  # texts in one pass: a progress bar's grain
_LONGEST = 128  # tokens of a codebook's phrase; what is beyond says little of its kind


def token_ids(tokenizer: Tokenizer, texts: Sequence[str], longest: int) -> list[TokenIds]:
    """Return the texts as token ids with [CLS] and [SEP], cut to `longest` tokens."""
    found = tokenizer.encode_batch(list(texts))
    return [(*e.ids[:-1][: longest - 1], e.ids[-1]) for e in found]


def vectors(
    encoder: BertModel,
    texts: Sequence[TokenIds],
    progress: Callable[[int], None] = lambda _: None,
) -> dict[TokenIds, Tensor]:
    """Return the mean vector (hidden,) of every text, as the coder itself will compute it.

    `progress` is told how many of the different texts are done.
    """
    ordered = sorted(dict.fromkeys(texts), key=lambda t: (len(t), t))
    found: dict[TokenIds, Tensor] = {}
    encoder.train(mode=False)
    with torch.inference_mode():
        for start in range(0, len(ordered), _AT_ONCE):
            part = ordered[start : start + _AT_ONCE]
            rows = packed_vectors(encoder, part, torch.float32)
            found.update(zip(part, rows, strict=True))
            progress(len(found))
    return found


def unit_vectors(encoder: BertModel, tokenizer: Tokenizer, texts: Sequence[str]) -> Tensor:
    """Return vectors (n, hidden) of length 1, whose products are cosines."""
    longest = min(_LONGEST, int(encoder.config.max_position_embeddings))
    ids = token_ids(tokenizer, texts, longest)
    found = vectors(encoder, ids)
    return F.normalize(torch.stack([found[i] for i in ids]), dim=-1)
