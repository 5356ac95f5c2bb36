import copy
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from transformers import BertConfig

from bot.inference.network import HeadSettings, ThreadNetwork, pair_network
from bot.inference.onnx import Graph
from bot.inference.weights import Network
from training import graph
from training.graph import GraphError, export_graphs


def config(**changes: object) -> BertConfig:
    sizes = {
        "vocab_size": 100,
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "max_position_embeddings": 64,
        "initializer_range": 0.3,
    }
    return BertConfig(**{**sizes, **changes})


def build(kind: str, **changes: object) -> Network:
    torch.manual_seed(3)
    if kind == "pair":
        return pair_network(config(**changes), 4)
    return ThreadNetwork(config(**changes), 4, HeadSettings(3, layers=1, heads=2))


@pytest.mark.parametrize(("kind", "file"), [("pair", "model.onnx"), ("thread", "encoder.onnx")])
def test_all_of_bert_is_fused(tmp_path: Path, kind: str, file: str) -> None:
    export_graphs(build(kind), tmp_path)
    count = Counter(node.op_type for node in onnx.load(tmp_path / file).graph.node)
    fused = ("EmbedLayerNormalization", "Attention", "SkipLayerNormalization", "BiasGelu")
    assert [count[op] for op in fused] == [1, 2, 4, 2]
    assert not count["FastGelu"]
    assert not count["LayerNormalization"]


@pytest.mark.parametrize("kind", ["pair", "thread"])
def test_the_network_stays_as_it_is(tmp_path: Path, kind: str) -> None:
    network = build(kind).train()
    before = copy.deepcopy(network.state_dict())
    encoder = network.encoder if isinstance(network, ThreadNetwork) else network
    attention = encoder.config._attn_implementation
    fast = torch.backends.mha.get_fastpath_enabled()
    export_graphs(network, tmp_path)
    assert network.training
    assert encoder.config._attn_implementation == attention
    assert torch.backends.mha.get_fastpath_enabled() == fast
    assert all((network.state_dict()[name] == value).all() for name, value in before.items())


def test_padding_is_masked_at_lengths_other_than_the_example(tmp_path: Path) -> None:
    network = build("thread").eval()
    assert isinstance(network, ThreadNetwork)
    export_graphs(network, tmp_path)
    run = Graph(tmp_path / "encoder.onnx", "cpu", 1)
    for length in (1, 5, 23, 64):
        ids = np.arange(3 * length).reshape(3, length) % 100
        mask = (np.arange(length) < np.array([[length], [1], [length // 2 + 1]])).astype(np.int64)
        with torch.no_grad():
            wanted = network.vectors(torch.from_numpy(ids), torch.from_numpy(mask)).numpy()
        np.testing.assert_allclose(run(ids, mask), wanted, atol=1e-5)
        other = np.where(mask > 0, ids, 7)
        np.testing.assert_array_equal(run(other, mask), run(ids, mask))


def test_absent_places_of_the_head_are_masked_exactly(tmp_path: Path) -> None:
    export_graphs(build("thread"), tmp_path)
    run = Graph(tmp_path / "head.onnx", "cpu", 1)
    chance = np.random.default_rng(0)
    scenario = chance.standard_normal((5, 32)).astype(np.float32)
    messages = chance.standard_normal((5, 4, 32)).astype(np.float32)
    present = np.arange(4) >= np.array([[0], [1], [2], [3], [3]])
    same = chance.integers(0, 2, (5, 4))
    wanted = run(scenario, messages, present, same)
    messages[~present] = 1e3
    np.testing.assert_array_equal(run(scenario, messages, present, same), wanted)


@pytest.mark.parametrize("kind", ["pair", "thread"])
def test_a_graph_that_is_not_the_network_is_refused(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = graph.fused

    def damaged(content: bytes, settings: BertConfig) -> bytes:
        model = onnx.load_from_string(real(content, settings))
        weights = next(i for i in model.graph.initializer if "qkv_weight" in i.name)
        weights.raw_data = np.zeros(tuple(weights.dims), np.float32).tobytes()
        return model.SerializeToString()

    monkeypatch.setattr(graph, "fused", damaged)
    with pytest.raises(GraphError, match="differs from the network"):
        export_graphs(build(kind), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_bert_that_does_not_fuse_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match=r"not fused as expected.*BiasGelu"):
        export_graphs(build("pair", hidden_act="relu"), tmp_path)


def test_export_says_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    export_graphs(build("thread"), tmp_path)
    assert capfd.readouterr() == ("", "")
