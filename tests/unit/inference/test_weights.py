import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from bot.encoding.spec import Architecture
from bot.inference.bundle import Bundle, BundleError
from bot.inference.weights import load_network, save_network


@pytest.fixture(params=list(Architecture), ids=str)
def bundle(
    request: pytest.FixtureRequest, tiny_bundle: Callable[[Architecture], Bundle], tmp_path: Path
) -> Bundle:
    found = tiny_bundle(request.param)
    return replace(found, path=Path(shutil.copytree(found.path, tmp_path / "copy")))


def test_every_weight_comes_back(bundle: Bundle, tmp_path: Path) -> None:
    network = load_network(bundle)
    assert not network.training
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(1)
    save_network(network, bundle.path)
    again = load_network(bundle).state_dict()
    assert all((again[name] == value).all() for name, value in network.state_dict().items())


def test_weights_of_another_number_of_codes_are_refused(bundle: Bundle) -> None:
    fewer = replace(bundle.manifest, labels=bundle.manifest.labels[:2])
    with pytest.raises(BundleError, match="do not fit the manifest") as error:
        load_network(replace(bundle, manifest=fewer))
    assert "\n" not in str(error.value)


def test_weights_that_are_none_are_refused(bundle: Bundle) -> None:
    (bundle.path / "model.safetensors").write_bytes(b"none")
    with pytest.raises(BundleError, match=r"model\.safetensors"):
        load_network(bundle)
