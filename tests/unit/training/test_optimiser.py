"""The rates go as the settings say, and what is new learns at a rate of its own."""

from dataclasses import replace

import pytest
import torch

from bot.encoding.spec import Architecture
from bot.inference.weights import Network
from tests.unit.training.tiny_study import tiny_base, tiny_settings
from training.base import BaseModel, find_base
from training.build import build_network
from training.optimiser import Average, Optimiser


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> BaseModel:
    return find_base(str(tiny_base(tmp_path_factory.mktemp("optimiser") / "base")))


@pytest.fixture(params=list(Architecture), ids=str)
def architecture(request: pytest.FixtureRequest) -> Architecture:
    return request.param


def rates(optimiser: Optimiser, epochs: int, steps: int) -> list[float]:
    """Return the rate before each step."""
    found = []
    for _ in range(epochs):
        for _ in range(steps):
            found.append(optimiser.learning_rate)
            optimiser.step()
        optimiser.end_epoch()
    return found


def push(network: Network, size: float) -> None:
    """Give every weight that learns the same gradient."""
    for parameter in network.parameters():
        if parameter.requires_grad:
            parameter.grad = torch.full_like(parameter, size)


def test_the_paper_lowers_its_rate_by_epoch(base):
    settings = tiny_settings(Architecture.PAIR, schedule="step", gamma=0.81, learning_rate=1e-3)
    network = build_network(base, 3, settings)
    found = rates(Optimiser(network, settings, 2), 3, 2)
    assert found == pytest.approx([1e-3, 1e-3, 0.81e-3, 0.81e-3, 0.81**2 * 1e-3, 0.81**2 * 1e-3])


def test_the_default_warms_up_over_a_tenth_and_goes_down_to_nothing(base):
    settings = tiny_settings(Architecture.PAIR, schedule="linear", learning_rate=1e-3, epochs=4)
    network = build_network(base, 3, settings)
    optimiser = Optimiser(network, settings, 5)
    found = rates(optimiser, 4, 5)
    assert found[:3] == pytest.approx([0.5e-3, 0.95e-3, 0.9e-3])
    assert found[2:] == sorted(found[2:], reverse=True)
    assert optimiser.learning_rate == 0


def test_what_is_new_moves_at_its_own_rate_and_frozen_weights_not_at_all(base, architecture):
    settings = tiny_settings(
        architecture,
        schedule="step",
        learning_rate=1e-3,
        head_learning_rate=1e-1,
        weight_decay=0.0,
        freeze_words=True,
    )
    network = build_network(base, 3, settings)
    before = {n: p.detach().clone() for n, p in network.named_parameters()}
    push(network, 1.0)
    Optimiser(network, settings, 1).step()
    moved = {n: float((p.detach() - before[n]).abs().max()) for n, p in network.named_parameters()}
    for name, way in moved.items():
        # The first step of Adam is the rate itself, whatever the gradient's size.
        rate = 1e-1 if name.startswith(("head.", "classifier.")) else 1e-3
        assert way == pytest.approx(0.0 if "word_embeddings" in name else rate, rel=0.02), name


def test_a_large_gradient_is_clipped_and_then_cleared(base):
    settings = tiny_settings(Architecture.THREAD)
    network = build_network(base, 3, replace(settings, freeze_words=False))
    optimiser = Optimiser(network, settings, 1)
    push(network, 1e6)
    clipped = []

    def spy(*_: object) -> None:
        clipped.append(sum(float(p.grad.norm() ** 2) for p in network.parameters()) ** 0.5)

    optimiser._adam.register_step_pre_hook(spy)
    optimiser.step()
    assert clipped == pytest.approx([1.0], rel=1e-3)
    assert all(p.grad is None for p in network.parameters())


def test_the_running_mean_forgets_the_start_and_leaves_the_last_weights_in_place(base):
    network = build_network(base, 3, tiny_settings(Architecture.THREAD))
    average = Average(network, wanted=True)
    weight = network.head.classifier.bias
    for step in range(1, 101):
        weight.data.fill_(float(step))
        average.update()
    with average.in_place():
        mean = weight[0].item()
    assert weight[0].item() == 100
    # Of degree 8: the mean of a line from 0 to 1 lies at 9/10.
    assert mean == pytest.approx(90, abs=1)


def test_no_mean_is_kept_where_none_is_wanted(base):
    network = build_network(base, 3, tiny_settings(Architecture.THREAD))
    average = Average(network, wanted=False)
    average.update()
    with average.in_place():
        network.head.classifier.bias.data.fill_(7.0)
    assert (network.head.classifier.bias == 7).all()
