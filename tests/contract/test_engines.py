"""Every engine keeps the same contract, for both architectures."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.encoding.inputs import EncoderInput, PairInput, ThreadInput
from bot.encoding.spec import Architecture
from bot.inference.bundle import Bundle
from bot.inference.engine import Engine, EngineError
from bot.inference.fake import fake_bundle
from bot.inference.open import open_engine
from tests.tiny import LABELS, talk_windows

BundleOf = Callable[[Architecture], Bundle]
REAL = ("onnx", "torch")


@pytest.fixture(scope="module", params=list(Architecture), ids=str)
def bundle(request: pytest.FixtureRequest, tiny_bundle: BundleOf) -> Bundle:
    return tiny_bundle(request.param)


@pytest.fixture(scope="module", params=["onnx", "torch", "fake"])
def engine(request: pytest.FixtureRequest, bundle: Bundle) -> Iterator[Engine]:
    opened = open_engine(bundle, request.param, "cpu", 1)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def inputs(bundle: Bundle) -> list[EncoderInput]:
    encoder = bundle.encoder()
    return [encoder.encode(window) for window in talk_windows()]


@pytest.fixture(scope="module")
def alone(engine: Engine, inputs: list[EncoderInput]) -> np.ndarray:
    return np.concatenate([engine.score([given]) for given in inputs])


def test_gives_one_row_of_probabilities_an_input(
    engine: Engine, inputs: list[EncoderInput]
) -> None:
    rows = engine.score(inputs)
    assert rows.shape == (len(inputs), len(LABELS))
    assert rows.dtype == np.float32
    assert (rows >= 0).all()
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-6)


def test_answers_differ_between_messages(alone: np.ndarray) -> None:
    # Without this an engine that ignores its input would keep most of the contract.
    assert len({tuple(row) for row in alone}) == len(alone)


def test_knows_whose_answers_it_gives(engine: Engine, bundle: Bundle) -> None:
    assert engine.labels == bundle.manifest.labels
    coder = fake_bundle(bundle) if engine.name == "fake" else bundle
    assert engine.fingerprint == coder.manifest.fingerprint
    assert engine.name


def test_gives_nothing_for_nothing(engine: Engine) -> None:
    assert engine.score([]).shape == (0, len(LABELS))


@given(data=st.data())
def test_a_row_does_not_depend_on_company_or_order(
    data: st.DataObject, engine: Engine, inputs: list[EncoderInput], alone: np.ndarray
) -> None:
    chosen = data.draw(st.lists(st.integers(0, len(inputs) - 1), min_size=1, max_size=25))
    rows = engine.score([inputs[n] for n in chosen])
    np.testing.assert_allclose(rows, alone[chosen], rtol=0, atol=1e-5)
    assert (rows.argmax(axis=1) == alone[chosen].argmax(axis=1)).all()


def test_scores_from_several_threads_at_once(
    engine: Engine, inputs: list[EncoderInput], alone: np.ndarray
) -> None:
    with ThreadPoolExecutor(4) as pool:
        for rows in pool.map(lambda _: engine.score(inputs), range(12)):
            np.testing.assert_allclose(rows, alone, rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", ["onnx", "torch", "fake"])
def test_close_can_be_called_twice_and_scoring_then_is_an_error(
    kind: str, bundle: Bundle, inputs: list[EncoderInput]
) -> None:
    opened = open_engine(bundle, kind, "cpu", 1)
    opened.close()
    opened.close()
    with pytest.raises(EngineError, match="closed"):
        opened.score(inputs[:1])


@pytest.mark.parametrize("kind", ["onnx", "torch", "fake"])
def test_opened_again_it_gives_the_same_bits(
    kind: str, bundle: Bundle, inputs: list[EncoderInput]
) -> None:
    first, second = (open_engine(bundle, kind, "cpu", 1) for _ in range(2))
    np.testing.assert_array_equal(first.score(inputs), second.score(inputs))


def test_onnx_gives_the_same_bits_in_any_company(
    bundle: Bundle, inputs: list[EncoderInput]
) -> None:
    opened = open_engine(bundle, "onnx", "cpu", 1)
    together = opened.score(inputs * 3)
    for position, given_ in enumerate(inputs * 3):
        fresh = open_engine(bundle, "onnx", "cpu", 1) if position < 3 else opened
        np.testing.assert_array_equal(fresh.score([given_])[0], together[position])


def test_onnx_agrees_with_torch(bundle: Bundle, inputs: list[EncoderInput]) -> None:
    onnx, torch = (open_engine(bundle, kind, "cpu", 1).score(inputs) for kind in REAL)
    np.testing.assert_allclose(onnx, torch, rtol=0, atol=1e-5)
    assert (onnx.argmax(axis=1) == torch.argmax(axis=1)).all()


@pytest.mark.parametrize("kind", REAL)
def test_input_of_the_other_architecture_is_refused(kind: str, bundle: Bundle) -> None:
    pair = PairInput((2, 5, 3), (0, 0, 1), 0, cut=False)
    thread = ThreadInput((2, 5, 3), ((2, 5, 3),), (True,), cut=False)
    wrong = thread if bundle.manifest.architecture is Architecture.PAIR else pair
    opened = open_engine(bundle, kind, "cpu", 1)
    with pytest.raises(EngineError, match="encoder of the same bundle"):
        opened.score([wrong])


@pytest.mark.parametrize("kind", REAL)
def test_token_ids_that_are_none_are_an_engine_error(kind: str, bundle: Bundle) -> None:
    opened = open_engine(bundle, kind, "cpu", 1)
    pair = PairInput((2, 9999, 3), (0, 0, 1), 0, cut=False)
    thread = ThreadInput((2, 9999, 3), ((2, 5, 3),), (True,), cut=False)
    wrong = pair if bundle.manifest.architecture is Architecture.PAIR else thread
    with pytest.raises(EngineError, match="could not be run"):
        opened.score([wrong])
