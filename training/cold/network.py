"""A codebook -> the network that codes by it: functions from the bank, codes by their words."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch's own documentation uses
from tokenizers import Tokenizer

from bot.domain.codebook import Code
from bot.inference.speech import SpeechNetwork, SpeechSettings
from training.base import BaseModel
from training.cold.bank import load_bank, utterances, words
from training.cold.matching import Match, match, with_examples
from training.frozen.logistic import logistic
from training.frozen.vectors import unit_vectors

_PENALTY = 2e-5  # of the functions' weights: a few dozen short utterances a function are little

_NEARNESS = 6.0  # logits of a message that is what the examples of a code are on average


def first_network(
    base: BaseModel,
    codes: Sequence[Code],
    scenarios: Sequence[str],
    *,
    window: int,
    seed: int,
) -> tuple[SpeechNetwork, Match]:
    """Return a network for `codes`, its labels in order, that no record has taught; and the match.

    `scenarios` are the texts of the cases, as far as they are known: their words fill the bank's
    slots. The classifier over the window is zero. Takes seconds.
    """
    tokenizer = Tokenizer.from_str(base.tokenizer_json)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    bank = load_bank()
    settings = SpeechSettings(window, len(bank.functions))
    network = SpeechNetwork(base.config, len(codes), settings)
    network.encoder = base.encoder(pooler=False)
    said = utterances(bank, words(scenarios, bank.common), seed)
    does = logistic(
        unit_vectors(network.encoder, tokenizer, [u.text for u in said]),
        F.one_hot(torch.tensor([u.function for u in said]), len(bank.functions)).float(),
        _PENALTY,
        weights=torch.tensor([u.weight for u in said]),
    )
    matched = match(bank, codes, network.encoder, tokenizer)
    head = network.speech
    with torch.no_grad():
        head.functions.weight.copy_(does.weight)
        head.functions.bias.copy_(does.bias)
        given = [(text, n) for n, code in enumerate(codes) for text in code.examples]
        if given:
            where = unit_vectors(network.encoder, tokenizer, [text for text, _ in given])
            of = F.one_hot(torch.tensor([n for _, n in given]), len(codes)).float()
            matched = with_examples(matched, head.functions(where).softmax(-1), of)
            head.examples.copy_(_NEARNESS * F.normalize(of.T @ where, dim=-1))
        head.shares.copy_(matched.shares)
    return network.eval(), matched
