"""BERT over packed texts is BERT over each text, and its dropout is dropout."""

import pytest
import torch

from bot.encoding.spec import Architecture
from bot.inference.weights import load_network
from tests.tiny import talk_windows
from training.packed import dropped, packed_vectors
from training.steps import _tensors


@pytest.fixture
def network(tiny_bundle):
    return load_network(tiny_bundle(Architecture.THREAD))


@pytest.fixture
def texts(tiny_bundle):
    encoder = tiny_bundle(Architecture.THREAD).encoder()
    found = {text for w in talk_windows() for text in encoder.encode(w).messages}
    return sorted(found, key=lambda t: (len(t), t))


def test_the_vectors_are_the_networks(network, texts):
    with torch.inference_mode():
        packed = packed_vectors(network.encoder, texts, torch.float32)
        wanted = network.vectors(*_tensors(texts, torch.device("cpu")))
    assert packed.dtype == torch.float32
    torch.testing.assert_close(packed, wanted, rtol=0, atol=1e-5)


def test_half_the_precision_gives_nearly_the_same(network, texts):
    with torch.inference_mode():
        rough = packed_vectors(network.encoder, texts, torch.bfloat16)
        exact = packed_vectors(network.encoder, texts, torch.float32)
    assert rough.dtype == torch.float32
    assert 0 < (rough - exact).abs().max() < 0.1


def test_training_drops_and_the_seed_says_what(network, texts):
    def once(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        return packed_vectors(network.encoder.train(), texts, torch.float32).detach()

    assert torch.equal(once(0), once(0))
    assert not torch.equal(once(0), once(1))


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_dropout_leaves_the_mean_as_it_is(share):
    torch.manual_seed(0)
    found = dropped(torch.ones(999, 101), share)
    assert (found == 0).float().mean() == pytest.approx(share, abs=0.01)
    assert found.mean() == pytest.approx(1, abs=0.01)
    assert len(found.unique()) == 2


def test_no_dropout_touches_nothing():
    rows = torch.ones(3, 3)
    assert dropped(rows, 0.0) is rows
