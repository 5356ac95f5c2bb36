"""The trained torch network -> fused ONNX graphs, held to the network's own answers."""

from __future__ import annotations

import copy
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from transformers import BertConfig, BertForSequenceClassification

from bot.inference.local import Scorer, softmax
from bot.inference.network import ThreadNetwork
from bot.inference.onnx import Graph
from bot.inference.pair import PairScorer
from bot.inference.thread import ThreadScorer
from bot.inference.torch import network_scorer
from bot.inference.weights import Network
from training.graph_fuse import GraphError, first_token_only, fused, quiet
from training.graph_sample import sample_inputs

__all__ = ["GraphError", "export_graphs"]

_OPSET = 17  # the last that the TorchScript exporter and the fusions were made for
_TOLERANCE = 1e-4  # of a probability; fp32 on both sides gives about 1e-6


def export_graphs(network: Network, folder: Path) -> None:
    """Write the network's ONNX graph(s) into `folder`: what the onnx engine of a bundle runs.

    `pair`: model.onnx (input_ids, attention_mask, token_type_ids -> logits). `thread`:
    encoder.onnx (input_ids, attention_mask -> vectors) and head.onnx. The network itself
    stays as it is. Raises GraphError if a fusion is missing, or a graph gives other
    probabilities (over 1e-4) or codes than the network on a seeded sample.
    """
    frozen = copy.deepcopy(network).cpu().float().eval()
    # The fusions know the attention that is written out, not torch's fused one.
    encoder = frozen.encoder if isinstance(frozen, ThreadNetwork) else frozen
    encoder.set_attn_implementation("eager")
    graphs: dict[str, bytes] = {}
    if isinstance(frozen, ThreadNetwork):
        graphs["encoder.onnx"] = fused(_export_encoder(frozen), frozen.encoder.config)
        graphs["head.onnx"] = _export_head(frozen)
        scorer: Scorer = ThreadScorer(
            Graph(graphs["encoder.onnx"], "cpu", None),
            Graph(graphs["head.onnx"], "cpu", None),
            window=frozen.head.settings.window,
        )
    else:
        whole = fused(_export_pair(frozen), frozen.config)
        graphs["model.onnx"] = first_token_only(whole)
        scorer = PairScorer(Graph(graphs["model.onnx"], "cpu", None))
    _check_answers(scorer, frozen)
    for name, content in graphs.items():
        (folder / name).write_bytes(content)


class _Pair(nn.Module):
    def __init__(self, network: BertForSequenceClassification) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        output = self.network(input_ids=ids, attention_mask=mask, token_type_ids=types)
        return cast("Tensor", output.logits)


class _Vectors(nn.Module):
    """ThreadNetwork.vectors, with the mean over tokens written as a matrix product.

    ONNX Runtime sums in another order when the batch is a single text; a product of each
    text's own matrix it computes alike in any company, and so to the same last bit.
    """

    def __init__(self, network: ThreadNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        types = torch.zeros_like(ids)
        tokens = self.network.encoder(ids, attention_mask=mask, token_type_ids=types)[0]
        weights = mask.to(tokens.dtype) / mask.sum(1, keepdim=True).to(tokens.dtype)
        return torch.bmm(weights.unsqueeze(1), tokens).squeeze(1)


def _export_pair(network: BertForSequenceClassification) -> bytes:
    ids, mask = _example(network.config)
    names = ("input_ids", "attention_mask", "token_type_ids")
    return _traced(_Pair(network), (ids, mask, torch.zeros_like(ids)), names, "logits", 2)


def _export_encoder(network: ThreadNetwork) -> bytes:
    ids, mask = _example(network.encoder.config)
    return _traced(_Vectors(network), (ids, mask), ("input_ids", "attention_mask"), "vectors", 2)


def _export_head(network: ThreadNetwork) -> bytes:
    hidden, places = network.encoder.config.hidden_size, network.head.settings.window + 1
    rows = 3
    arrays = (
        torch.randn(rows, hidden),
        torch.randn(rows, places, hidden),
        torch.ones(rows, places, dtype=torch.bool),
        torch.zeros(rows, places, dtype=torch.long),
    )
    names = ("scenario", "messages", "present", "same_speaker")
    # Only the number of messages varies: the engine always fills all places.
    return _traced(network.head, arrays, names, "logits", 1)


def _example(config: BertConfig) -> tuple[Tensor, Tensor]:
    """Return ids and mask (2, 7), with padding: no tracer can take the mask for all ones."""
    ids = torch.arange(14).reshape(2, 7) % config.vocab_size
    mask = torch.ones_like(ids)
    mask[1, 5:] = 0
    return ids, mask


def _traced(
    module: nn.Module,
    arrays: tuple[Tensor, ...],
    names: Sequence[str],
    output: str,
    free: int,
) -> bytes:
    """Return the graph of `module`; the first `free` axes of every input may vary."""
    axes = {name: dict(enumerate(("batch", "length")[:free])) for name in names}
    file = io.BytesIO()
    with quiet(), _written_out_attention(), torch.no_grad():
        torch.onnx.export(
            module.eval(),
            arrays,
            file,  # type: ignore[arg-type]  # an open file will do, too
            dynamo=False,
            opset_version=_OPSET,
            input_names=list(names),
            output_names=[output],
            dynamic_axes={**axes, output: {0: "batch"}},
        )
    return file.getvalue()


def _check_answers(scorer: Scorer, network: Network) -> None:
    inputs = sample_inputs(network)
    with _written_out_attention():
        wanted = softmax(network_scorer(network).logits(inputs))
    given = softmax(scorer.logits(inputs))
    worst = float(np.abs(given - wanted).max())
    # Two codes that torch itself cannot tell apart within the tolerance are a tie.
    ours = np.take_along_axis(wanted, given.argmax(axis=1, keepdims=True), axis=1)[:, 0]
    other = int((wanted.max(axis=1) - ours > _TOLERANCE).sum())
    if not worst <= _TOLERANCE or other:
        raise GraphError(
            f"the ONNX graph differs from the network by {worst:.2g} in a probability and in "
            f"{other} of {len(inputs)} codes: install the versions of torch, transformers and "
            "onnxruntime that constraints.txt names."
        )


@contextmanager
def _written_out_attention() -> Iterator[None]:
    """Keep nn.TransformerEncoder off its fast path, which no graph can hold."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)
