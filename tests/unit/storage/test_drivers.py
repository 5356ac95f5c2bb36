"""Another database than SQLite needs its driver, and that is said."""

import sys

import pytest

from bot.storage.errors import StorageError
from bot.storage.migrate import current
from bot.storage.store import Store

URL = "postgresql+asyncpg://me:my-secret@host/name"


@pytest.fixture(autouse=True)
def no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)


@pytest.mark.parametrize("look", [current, Store.open])
async def test_a_driver_that_is_not_installed_is_one_sentence(look):
    with pytest.raises(StorageError, match=r"needs asyncpg.*pip install asyncpg") as error:
        await look(URL)
    assert "my-secret" not in str(error.value)
