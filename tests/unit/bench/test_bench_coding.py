"""The invented study of the benchmarks is a sound one, and people's clicks on it are measured."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import pytest

from bench import coding
from bench.large_study import fill, stored_study
from bot.storage.check import check
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store


async def test_the_study_holds_what_was_asked_for(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "b.db")
    await fill(url, 400)
    assert await check(url) == []
    async with await Store.open(url) as store:
        study = await stored_study(store)
        async with aclosing(store.transcripts.stream(study.id)) as stream:
            read = [coded async for coded in stream]
    assert [len(coded.discussion.messages) for coded in read] == [200, 200]
    assert sum(len(given) for coded in read for given in coded.codings.values()) == 400 + 2 * 80


async def test_without_a_study_it_is_told(tmp_path: Path) -> None:
    async with await Store.open(sqlite_url(tmp_path / "b.db")) as store:
        with pytest.raises(LookupError, match="fill the database first"):
            await stored_study(store)


async def test_clicks_are_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = sqlite_url(tmp_path / "b.db")
    await fill(url, 400)
    monkeypatch.setattr(coding, "CLICKS", 3)
    found = await coding.measure(url)
    assert all(value > 0 for value in found.values())
    async with await Store.open(url) as store:
        study = await stored_study(store)
        given = [c.name for c in await store.studies.coders(study.id)]
    assert given == ["model", "ann", "bob", "cyd"]
