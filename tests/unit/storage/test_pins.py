"""Whose a discussion is: the coder's that served when it began, whatever comes after."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from study_db import arrival, begin

from bot.domain.discussion import Scenario, Thread
from bot.services.ingest import Ingest
from bot.storage.check import check
from bot.storage.live_rows import Joining
from bot.storage.rows import Coder, Study
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store
from bot.storage.studies import NewBundle


async def coders(store: Store, study: Study, names: str = "abc") -> list[Coder]:
    bundles = [NewBundle(n * 64, n, "thread", study.codebook, {}) for n in names]
    return [await store.studies.model(study.id, bundle) for bundle in bundles]


async def talk(store: Store, study: Study, key: int, name: str = "live") -> int:
    """Begin a session in a thread of its own name, and return its one discussion."""
    joining = Joining(Thread(name, name), key)
    opened = await store.followed.begin(study.id, name, [joining], [])
    (discussion,) = await store.sessions.discussions(opened.session.id)
    return discussion.id


async def test_a_change_pins_what_is_there_and_nothing_else(tmp_path: Path) -> None:
    async with await Store.open(sqlite_url(tmp_path / "a.db")) as store:
        study, _imported = await begin(store)  # a file: it is nobody's
        a, b, c = await coders(store, study)
        one = await talk(store, study, 0, "one")
        assert (await store.pins.seat(study.id, a.id, tmp_path)).pins == {}
        assert (await store.pins.seat(study.id, a.id, tmp_path)).pins == {}
        assert (await store.pins.seat(study.id, b.id, tmp_path / "b")).pins == {one: a.id}
        two = await talk(store, study, 0, "two")
        assert (await store.pins.seat(study.id, c.id, tmp_path)).pins == {two: b.id}
        assert (await store.pins.seat(study.id, a.id, tmp_path)).pins == {}
        assert await store.pins.of_study(study.id) == {one: a.id, two: b.id}
        assert await store.pins.serving(study.id) == a.id
        assert await store.pins.folder(b.id) == tmp_path / "b"
        other = await store.studies.open("other", study.codebook)
        assert await store.pins.serving(other.id) is None


async def test_what_begins_while_nobody_serves_is_the_next_ones(tmp_path: Path) -> None:
    async with await Store.open(sqlite_url(tmp_path / "a.db")) as store:
        study, _ = await begin(store)
        a, b, _ = await coders(store, study)
        await store.pins.seat(study.id, a.id, tmp_path)
        one = await talk(store, study, 0, "one")
        assert (await store.pins.seat(study.id, None, None)).pins == {one: a.id}
        await talk(store, study, 0, "two")
        said = replace(arrival(5), thread_id="two")
        stored = (await store.messages.receive(study.id, said)).stored
        for coder in (a, b):
            assert await store.codings.pending(coder.id, stored.session_id) == ()
        assert (await store.pins.seat(study.id, b.id, tmp_path)).pins == {}
        pending = await store.codings.pending(b.id, stored.session_id)
        assert [p.id for p in pending] == [stored.id]
        assert await store.codings.pending(a.id, stored.session_id) == ()


async def test_who_comes_back_finds_what_was_nobodys_below_where_its_search_had_come(
    tmp_path: Path,
) -> None:
    async with await Store.open(sqlite_url(tmp_path / "a.db")) as store:
        study, _ = await begin(store)
        a, _, _ = await coders(store, study)
        await store.pins.seat(study.id, a.id, tmp_path)
        await talk(store, study, 0, "one")
        await store.pins.seat(study.id, None, None)
        (session,) = await store.followed.running(study.id)
        case = Scenario("s2", "Two", "what of two?")
        await Ingest(store, study).start_discussion(session, Thread("one", "one"), case, 100)
        said = replace(arrival(105), thread_id="one")
        stored = (await store.messages.receive(study.id, said)).stored
        await store.codings.advance(a.id, session.id)  # all of its own is coded
        await store.pins.seat(study.id, a.id, tmp_path)
        assert [p.id for p in await store.codings.pending(a.id, session.id)] == [stored.id]
    assert await check(sqlite_url(tmp_path / "a.db")) == []


async def test_a_pinned_coder_has_something_to_expect_while_its_discussion_goes_on(
    tmp_path: Path,
) -> None:
    async with await Store.open(sqlite_url(tmp_path / "a.db")) as store:
        study, _ = await begin(store)
        a, b, _ = await coders(store, study)
        await store.pins.seat(study.id, a.id, tmp_path)
        await talk(store, study, 0, "one")
        (session,) = await store.followed.running(study.id)
        await store.pins.seat(study.id, b.id, tmp_path)
        assert await store.pins.talking(study.id) == {a.id}
        await store.sessions.end(session.id, 50)
        assert await store.pins.talking(study.id) == frozenset()
