"""An open table for each test; what it leaves behind must be sound."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from stage import Set
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
