"""Two tiny coders, made once, and a study that one of them serves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.retraining_bench import Bench, two_coders


@pytest.fixture(scope="session")
def two_bundles(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return two_coders(tmp_path_factory.mktemp("coders"))


@pytest.fixture
async def bench(tmp_path: Path, two_bundles: tuple[Path, Path]) -> AsyncIterator[Bench]:
    opened = await Bench.open(tmp_path, *two_bundles)
    yield opened
    await opened.store.close()
