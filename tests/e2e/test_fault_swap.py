"""A coder is promoted while groups talk, and the bot is stopped or killed within it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.inference.bundle import Bundle, load_bundle, write_manifest
from bot.rehearsal.play.stand_in import stand_in
from bot.services.promoting import promote, roll_back
from bot.storage.check import check
from bot.storage.store import Store
from tests.e2e.fault_bed import Bed
from tests.e2e.fault_kinds import FAULTS, Fault, undisturbed
from tests.e2e.fault_moments import play
from tests.e2e.fault_quick import PATIENCE
from tests.e2e.fault_room import BOOK

pytest_plugins = ["tests.e2e.fault_fixtures"]


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Return another coder than the bed's, which gives the same codes."""
    made = stand_in(tmp_path_factory.mktemp("other") / "bundle", BOOK)
    write_manifest(made.path, replace(made.manifest, created_at="2001-01-01T00:00:00+00:00"))
    return load_bundle(made.path)


async def _decide(bed: Bed, folder: Path | None) -> None:
    """Promote a bundle, None: roll back, as `intercoder models` does beside the bot."""
    async with await Store.open(bed.url) as store:
        study = await store.studies.find(bed.room.guild.name)
        assert study is not None
        if folder is None:
            await roll_back(store, study, bed.bundle.path, "worse")
        else:
            await promote(store, study, folder, "better", default=bed.bundle.path)


async def _served(bed: Bed, before: int | None) -> int | None:
    """Wait until another coder serves than `before`, and return it."""
    async with await Store.open(bed.url) as store, asyncio.timeout(PATIENCE):
        study = await store.studies.find(bed.room.guild.name)
        assert study is not None
        while (serving := await store.pins.serving(study.id)) == before:
            pass
        return serving


@pytest.mark.parametrize("name", ["undisturbed", "op 7", "SIGTERM", "SIGKILL"])
async def test_a_swap_loses_and_doubles_nothing(
    name: str, bed: Bed, other: Bundle, capfd: pytest.CaptureFixture[str]
) -> None:
    async def mid_swap(bed: Bed, fault: Fault) -> None:
        bed.room.say(3)
        first = await _served(bed, None)
        await _decide(bed, other.path)
        fault.before(bed)
        await fault.strikes(bed, lambda: bed.room.say(3))
        second = await _served(bed, first)
        await bed.room.next()
        bed.room.say(3)
        await _decide(bed, None)
        bed.room.say(3)
        assert await _served(bed, second) == first

    fault = FAULTS.get(name, Fault(undisturbed))
    async with bed:
        await play(bed, mid_swap, fault)
    await bed.judge()
    bed.check_words(capfd.readouterr().err)
    assert await check(bed.url) == []
    async with await Store.open(bed.url) as store:
        study = await store.studies.find(bed.room.guild.name)
        assert study is not None
        pins = await store.pins.of_study(study.id)
        served = await store.pins.serving(study.id)
        async for coded in store.transcripts.stream(study.id):
            givers = {c.coder for given in coded.codings.values() for c in given}
            assert len(givers) <= 1  # a discussion is one coder's
        assert len({*pins.values(), served}) == 2
