"""The fake engine is a coder of its own: what it gives is never taken for a bundle's codes."""

from dataclasses import replace

import pytest

from bot.encoding.spec import Architecture
from bot.inference.bundle import Bundle
from bot.inference.fake import fake_bundle
from bot.inference.open import open_engine


@pytest.fixture(scope="module")
def bundle(tiny_bundle) -> Bundle:
    return tiny_bundle(Architecture.PAIR)


def test_its_fingerprint_is_not_the_bundles(bundle):
    engine = open_engine(bundle, "fake")
    assert engine.fingerprint == fake_bundle(bundle).manifest.fingerprint
    assert engine.fingerprint != bundle.manifest.fingerprint
    assert open_engine(fake_bundle(bundle), "fake").fingerprint == engine.fingerprint


def test_a_bundle_that_is_called_fake_is_not_it_either(bundle):
    called = Bundle(bundle.path, replace(bundle.manifest, name="fake"))
    assert open_engine(called, "fake").fingerprint != called.manifest.fingerprint


def test_it_reads_and_codes_as_the_bundle_does(bundle):
    fake = fake_bundle(bundle)
    assert fake.manifest.name == "fake"
    assert fake.manifest.labels == bundle.manifest.labels
    assert fake.encoder().spec == bundle.encoder().spec
    assert not fake.manifest.training
