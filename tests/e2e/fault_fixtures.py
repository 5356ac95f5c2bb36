"""The fixtures of the tests of faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.commands.logs import configure_logs
from bot.inference.bundle import Bundle
from bot.rehearsal.contract.openapi import OpenApi
from bot.rehearsal.play.stand_in import stand_in
from tests.e2e.fault_bed import DESCRIPTION, Bed, MakeBed
from tests.e2e.fault_room import BOOK


@pytest.fixture(scope="module")
def stand_in_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return stand_in(tmp_path_factory.mktemp("model") / "bundle", BOOK)


@pytest.fixture(scope="module")
def description() -> OpenApi | None:
    return OpenApi(DESCRIPTION) if DESCRIPTION.exists() else None


@pytest.fixture
def make_bed(
    tmp_path: Path,
    stand_in_bundle: Bundle,
    description: OpenApi | None,
    monkeypatch: pytest.MonkeyPatch,
) -> MakeBed:
    """Return what makes a bed; the bot of this process logs as one of its own does."""
    configure_logs("info", tracebacks=True)
    return lambda **more: Bed(tmp_path, stand_in_bundle, monkeypatch, description, **more)


@pytest.fixture
def bed(make_bed: MakeBed) -> Bed:
    return make_bed()
