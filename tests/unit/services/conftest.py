"""An open table for each test; what it leaves behind must be sound."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from model_on_disk import bundle_in
from stage import Set
from swap_lab import NAMES, Lab
from table import Table

from bot.storage.check import check


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[Table]:
    opened = await Table.open(tmp_path)
    yield opened
    await opened.close()
    assert await check(opened.url) == []


@pytest.fixture
def stage(table: Table) -> Set:
    return Set(table)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    for day, name in enumerate(NAMES, 1):
        bundle_in(tmp_path / name, f"2026-01-0{day}")
    return Lab(tmp_path)
