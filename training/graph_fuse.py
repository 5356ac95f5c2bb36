"""A traced BERT graph -> one of fused operators, which is what makes ONNX Runtime fast."""

from __future__ import annotations

import logging
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.fusion_options import FusionOptions
from transformers import BertConfig

from bot.domain.errors import IntercoderError


class GraphError(IntercoderError):
    """The ONNX graph is not what the network is."""


def fused(graph: bytes, config: BertConfig) -> bytes:
    """Return the graph with BERT's operators fused; raises GraphError unless all are."""
    options = FusionOptions("bert")
    options.enable_gelu_approximation = False  # FastGelu is another function
    with quiet():
        optimized = optimizer.optimize_model(
            onnx.load_from_string(graph),
            model_type="bert",
            num_heads=config.num_attention_heads,
            hidden_size=config.hidden_size,
            optimization_options=options,
            opt_level=0,
        )
    model = cast("onnx.ModelProto", optimized.model)
    if not any(known.domain == "com.microsoft" for known in model.opset_import):
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    layers = config.num_hidden_layers
    expected = {
        "EmbedLayerNormalization": 1,
        "Attention": layers,
        "SkipLayerNormalization": 2 * layers,
        "BiasGelu": layers,
        "FastGelu": 0,
        "LayerNormalization": 0,
        "Softmax": 0,
        "Erf": 0,
    }
    found = Counter(node.op_type for node in model.graph.node)
    wrong = [
        f"{found[op]} {op} for {count}" for op, count in expected.items() if found[op] != count
    ]
    if wrong:
        raise GraphError(
            f"the ONNX graph is not fused as expected ({', '.join(wrong)}): install the versions "
            "of torch, transformers and onnxruntime that constraints.txt names; the base model "
            "must be a BERT with gelu."
        )
    return bytes(model.SerializeToString())


def first_token_only(content: bytes) -> bytes:
    """Return the pair graph with its last layer computed for [CLS] alone.

    The classifier reads no other token, and after the last attention no token sees another:
    the same numbers for an eighth less work.
    """
    model = onnx.load_from_string(content)
    graph = model.graph
    attention = [node for node in graph.node if node.op_type == "Attention"][-1]
    cut = {attention.input[0]: "last_input_cls", attention.output[0]: "last_attention_cls"}
    after = False
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        if after:
            node.input[:] = [cut.get(name, name) for name in node.input]
        nodes.append(node)
        if node == attention:
            after = True
            nodes += [
                helper.make_node("Slice", [long, "cls_from", "cls_to", "cls_axis"], [short])
                for long, short in cut.items()
            ]
    for name, value in (("cls_from", 0), ("cls_to", 1), ("cls_axis", 1)):
        graph.initializer.append(numpy_helper.from_array(np.array([value]), name))
    del graph.node[:]
    graph.node.extend(nodes)
    return bytes(model.SerializeToString())


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the exporters' known remarks off the terminal; what fails still raises."""
    log = logging.getLogger("onnxruntime.transformers")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            # The fusions need the TorchScript exporter; the new one gives nothing they know.
            warnings.filterwarnings("ignore", "You are using the legacy", DeprecationWarning)
            warnings.filterwarnings("ignore", "The feature will be removed", DeprecationWarning)
            warnings.filterwarnings("ignore", "Converting a tensor to a Python")
            warnings.filterwarnings("ignore", "Exporting aten::index operator", UserWarning)
            yield
    finally:
        log.setLevel(before)
