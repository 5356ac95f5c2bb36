"""The models in memory: each loaded once, beside those that serve, closed after its last use."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.domain.discussion import Message, Scenario
from bot.domain.window import Window
from bot.encoding.encode import Encoder
from bot.inference.batcher import Batcher
from bot.inference.bundle import Bundle, BundleError, load_bundle
from bot.inference.engine import Engine
from bot.inference.fake import fake_bundle
from bot.inference.open import open_engine


@dataclass(frozen=True, eq=False)
class Model:
    """A trained coder that is ready: how it reads windows, and the batcher that all share.

    `bundle` names the coder in every coding. `on_disk` is the fingerprint of the folder's
    manifest, another one where the fake engine stands in.
    """

    bundle: Bundle
    encoder: Encoder
    batcher: Batcher
    on_disk: str

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the coder."""
        return self.bundle.manifest.fingerprint

    def is_(self, fingerprint: str) -> bool:
        """Tell whether this is the coder with a fingerprint, or made of the bundle that has it."""
        return fingerprint in (self.fingerprint, self.on_disk)


Opener = Callable[[Path], Model]
"""Loads and warms up the model in a folder, in whatever time it takes; raises IntercoderError."""


class Pool:
    """Models by fingerprint, counted: whoever takes one gives it back.

    Loading runs in a thread, one at a time, while those that serve go on.
    """

    def __init__(self, open_: Opener, default: Path) -> None:
        """Load by `open_`; `default` is the folder of the model of studies without a choice."""
        self.default = default.absolute()
        self._open = open_
        self._usual: str | None = None  # the fingerprint of the default, once it was loaded
        self._held: dict[str, tuple[Model, int]] = {}
        self._loading = asyncio.Lock()

    async def take(self, folder: Path, fingerprint: str | None = None) -> Model:
        """Return the model in `folder`, loaded if it is not in memory.

        With a `fingerprint` it is that coder and no other. Raises BundleError, EncoderError or
        EngineError, one sentence, if the folder holds none, a damaged one, or another one.
        """
        async with self._loading:
            wanted = fingerprint or (self._usual if self._is_default(folder) else None)
            found = None if wanted is None else self._known(wanted)
            if found is None:
                found = await asyncio.to_thread(self._open, folder)
                if fingerprint is not None and not found.is_(fingerprint):
                    await _close(found)
                    raise BundleError(
                        f"{folder}: another bundle stands there now ({found.on_disk[:8]} instead "
                        f"of {fingerprint[:8]}): put the one that was there back."
                    )
            if self._is_default(folder):
                self._usual = found.fingerprint
            # Counted before anything is waited for: its last user may give it back meanwhile.
            model, users = self._held.get(found.fingerprint, (found, 0))
            self._held[model.fingerprint] = (model, users + 1)
            if model is not found:  # loaded a second time, under another name
                await self._close_beside(found, model)
            return model

    async def give_back(self, model: Model) -> None:
        """Let go of a model; after its last user it answers those let in, and is closed."""
        _, users = self._held[model.fingerprint]
        if users > 1:
            self._held[model.fingerprint] = (model, users - 1)
            return
        del self._held[model.fingerprint]
        await _close(model)

    async def _close_beside(self, loaded: Model, taken: Model) -> None:
        """Close what was loaded for nothing; who is stopped meanwhile has not taken the other."""
        try:
            await _close(loaded)
        except BaseException:
            await self.give_back(taken)
            raise

    @property
    def models(self) -> tuple[Model, ...]:
        """What is in memory."""
        return tuple(model for model, _ in self._held.values())

    def _is_default(self, folder: Path) -> bool:
        return folder.absolute() == self.default

    def _known(self, fingerprint: str) -> Model | None:
        return next((m for m in self.models if m.is_(fingerprint)), None)


def opener(kind: str, device: str, threads: int | None) -> Opener:
    """Return what opens models on an engine; see `open_engine`."""

    def open_(folder: Path) -> Model:
        bundle = load_bundle(folder)
        on_disk = bundle.manifest.fingerprint
        if kind == "fake":
            bundle = fake_bundle(bundle)
        encoder = bundle.encoder()
        engine = open_engine(bundle, kind, device, threads)
        try:
            warm_up(encoder, engine)
        except BaseException:
            engine.close()
            raise
        return Model(bundle, encoder, Batcher(engine), on_disk)

    return open_


def warm_up(encoder: Encoder, engine: Engine) -> None:
    """Score a short input and the longest possible one; raises EngineError.

    The first run of a network is slow, and what does not fit into memory shall show now.
    """
    scenario = Scenario("warm-up", "warm-up", "warm up")
    texts = ("hello", "hello " * encoder.spec.max_tokens)
    messages = [Message(t[:5], "", scenario.id, n, "", None, t) for n, t in enumerate(texts, 1)]
    inputs = [encoder.encode(Window(scenario, (), message)) for message in messages]
    engine.score(inputs)


async def _close(model: Model) -> None:
    try:
        await model.batcher.close()
    finally:
        model.batcher.engine.close()
