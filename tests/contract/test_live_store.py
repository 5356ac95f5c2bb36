"""What a store must keep of live sessions, on a real database file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.codebook import codebook_from_codes
from bot.domain.discussion import Scenario, Thread
from bot.domain.errors import InputError
from bot.storage.check import check
from bot.storage.errors import StorageError
from bot.storage.live_rows import Joining
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store

BOOK = codebook_from_codes(["A", "B"], "book")
AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
ONE, TWO = Thread("11", "Group 1"), Thread("12", "Group 2")
FOX = Scenario("fox", "The fox", "Is it fair?")
CLOCK = Scenario("clock", "The clock", "Is it honest?")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    url = sqlite_url(tmp_path / "study.db")
    store = await Store.open(url, lambda: AT)
    yield store
    await store.close()
    assert await check(url) == []


async def test_a_server_is_saved_changed_and_found(store: Store) -> None:
    study = await store.studies.open("study", BOOK)
    first = await store.servers.save(study.id, "discord", "7", staff_channel="70")
    second = await store.servers.save(
        study.id, "discord", "7", researcher_role="71", coder_role="72"
    )
    assert (first.staff_channel, second.staff_channel) == ("70", None)
    assert (second.id, second.researcher_role, second.coder_role) == (first.id, "71", "72")
    assert await store.servers.find("discord", "7") == second
    assert await store.servers.find("self-hosted", "7") is None
    assert await store.servers.all() == (second,)
    with pytest.raises(StorageError, match="belongs to another server"):
        await store.servers.save(study.id, "discord", "8")


async def test_settings_change_one_at_a_time(store: Store) -> None:
    study = await store.studies.open("study", BOOK)
    assert not study.keeps_deleted
    await store.studies.set_setting(study.id, "other", "x")
    kept = await store.studies.set_setting(study.id, "deleted_text", "keep")
    assert kept.keeps_deleted
    assert dict(kept.settings) == {"other": "x", "deleted_text": "keep"}
    assert await store.studies.get(study.id) == kept
    assert not (await store.studies.set_setting(study.id, "deleted_text", "remove")).keeps_deleted
    with pytest.raises(StorageError, match="no study with row 99"):
        await store.studies.get(99)


async def test_a_list_is_replaced_as_a_whole(store: Store) -> None:
    study = await store.studies.open("study", BOOK)
    other = await store.studies.open("other", BOOK)
    await store.scenario_lists.replace(study.id, [FOX, CLOCK])
    await store.scenario_lists.replace(other.id, [FOX])
    await store.scenario_lists.replace(study.id, [CLOCK, FOX])
    assert await store.scenario_lists.of(study.id) == (CLOCK, FOX)
    await store.scenario_lists.replace(study.id, [])
    assert await store.scenario_lists.of(study.id) == ()
    assert await store.scenario_lists.of(other.id) == (FOX,)


async def test_a_session_begins_wholly_or_not_at_all(store: Store) -> None:
    study = await store.studies.open("study", BOOK)
    opened = await store.followed.begin(study.id, "monday", [Joining(ONE, 5, 3)], ["7"])
    session = opened.session
    assert [s.discussion.start_key for s in opened.started] == [5]
    (followed,) = await store.followed.of(session)
    assert (followed.thread, followed.joined_at, followed.deleted_before) == (ONE, AT, 3)
    assert await store.followed.channels(session.id) == ("7",)
    with pytest.raises(InputError, match="is in session 'monday'"):
        await store.followed.begin(study.id, "tuesday", [Joining(TWO, 6), Joining(ONE, 6)], [])
    assert await store.sessions.all(study.id) == (session,)
    assert await store.followed.join(session, Joining(ONE, 9)) is None
    assert await store.followed.join(session, Joining(TWO, 9)) is not None
    assert await store.followed.running(study.id) == (session,)
    await store.sessions.end(session.id, 99)
    assert await store.followed.running(study.id) == ()


async def test_a_panel_is_where_it_was_last_put(store: Store) -> None:
    study = await store.studies.open("study", BOOK)
    session = await store.sessions.begin(study.id, "monday")
    assert await store.panels.of(session.id) is None
    await store.panels.save(session.id, "70", "1")
    await store.panels.save(session.id, "70", "2")
    assert await store.panels.of(session.id) == ("70", "2")


async def test_a_run_marks_each_step_once(store: Store) -> None:
    study = await store.studies.open("study", BOOK)
    session = await store.sessions.begin(study.id, "monday")
    run = await store.runs.start(session, FOX, [ONE, TWO], AT + timedelta(minutes=5))
    assert await store.runs.unfinished(study.id) == (session,)
    one, two = await store.runs.posts(session.id)
    await store.runs.said(one, "100")
    await store.runs.failed(two, "locked")
    assert await store.runs.unfinished(study.id) == ()
    for thread in (ONE, TWO):
        await store.runs.add(run.id, thread)
    one, two = await store.runs.posts(session.id)
    assert (one.external_id, one.problem) == ("100", None)
    assert (two.external_id, two.problem) == (None, None)
    assert await store.runs.warn(run.id, AT, [ONE])
    assert not await store.runs.warn(run.id, AT, [ONE, TWO])
    assert await store.runs.end(run.id, AT, [])
    assert not await store.runs.end(run.id, AT, [ONE])
    (stored,) = await store.runs.of(session.id)
    assert (stored.scenario, stored.warned_at, stored.ended_at) == (FOX, AT, AT)
    assert [p.kind for p in await store.runs.posts(session.id)] == ["start", "warning", "start"]
    assert await store.runs.removed(study.id, "11", "100")
    assert not await store.runs.removed(study.id, "11", "101")
