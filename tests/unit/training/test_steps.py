"""The training forward pass is the same function as an engine's answer."""

import numpy as np
import pytest
import torch

from bot.encoding.spec import Architecture
from bot.inference.local import softmax
from bot.inference.open import open_engine
from bot.inference.weights import load_network
from tests.tiny import talk_windows
from training import packed
from training.steps import logits


@pytest.fixture(params=list(Architecture), ids=str)
def bundle(request, tiny_bundle):
    return tiny_bundle(request.param)


@pytest.fixture
def inputs(bundle):
    encoder = bundle.encoder()
    return [encoder.encode(window) for window in talk_windows()]


def answer(bundle, inputs) -> np.ndarray:
    with torch.inference_mode():
        return logits(load_network(bundle), inputs).numpy()


def test_an_inputs_logits_do_not_depend_on_the_others_in_the_step(bundle, inputs):
    together = answer(bundle, inputs)
    alone = np.concatenate([answer(bundle, [one]) for one in inputs])
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-5)
    turned = answer(bundle, [*inputs[::-1], inputs[0]])
    np.testing.assert_allclose(together, turned[-2::-1], rtol=0, atol=1e-5)
    assert len({row.tobytes() for row in together}) == len(inputs)  # they are not all alike


@pytest.mark.parametrize("kind", ["onnx", "torch"])
def test_they_are_the_engines_answer(bundle, inputs, kind):
    engine = open_engine(bundle, kind, "cpu", 1)
    np.testing.assert_allclose(
        softmax(answer(bundle, inputs)), engine.score(inputs), rtol=0, atol=1e-5
    )


def test_filling_texts_up_to_like_length_changes_nothing(bundle, inputs, monkeypatch):
    whole = answer(bundle, inputs)
    monkeypatch.setattr(packed, "_LONGER", 100.0)
    np.testing.assert_allclose(whole, answer(bundle, inputs), rtol=0, atol=1e-5)


def test_every_weight_gets_a_gradient(bundle, inputs):
    network = load_network(bundle).train()
    logits(network, inputs).square().sum().backward()
    without = [n for n, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    # A key's bias moves all attention scores of a query alike: softmax takes it out again.
    assert all("key.bias" in name for name in without)
