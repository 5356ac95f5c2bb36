"""Made-up inputs on which a graph is compared with the network it came from."""

from __future__ import annotations

import random

from bot.encoding.inputs import EncoderInput, PairInput, ThreadInput
from bot.inference.network import ThreadNetwork
from bot.inference.weights import Network

_SEED = 20
_LENGTHS = (3, 4, 7, 20, 20, 33, 64, 160, 480)


def sample_inputs(network: Network) -> list[EncoderInput]:
    """Return inputs of many lengths for `network`, the same in every run."""
    # Not for secrets: any fixed spread of token ids does.
    chance = random.Random(_SEED)  # noqa: S311
    config = network.encoder.config if isinstance(network, ThreadNetwork) else network.config
    lengths = [length for length in _LENGTHS if length <= config.max_position_embeddings]

    def ids(length: int) -> tuple[int, ...]:
        return tuple(chance.randrange(config.vocab_size) for _ in range(length))

    if isinstance(network, ThreadNetwork):
        window = network.head.settings.window
        texts = [ids(length) for length in lengths]
        given: list[EncoderInput] = []
        for number in range(2 * (window + 1)):
            earlier = number % (window + 1)
            messages = tuple(chance.choice(texts) for _ in range(earlier + 1))
            same = (*(chance.random() < 0.5 for _ in range(earlier)), True)
            given.append(ThreadInput(chance.choice(texts), messages, same, cut=False))
        return given
    return [
        PairInput(ids(length), (0,) * (length // 2) + (1,) * (length - length // 2), 0, cut=False)
        for length in lengths * 2
    ]
