"""Which model codes what begins in a study: what was decided last, as far as it can be had."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import structlog

from bot.domain.codebook import Codebook
from bot.domain.discussion import Scenario
from bot.domain.errors import InputError, IntercoderError
from bot.inference.pool import Model, Pool
from bot.services.ingest import Ingest
from bot.services.promoting import refuse
from bot.services.seats import Seats
from bot.services.study import check_labels
from bot.storage.promotions import Promotion, PromotionAct

_log = structlog.get_logger(__name__)


class Serving:
    """Carries out promotions at a desk, one at a time.

    `model` codes what begins, None before the first; while it cannot, `problem` says why.
    """

    def __init__(self, ingest: Ingest, pool: Pool | None, seats: Seats) -> None:
        self.model: Model | None = None
        self.problem: str | None = None
        self._ingest = ingest
        self._store = ingest.store
        self._pool = pool
        self._seats = seats
        self._folder = Path()  # where the model's bundle stands
        self._looked: int | None = None  # the last promotion that was carried out
        self._busy = asyncio.Lock()

    @property
    def window(self) -> int | None:
        """How many earlier messages the model reads; None without one."""
        return None if self.model is None else self.model.bundle.manifest.spec.window

    def check(self, scenarios: Iterable[Scenario]) -> None:
        """Raise InputError for a scenario that is too long for the model."""
        if self.model is not None:
            for scenario in scenarios:
                self.model.encoder.check_scenario(scenario)

    async def begin(self) -> None:
        """Let what was promoted last serve, or else the default."""
        async with self._busy:
            await self._carry_out(await self._last())

    async def look(self) -> None:
        """Carry out what was decided since the last look."""
        async with self._busy:
            last = await self._last()
            if last is not None and last.id != self._looked and not self._seats.closed:
                await self._carry_out(last)
            await self._seats.tidy()

    async def fit(self) -> None:
        """Look again whether the model fits the codebook, which has changed."""
        async with self._busy:
            await self._seat()

    async def close(self) -> None:
        """Stop coding. May be called again."""
        async with self._busy:
            await self._seats.close()
            if self.model is not None and self._pool is not None:
                model, self.model = self.model, None
                await self._pool.give_back(model)

    async def _last(self) -> Promotion | None:
        return await self._store.promotions.serving(self._ingest.study.id)

    async def _carry_out(self, decided: Promotion | None) -> None:
        """Let the bundle of the last promotion serve; if it cannot, what served before does."""
        while self._pool is not None:
            try:
                model = await self._loaded(self._pool, decided)
            except Exception as error:
                if decided is None:
                    raise
                failed = decided
                decided = await self._refuse(self._pool, failed, error)
                if self._goes_on(decided, failed):
                    if self.model is not None:
                        return
                    decided = None  # a start, and there is nothing else: the default says why
            else:
                await self._serve(self._pool, model, decided)
                return
        await self._seat()

    async def _loaded(self, pool: Pool, decided: Promotion | None) -> Model:
        if decided is None:
            return await pool.take(pool.default)
        model = await pool.take(decided.folder, decided.fingerprint)
        try:
            # At a start it is the study's coder already: then the codebook may have changed.
            if self.model is not None:
                check_labels(model.bundle.manifest, self._ingest.study.codebook)
        except InputError:
            await pool.give_back(model)
            raise
        return model

    async def _serve(self, pool: Pool, model: Model, decided: Promotion | None) -> None:
        before, folder = self.model, self._folder
        self.model = model
        self._folder = pool.default if decided is None else decided.folder
        try:
            await self._seat()
        except BaseException:
            self.model, self._folder = before, folder
            await pool.give_back(model)
            raise
        if decided is not None:
            self._looked = decided.id
        if before is not None:
            if before is not model:
                self._seats.tell(_served(decided, before, model))
            await pool.give_back(before)

    async def _refuse(self, pool: Pool, refused: Promotion, error: Exception) -> Promotion:
        """Put back what served before a bundle that could not be loaded, and say so.

        Return what is to serve now.
        """
        why = str(error) if isinstance(error, IntercoderError) else type(error).__name__
        _log.warning("a coder could not be loaded", error=type(error).__name__)
        self._seats.tell(
            f"Coder {refused.name!r} could not be loaded, so the one before goes on: {why}"
        )
        try:
            return await refuse(
                self._store, self._ingest.study, pool.default, why, refused=refused.id
            )
        except InputError:  # something else was decided meanwhile: that counts
            last = await self._last()
            if last is None:
                raise
            return last

    def _goes_on(self, put_back: Promotion, failed: Promotion) -> bool:
        """Tell whether what serves goes on: it was put back, or nothing else can be had.

        What serves need not fit the codebook, so to carry it out anew would be refused for ever.
        """
        if put_back.act is not PromotionAct.REFUSED:
            return False
        serves = put_back.folder == self._folder and (
            self.model is not None and self.model.is_(put_back.fingerprint)
        )
        again = (put_back.folder, put_back.fingerprint) == (failed.folder, failed.fingerprint)
        if serves or again:
            self._looked = put_back.id
        return serves or again

    async def _seat(self) -> None:
        """Have the model code what begins if its codes are the codebook's, or else nobody."""
        model, pool = self.model, self._pool
        self.problem = _problem(model, self._ingest.study.codebook)
        if pool is None or model is None or self.problem is not None:
            await self._seats.seat(None, None)
        else:
            own = await pool.take(self._folder, model.fingerprint)
            await self._seats.seat(own, self._folder)


def _served(decided: Promotion | None, before: Model, model: Model) -> str:
    was, now = before.bundle.manifest, model.bundle.manifest
    why = "" if decided is None else f" ({decided.reason})"
    return (
        f"Coder {now.name!r} ({now.fingerprint[:8]}) codes every discussion that begins from now "
        f"on{why}; what is there is coded to its end by {was.name!r} ({was.fingerprint[:8]})."
    )


def _problem(model: Model | None, codebook: Codebook) -> str | None:
    """Return why the model cannot code with a codebook, as a sentence; None if it can."""
    if model is None:
        return "no model is loaded: name one in INTERCODER_MODEL__BUNDLE and start again."
    try:
        check_labels(model.bundle.manifest, codebook)
    except InputError as error:
        return str(error)
    return None
