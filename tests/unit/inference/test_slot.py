import asyncio
from collections.abc import Callable

import numpy as np
import pytest

from bot.encoding.encode import Encoder
from bot.encoding.inputs import EncoderInput
from bot.encoding.spec import Architecture
from bot.inference.bundle import Bundle
from bot.inference.engine import EngineError
from bot.inference.fake import fake_engine
from bot.inference.local import LocalEngine
from bot.inference.slot import Slot
from tests.tiny import talk_windows

LABELS = ("a", "b")


@pytest.fixture(scope="module", params=list(Architecture), ids=str)
def encoder(
    request: pytest.FixtureRequest, tiny_bundle: Callable[[Architecture], Bundle]
) -> Encoder:
    return tiny_bundle(request.param).encoder()


@pytest.fixture
def given(encoder: Encoder) -> EncoderInput:
    return encoder.encode(talk_windows()[3])


def closed(engine: LocalEngine, given: EncoderInput) -> bool:
    try:
        engine.score([given])
    except EngineError:
        return True
    return False


async def test_an_empty_slot_says_what_to_do() -> None:
    with pytest.raises(EngineError, match="load a bundle"):
        Slot().use()


async def test_serves_what_was_put_in(encoder: Encoder, given: EncoderInput) -> None:
    slot, engine = Slot(), fake_engine(LABELS, "one")
    await slot.swap(encoder, engine)
    with slot.use() as active:
        assert active.engine.fingerprint == "one"
        assert active.encoder is encoder
        np.testing.assert_array_equal(await active.score(given), engine.score([given])[0])
    await slot.close()
    assert closed(engine, given)


async def test_a_swap_lets_those_in_flight_end_with_the_coder_they_began_with(
    encoder: Encoder, given: EncoderInput
) -> None:
    slot, old, new = Slot(), fake_engine(LABELS, "old"), fake_engine(LABELS, "new", seed=1)
    await slot.swap(encoder, old)
    with slot.use() as active:
        swapping = asyncio.create_task(slot.swap(encoder, new))
        while slot.active is active:  # noqa: ASYNC110 - one turn of the loop at a time
            await asyncio.sleep(0)
        with slot.use() as fresh:
            assert fresh.engine is new
            np.testing.assert_array_equal(await fresh.score(given), new.score([given])[0])
        assert not swapping.done()
        np.testing.assert_array_equal(await active.score(given), old.score([given])[0])
    await swapping
    assert closed(old, given)
    assert not closed(new, given)
    await slot.close()


async def test_a_coder_that_fails_its_warm_up_never_serves(
    encoder: Encoder, given: EncoderInput
) -> None:
    slot, old, broken = Slot(), fake_engine(LABELS), fake_engine(LABELS)
    await slot.swap(encoder, old)
    broken.close()
    with pytest.raises(EngineError, match="closed"):
        await slot.swap(encoder, broken)
    with slot.use() as active:
        assert active.engine is old
        await active.score(given)
    await slot.close()


async def test_the_warm_up_scores_the_longest_input(encoder: Encoder) -> None:
    seen: list[int] = []

    class Watching:
        def logits(self, inputs: list[EncoderInput]) -> np.ndarray:
            seen.extend(given.tokens for given in inputs)
            return np.zeros((len(inputs), 2), dtype=np.float32)

    slot = Slot()
    await slot.swap(encoder, LocalEngine("w", LABELS, "f", Watching()))
    assert max(seen) == encoder.spec.max_tokens
    assert min(seen) < 20
    await slot.close()


async def test_close_twice_and_a_swap_after_it_is_refused(
    encoder: Encoder, given: EncoderInput
) -> None:
    slot, engine = Slot(), fake_engine(LABELS)
    await slot.close()
    await slot.close()
    with pytest.raises(EngineError, match="closed"):
        await slot.swap(encoder, engine)
    assert closed(engine, given)
