"""A bundle's temperature: in every engine alike, kept by the manifest, and none in old bundles."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from bot.encoding.spec import Architecture
from bot.inference.bundle import Bundle, BundleError, Manifest, load_bundle
from bot.inference.fake import fake_bundle
from bot.inference.manifest import FORMAT
from bot.inference.open import open_engine
from tests.tiny import talk_windows
from tests.tiny_bundle import build_tiny_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return build_tiny_bundle(tmp_path_factory.mktemp("warm") / "tiny", Architecture.THREAD)


@pytest.mark.parametrize("kind", ["onnx", "torch", "fake"])
def test_every_engine_divides_its_logits_by_it(bundle: Bundle, kind: str) -> None:
    inputs = [bundle.encoder().encode(window) for window in talk_windows()]
    given = []
    for temperature in (1.0, 2.5):
        warm = Bundle(bundle.path, bundle.manifest.calibrated(temperature, ()))
        engine = open_engine(warm, kind, "cpu", 1)
        given.append(engine.score(inputs).astype(np.float64))
        engine.close()
    powers = given[0] ** (1 / 2.5)
    np.testing.assert_allclose(given[1], powers / powers.sum(axis=1, keepdims=True), atol=1e-5)
    assert (given[1].argmax(axis=1) == given[0].argmax(axis=1)).all()


def test_it_is_part_of_the_coder_and_comes_back_from_the_disk(bundle: Bundle) -> None:
    warm = bundle.manifest.calibrated(1.25, ("9134+ 4402-", "7000+"))
    back = Manifest.from_json(warm.to_json())
    assert (back.temperature, back.held_out) == (1.25, ("9134+ 4402-", "7000+"))
    assert back.fingerprint == warm.fingerprint != bundle.manifest.fingerprint


def test_a_bundle_of_the_first_format_is_the_coder_that_it_was(bundle: Bundle) -> None:
    first = replace(bundle.manifest, format=1)
    plain = json.loads(first.to_json())
    assert not {"temperature", "held_out"} & plain.keys()
    read = Manifest.from_json(first.to_json())
    assert (read.temperature, read.held_out, read.format) == (1.0, (), 1)
    assert read.fingerprint == plain["fingerprint"]
    assert fake_bundle(Bundle(bundle.path, read)).manifest.format == 1


def test_a_temperature_put_into_the_first_format_is_refused(bundle: Bundle) -> None:
    plain = json.loads(replace(bundle.manifest, format=1).to_json())
    with pytest.raises(BundleError, match="unknown"):
        Manifest.from_json(json.dumps({**plain, "temperature": 2.0}))


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan"), float("inf")])
def test_what_divides_nothing_is_refused(bundle: Bundle, temperature: float) -> None:
    with pytest.raises(BundleError, match="temperature"):
        bundle.manifest.calibrated(temperature, ())


def test_what_the_fake_engine_knows_of_groups_is_nothing(bundle: Bundle) -> None:
    known = Bundle(bundle.path, bundle.manifest.calibrated(1.5, ("9134+",)))
    assert fake_bundle(known).manifest.held_out == ()


def test_a_bundle_written_now_has_the_present_format(bundle: Bundle) -> None:
    assert load_bundle(bundle.path).manifest.format == FORMAT
