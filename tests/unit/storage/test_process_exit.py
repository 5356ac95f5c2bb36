"""A process that forgets to close its store still ends, and what it was told is stored."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store

ROOT = Path(__file__).parents[3]
_FORGETFUL = """
import asyncio, sys
sys.path.insert(0, "tests/unit/storage")
from study_db import arrival, begin
from bot.storage.store import Store
async def main():
    store = await Store.open(sys.argv[1])
    study, _ = await begin(store)
    await store.messages.receive(study.id, arrival(1))
    store.messages.receive(study.id, arrival(2))
asyncio.run(main())
"""


async def test_an_unclosed_store_does_not_hang_the_exit(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "a.db")
    command = [sys.executable, "-c", _FORGETFUL, url]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, timeout=60, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    async with await Store.open(url) as store:
        assert await store.transcripts.size(1) in (1, 2)
