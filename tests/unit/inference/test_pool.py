"""Models in memory: each once, warmed up before anybody has it, closed after its last user."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bot.encoding.encode import Encoder
from bot.encoding.inputs import EncoderInput
from bot.encoding.spec import Architecture
from bot.inference.batcher import Batcher
from bot.inference.bundle import Bundle, BundleError
from bot.inference.engine import EngineError
from bot.inference.local import LocalEngine
from bot.inference.pool import Model, Pool, opener, warm_up
from tests.tiny import talk_windows


@pytest.fixture(scope="module", params=list(Architecture), ids=str)
def bundle(request: pytest.FixtureRequest, tiny_bundle: Callable[[Architecture], Bundle]) -> Bundle:
    return tiny_bundle(request.param)


@pytest.fixture
def given(bundle: Bundle) -> EncoderInput:
    return bundle.encoder().encode(talk_windows()[3])


async def test_a_model_is_loaded_once_and_closed_after_its_last_user(
    bundle: Bundle, given: EncoderInput
) -> None:
    pool = Pool(opener("fake", "cpu", 1), bundle.path)
    one, two = await asyncio.gather(pool.take(bundle.path), pool.take(bundle.path))
    assert one is two
    assert pool.models == (one,)
    assert await pool.take(Path("nowhere"), one.fingerprint) is one  # it is in memory
    await pool.give_back(one)
    await pool.give_back(one)
    assert (await one.batcher.score(given)).shape == (len(bundle.manifest.labels),)
    waiting = asyncio.create_task(one.batcher.score(given))
    await asyncio.sleep(0)
    await pool.give_back(one)
    assert (await waiting).sum() == pytest.approx(1, abs=1e-5)  # who was let in is answered
    assert pool.models == ()
    with pytest.raises(EngineError, match="closed"):
        one.batcher.engine.score([given])


async def test_it_loads_beside_the_loop(bundle: Bundle) -> None:
    loop, threads = threading.get_ident(), []
    load = opener("fake", "cpu", 1)

    def noted(folder: Path) -> Model:
        threads.append(threading.get_ident())
        return load(folder)

    pool = Pool(noted, bundle.path)
    await pool.give_back(await pool.take(bundle.path))
    assert threads != [loop]


async def test_another_bundle_than_the_one_meant_is_not_given(bundle: Bundle) -> None:
    pool = Pool(opener("fake", "cpu", 1), bundle.path)
    with pytest.raises(BundleError, match="another bundle stands there now"):
        await pool.take(bundle.path, "f" * 64)
    assert pool.models == ()
    on_disk = bundle.manifest.fingerprint
    model = await pool.take(bundle.path, on_disk)  # the fake made of it is meant as well
    assert on_disk == model.on_disk != model.fingerprint
    await pool.give_back(model)


def test_the_warm_up_scores_the_longest_input(bundle: Bundle) -> None:
    encoder: Encoder = bundle.encoder()
    seen: list[int] = []

    class Watching:
        def logits(self, inputs: list[EncoderInput]) -> np.ndarray:
            seen.extend(each.tokens for each in inputs)
            return np.zeros((len(inputs), 2), dtype=np.float32)

    warm_up(encoder, LocalEngine("w", ("a", "b"), "f", Watching()))
    assert max(seen) == encoder.spec.max_tokens
    assert min(seen) < 20


async def test_a_model_that_fails_its_warm_up_is_closed_and_never_given(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[LocalEngine] = []

    def broken(self: LocalEngine, _inputs: object) -> None:
        raise EngineError("the network is broken.")

    def close(self: LocalEngine) -> None:
        closed.append(self)

    monkeypatch.setattr(LocalEngine, "score", broken)
    monkeypatch.setattr(LocalEngine, "close", close)
    pool = Pool(opener("fake", "cpu", 1), bundle.path)
    with pytest.raises(EngineError, match="broken"):
        await pool.take(bundle.path)
    assert (len(closed), pool.models) == (1, ())


async def test_what_is_taken_while_its_last_user_leaves_stays_open(
    bundle: Bundle, given: EncoderInput, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loaded a second time, from another folder: the first of the two is shared."""
    pool = Pool(opener("fake", "cpu", 1), Path("elsewhere"))
    first = await pool.take(bundle.path)
    close = Batcher.close

    async def left_meanwhile(self: Batcher, **how: bool) -> None:
        monkeypatch.setattr(Batcher, "close", close)
        await pool.give_back(first)
        await self.close(**how)

    monkeypatch.setattr(Batcher, "close", left_meanwhile)
    second = await pool.take(bundle.path)
    assert second is first
    assert (await second.batcher.score(given)).shape == (len(bundle.manifest.labels),)
    assert pool.models == (second,)
    await pool.give_back(second)
    assert pool.models == ()


async def test_who_is_stopped_while_taking_has_taken_nothing(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = Pool(opener("fake", "cpu", 1), Path("elsewhere"))
    first = await pool.take(bundle.path)
    close = Batcher.close

    async def stopped(*_: object) -> None:
        monkeypatch.setattr(Batcher, "close", close)
        raise asyncio.CancelledError

    monkeypatch.setattr(Batcher, "close", stopped)
    with pytest.raises(asyncio.CancelledError):
        await pool.take(bundle.path)
    await pool.give_back(first)
    assert pool.models == ()
