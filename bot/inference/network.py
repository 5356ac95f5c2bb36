"""The two networks as torch modules; training and the torch engine share them.

Only this file, `speech.py` and `torch.py` beside it and `training` import torch.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertForSequenceClassification, BertModel


@dataclass(frozen=True, slots=True)
class HeadSettings:
    """Size of the thread head: its layers look over the vectors of the last messages."""

    window: int
    layers: int = 2
    heads: int = 6
    dropout: float = 0.2

    def to_dict(self) -> dict[str, Any]:
        """Return the plain form for the bundle's manifest."""
        return asdict(self)


class ThreadHead(nn.Module):
    """A small causal transformer over message vectors, and the classifier.

    The sequence is: the scenario's vector, then the window's message vectors oldest first,
    the message to be coded last. Each carries an embedding of its distance to that message
    and of whether the same speaker wrote it. The last output and the message's own vector
    together give the code.
    """

    def __init__(self, hidden: int, labels: int, settings: HeadSettings) -> None:
        super().__init__()
        self.settings = settings
        self.distance = nn.Embedding(settings.window + 1, hidden)
        self.speaker = nn.Embedding(2, hidden)
        self.case = nn.Parameter(torch.zeros(hidden))
        layer = nn.TransformerEncoderLayer(
            hidden,
            settings.heads,
            dim_feedforward=2 * hidden,
            dropout=settings.dropout,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.entry = nn.LayerNorm(hidden)
        self.layers = nn.TransformerEncoder(
            layer, settings.layers, norm=nn.LayerNorm(hidden), enable_nested_tensor=False
        )
        self.dropout = nn.Dropout(settings.dropout)
        self.classifier = nn.Linear(2 * hidden, labels)
        nn.init.normal_(self.distance.weight, std=0.02)
        nn.init.normal_(self.speaker.weight, std=0.02)

    def forward(
        self, scenario: Tensor, messages: Tensor, present: Tensor, same_speaker: Tensor
    ) -> Tensor:
        """Return logits (n, labels).

        `scenario` (n, hidden); `messages` (n, length, hidden), right-aligned: the message to
        be coded stands last, missing earlier ones are zeros; `present` (n, length) bool;
        `same_speaker` (n, length) int64, 0 or 1. `length` is at most window + 1.
        """
        length = messages.shape[1]
        distance = length - 1 - torch.arange(length, device=messages.device)
        vectors = self.entry(messages) + self.distance(distance) + self.speaker(same_speaker)
        case = (self.entry(scenario) + self.case).unsqueeze(1)
        sequence = torch.cat([case, vectors], dim=1)
        absent = torch.cat([torch.zeros_like(present[:, :1]), ~present], dim=1)
        future = torch.ones(length + 1, length + 1, dtype=torch.bool, device=messages.device)
        seen = self.layers(
            sequence, mask=torch.triu(future, diagonal=1), src_key_padding_mask=absent
        )
        both = torch.cat([seen[:, -1], messages[:, -1]], dim=-1)
        return cast("Tensor", self.classifier(self.dropout(both)))


class ThreadNetwork(nn.Module):
    """BERT over single texts, and the head over their vectors."""

    def __init__(self, config: BertConfig, labels: int, settings: HeadSettings) -> None:
        super().__init__()
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.head = ThreadHead(config.hidden_size, labels, settings)

    def vectors(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return one vector (n, hidden) a text: the mean of its token vectors."""
        tokens = self.encoder(
            input_ids=input_ids,
            attention_mask=attention_mask,
            token_type_ids=torch.zeros_like(input_ids),
        ).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(tokens.dtype)
        return cast("Tensor", (tokens * mask).sum(1) / mask.sum(1))


def pair_network(config: BertConfig, labels: int) -> BertForSequenceClassification:
    """Return the paper's network: BERT with a classifier over the pooled [CLS] vector."""
    # The names of another task's labels would contradict the number, and be warned about.
    kept = {k: v for k, v in config.to_dict().items() if k not in ("id2label", "label2id")}
    return BertForSequenceClassification(BertConfig.from_dict({**kept, "num_labels": labels}))
