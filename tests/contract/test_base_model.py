"""The default base model, real texts: the engines agree, and a message stands alone."""

import numpy as np
import pytest

from bench.bundles import random_bundle
from bench.engines import live_process
from bench.texts import SAMPLE, SHAPES, TextMaker
from bot.domain.layout import load_transcript
from bot.domain.window import windows
from bot.encoding.inputs import PairInput
from bot.encoding.spec import Architecture
from bot.inference.bundle import Bundle
from bot.inference.open import open_engine
from training.base import find_base


@pytest.fixture(scope="module", params=list(Architecture), ids=str)
def bundle(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return random_bundle(tmp_path_factory.mktemp("base") / "bundle", request.param, find_base())


def test_a_live_process_stays_small_and_loads_no_torch(bundle: Bundle) -> None:
    found = live_process(bundle.path, threads=1, messages=40)
    assert found["messages"] == 40
    assert found["peak_mb"] < 500
    assert not found["torch"]


def test_onnx_gives_the_codes_of_torch_on_real_text(bundle: Bundle) -> None:
    encoder, limit = bundle.encoder(), bundle.manifest.spec.window
    texts = TextMaker(bundle.tokenizer())
    made = [window for shape in SHAPES for window in texts.talk(shape, 3)]
    talk = load_transcript(SAMPLE).discussions[0]
    real = windows(talk, limit)[:12]
    inputs = [encoder.encode(window) for window in (*made, *real)]
    if bundle.manifest.architecture is Architecture.PAIR:
        assert {i.tokens for i in inputs[:9] if isinstance(i, PairInput)} == {20, 160, 480}

    onnx = open_engine(bundle, "onnx", "cpu", 2)
    torch = open_engine(bundle, "torch", "cpu", 2).score(inputs)
    together = onnx.score(inputs)
    np.testing.assert_allclose(together, torch, rtol=0, atol=1e-5)
    assert (together.argmax(axis=1) == torch.argmax(axis=1)).all()

    fresh = open_engine(bundle, "onnx", "cpu", 2)
    alone = np.concatenate([fresh.score([given]) for given in reversed(inputs)])[::-1]
    # More than the 1e-5 that is promised: batches without padding give the same bits.
    np.testing.assert_array_equal(together, alone)
