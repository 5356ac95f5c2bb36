"""Which codes a speech function goes with, by how alike their descriptions are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import BertModel

from bot.domain.codebook import Code
from training.cold.bank import Bank
from training.cold.phrases import Phrases, phrases, signs
from training.frozen.vectors import unit_vectors

_BEST = 2  # of a function's phrases count: a code need not be like all of them
_SURE = 0.45  # cosine from which a function's own phrases decide alone
_FAMILY = 0.5  # weight of the family's phrases below that
_SHARP = 0.05  # difference of cosines that makes a code e times as likely
_OTHER_SIGN = 0.1  # cosine that a code loses for each sign that it or the function alone has
_EXAMPLES = 8.0  # log odds of a code that all examples of a function belong to
_FEW = 0.3  # examples that a function has of no code: one alone does not say it all


@dataclass(frozen=True)
class Match:
    """`alike` (functions, labels) are cosines, `shares` the same as each function's codes."""

    alike: Tensor
    shares: Tensor

    @property
    def best(self) -> Tensor:
        """How well each label is met by its best function (labels,)."""
        return self.alike.amax(0)


def match(bank: Bank, codes: Sequence[Code], encoder: BertModel, tokenizer: Tokenizer) -> Match:
    """Return how the bank's functions spread over `codes`, the labels in their order."""
    described = [phrases(code, [c.code for c in codes]) for code in codes]
    own = _alike([f.means for f in bank.functions], described, encoder, tokenizer)
    kinds = list(bank.families)
    family = _alike(list(bank.families.values()), described, encoder, tokenizer)
    family = family[[kinds.index(f.family) for f in bank.functions]]
    weight = torch.where(own.amax(1, keepdim=True) < _SURE, _FAMILY, 0.0)
    alike = (1 - weight) * own + weight * family - _OTHER_SIGN * _mismatches(bank, codes)
    return Match(alike, (alike / _SHARP).softmax(-1))


def with_examples(matched: Match, does: Tensor, of: Tensor) -> Match:
    """Return the match in the light of the codes' examples.

    `does` (n, functions) are the probabilities of the functions of n examples, `of` (n, labels)
    their codes, one-hot.
    """
    counted = does.T @ of
    share = counted / (counted.sum(1, keepdim=True) + _FEW)
    return Match(matched.alike, (matched.alike / _SHARP + _EXAMPLES * share).softmax(-1))


def _mismatches(bank: Bank, codes: Sequence[Code]) -> Tensor:
    """Return how many signs only the function or only the code has (functions, codes).

    A sign that no code has sets nothing apart.
    """
    found = [signs(code, bank.signs) for code in codes]
    used = frozenset().union(*found)
    return torch.tensor(
        [
            [float(len((frozenset({f.sign} - {""}) ^ of) & used)) for of in found]
            for f in bank.functions
        ]
    )


def _alike(
    means: Sequence[tuple[str, ...]],
    described: Sequence[Phrases],
    encoder: BertModel,
    tokenizer: Tokenizer,
) -> Tensor:
    """Return cosines (functions, codes): the mean over title, whole and the nearest clause."""
    flat = unit_vectors(encoder, tokenizer, [phrase for several in means for phrase in several])
    owner = [n for n, several in enumerate(means) for _ in several]
    columns = []
    for code in described:
        texts = [code.title, code.whole, *(code.clauses or (code.whole,))]
        near = flat @ unit_vectors(encoder, tokenizer, texts).T
        columns.append((near[:, 0] + near[:, 1] + near[:, 2:].amax(1)) / 3)
    by_phrase = torch.stack(columns, dim=1)
    rows = []
    for number in range(len(means)):
        mine = by_phrase[[n for n, of in enumerate(owner) if of == number]]
        rows.append(mine.topk(min(_BEST, len(mine)), dim=0).values.mean(0))
    return torch.stack(rows)
