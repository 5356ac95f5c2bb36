"""The head of a coder that learns in seconds: linear over vectors that no training has changed.

It stands where `network.ThreadHead` stands and answers the same call. Two parts add up: what a
message does with words in general (its speech function, mapped to codes), and a linear classifier
over the message and its window. A coder made from a codebook alone has the first part only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from bot.inference.network import HeadSettings, ThreadNetwork

KIND = "speech"
"""The manifest's network.kind of such a coder; a thread head's manifest has no kind."""

_FLOOR = 1e-3  # of a code's share: a code that no function is mapped to stays possible
_SMALLEST = 1e-6  # of a vector's length: the vector of a message that is not there is zero
_CONTEXT = 0.5  # of the message's own features: with a hundred records the window misleads
_SCALARS = 4


@dataclass(frozen=True, slots=True)
class SpeechSettings:
    """Size of the head: how far back it reads, and how many speech functions it tells apart."""

    window: int
    functions: int
    kind: str = KIND

    def __post_init__(self) -> None:
        if self.kind != KIND:
            raise ValueError(f"a head of kind {self.kind!r} is not known")

    def to_dict(self) -> dict[str, Any]:
        """Return the plain form for the bundle's manifest."""
        return asdict(self)

    def width(self, hidden: int) -> int:
        """Return how many features a message has."""
        return 3 * (hidden + self.functions) + _SCALARS


class SpeechHead(nn.Module):
    """Speech functions -> codes, and a linear classifier over message and window.

    `functions` gives a message's speech functions, `shares` (functions, labels) each one's codes,
    `examples` (labels, hidden) where the codebook's examples of a code lie; `trust` weighs these
    against the `classifier`.
    """

    def __init__(self, hidden: int, labels: int, settings: SpeechSettings) -> None:
        super().__init__()
        self.settings = settings
        self.functions = nn.Linear(hidden, settings.functions)
        self.shares = nn.Parameter(torch.full((settings.functions, labels), 1 / labels))
        self.examples = nn.Parameter(torch.zeros(labels, hidden))
        self.trust = nn.Parameter(torch.ones(()))
        self.classifier = nn.Linear(settings.width(hidden), labels)
        nn.init.zeros_(self.classifier.weight)
        nn.init.zeros_(self.classifier.bias)

    def forward(
        self, scenario: Tensor, messages: Tensor, present: Tensor, same_speaker: Tensor
    ) -> Tensor:
        """Return logits (n, labels); the arguments are those of `network.ThreadHead.forward`."""
        prior, features = self.read(scenario, messages, present, same_speaker)
        return cast("Tensor", self.trust * prior + self.classifier(features))

    def read(
        self, scenario: Tensor, messages: Tensor, present: Tensor, same_speaker: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return what the codebook says (n, labels: logits), and features (n, width).

        The features are, of the message, of the one before it and of the window's mean (these two
        weigh less): the unit vector and the probabilities of the functions; then how near the
        message is to the scenario and to the nearest of the window (cosines), whether there is a
        message before it, and whether the same speaker wrote that.
        """
        if messages.shape[1] == 1:  # a window of 0: nothing stands before
            messages = nn.functional.pad(messages, (0, 0, 1, 0))
            present = nn.functional.pad(present, (1, 0))
            same_speaker = nn.functional.pad(same_speaker, (1, 0))
        here = present.to(messages.dtype)
        units = _unit(messages)
        does = self.functions(units).softmax(-1) * here.unsqueeze(-1)
        both = torch.cat([units, does], dim=-1)
        counted = here[:, :-1].sum(1, keepdim=True).clamp_min(1)
        own = units[:, -1]
        near = (units[:, :-1] * own.unsqueeze(1)).sum(-1).amax(1)
        scalars = torch.stack(
            [
                (own * _unit(scenario)).sum(-1),
                near,
                here[:, -2],
                here[:, -2] * same_speaker[:, -2].to(messages.dtype),
            ],
            dim=-1,
        )
        before, mean = both[:, -2], both[:, :-1].sum(1) / counted
        features = torch.cat(
            [both[:, -1], *(_CONTEXT * b for b in (before, mean)), scalars], dim=-1
        )
        prior = (does[:, -1] @ self.shares + _FLOOR).log() + own @ self.examples.T
        return prior, features


class SpeechNetwork(ThreadNetwork):
    """BERT as it was pretrained, and the head over its vectors."""

    def __init__(self, config: BertConfig, labels: int, settings: SpeechSettings) -> None:
        nn.Module.__init__(self)  # the thread network's head is another
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.head = SpeechHead(config.hidden_size, labels, settings)  # type: ignore[assignment]

    @property
    def hidden(self) -> int:
        """Length of a message's vector."""
        return int(self.encoder.config.hidden_size)

    @property
    def speech(self) -> SpeechHead:
        """The head by its own type."""
        return cast("SpeechHead", self.head)


def thread_network(config: BertConfig, labels: int, network: Mapping[str, Any]) -> ThreadNetwork:
    """Return the untrained network that a manifest's `network` entry describes.

    Raises TypeError or ValueError for an entry that describes none.
    """
    if "kind" in network:
        return SpeechNetwork(config, labels, SpeechSettings(**network))
    return ThreadNetwork(config, labels, HeadSettings(**network))


def _unit(vectors: Tensor) -> Tensor:
    """Return the vectors with length 1, zeros as zeros."""
    return cast("Tensor", vectors / vectors.norm(dim=-1, keepdim=True).clamp_min(_SMALLEST))
