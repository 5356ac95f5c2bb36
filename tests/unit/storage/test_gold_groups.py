"""Gold groups in the database: what was decided stays, over restarts and between processes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from study_db import BOOK

from bot.domain.discussion import Scenario, Thread
from bot.domain.gold import Side, decide
from bot.storage.errors import StorageError
from bot.storage.rows import Study
from bot.storage.sessions import Start
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store

FOX = Scenario("fox", "The fox", "Is it fair?")


async def study_with(store: Store, groups: list[str], name: str = "study") -> Study:
    study = await store.studies.open(name, BOOK)
    await store.sessions.begin(study.id, "monday")
    for group in groups:
        await store.sessions.start(Start(study.id, "monday", Thread(group, group), FOX, 0))
    return study


async def test_decisions_outlive_a_restart_and_never_change(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "a.db")
    groups = [f"g{n}" for n in range(12)]
    async with await Store.open(url) as store:
        study = await study_with(store, groups)
        assert await store.gold_groups.of(study.id) == {}
        first = await store.gold_groups.settle(study.id, groups[:5], 0.2, taught={"g1"})
    assert first == decide("study", {}, groups[:5], 0.2, {"g1"})
    assert first["g1"] == Side(gold=False, taught=True)
    async with await Store.open(url) as store:
        assert await store.gold_groups.of(study.id) == first
        # Another share, and another coder that was taught by everything: too late for those five.
        later = await store.gold_groups.settle(study.id, groups, 0.4, taught=groups[:6])
        assert later.items() >= first.items()
        assert set(later) == set(groups)
        assert await store.gold_groups.of(study.id) == later
        assert await store.gold_groups.settle(study.id, groups, 0.4) == later


async def test_two_who_ask_at_once_get_one_answer(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "a.db")
    groups = [f"g{n}" for n in range(10)]
    async with await Store.open(url) as one, await Store.open(url) as other:
        study = await study_with(one, groups)
        asked = [
            one.gold_groups.settle(study.id, groups[:7], 0.2),
            other.gold_groups.settle(study.id, groups[3:], 0.3),
            one.gold_groups.settle(study.id, groups, 0.2),
        ]
        answers = [await a for a in asked]
        assert answers[2] == await other.gold_groups.of(study.id)
        for answer in answers:
            assert answer.items() <= answers[2].items()


async def test_a_study_has_its_own_gold_groups(tmp_path: Path) -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    async with await Store.open(sqlite_url(tmp_path / "a.db"), lambda: at) as store:
        one = await study_with(store, ["g1", "g2"], "one")
        two = await study_with(store, ["g1", "g3"], "two")
        await store.gold_groups.settle(one.id, ["g1", "g2"], 0.2)
        assert await store.gold_groups.of(two.id) == {}
        with pytest.raises(StorageError, match="study 'two' has no thread 'g2'"):
            await store.gold_groups.settle(two.id, ["g1", "g2"], 0.2)
        assert await store.gold_groups.of(two.id) == {}  # all or nothing
