"""Messages as the head reads them, computed once: the vectors do not change while it learns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from bot.encoding.inputs import EncoderInput, ThreadInput
from bot.inference.speech import SpeechNetwork
from bot.inference.vectors import TokenIds
from training.frozen.vectors import vectors

_AT_ONCE = 512  # messages: bounds the memory of their windows' vectors


@dataclass(frozen=True)
class Reading:
    """What `SpeechHead.read` gives to n messages: `prior` (n, labels), `features` (n, width)."""

    prior: Tensor
    features: Tensor

    def rows(self, chosen: Sequence[int]) -> Reading:
        """Return the rows of `chosen` messages."""
        places = torch.tensor(chosen, dtype=torch.long)
        return Reading(self.prior[places], self.features[places])


def read(
    network: SpeechNetwork,
    inputs: Sequence[EncoderInput],
    progress: Callable[[str, int, int], None] = lambda *_: None,
    cache: dict[TokenIds, Tensor] | None = None,
) -> Reading:
    """Return the reading of `inputs`, of the thread encoder, in their order.

    `cache` holds vectors of the same pretrained encoder by text, and gets what it lacks.
    """
    threads = [cast("ThreadInput", i) for i in inputs]
    texts = list(dict.fromkeys(text for t in threads for text in (t.scenario, *t.messages)))
    known = {} if cache is None else cache
    missing = [text for text in texts if text not in known]
    known |= vectors(
        network.encoder, missing, lambda done: progress("texts read", done, len(missing))
    )
    row = {text: n for n, text in enumerate(texts)}
    # One row of zeros at the end stands for messages that are not there.
    table = torch.cat(
        [torch.stack([known[text] for text in texts]), torch.zeros(1, network.hidden)]
    )
    with torch.inference_mode():
        parts = [
            _rows(network, threads[start : start + _AT_ONCE], row, table)
            for start in range(0, len(threads), _AT_ONCE)
        ]
    # Copies: what inference mode made cannot be learned from.
    return Reading(
        torch.cat([prior for prior, _ in parts]).clone(),
        torch.cat([features for _, features in parts]).clone(),
    )


def _rows(
    network: SpeechNetwork,
    threads: Sequence[ThreadInput],
    row: dict[tuple[int, ...], int],
    table: Tensor,
) -> tuple[Tensor, Tensor]:
    length = network.speech.settings.window + 1
    places = torch.full((len(threads), length), len(row), dtype=torch.long)
    same = torch.zeros((len(threads), length), dtype=torch.long)
    for n, item in enumerate(threads):
        first = length - len(item.messages)
        places[n, first:] = torch.tensor([row[m] for m in item.messages])
        same[n, first:] = torch.tensor(item.same_speaker, dtype=torch.long)
    scenario = table[torch.tensor([row[t.scenario] for t in threads])]
    return network.speech.read(scenario, table[places], places != len(row), same)
