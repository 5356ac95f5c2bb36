"""Live coding: what the log holds is coded, once, with the window that the rule gives."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from table import BOOK, ENCODER, LABELS, START, Table, expected

from bot.domain.discussion import Message, Scenario, Thread
from bot.domain.errors import InputError
from bot.domain.window import window
from bot.inference.batcher import Batcher
from bot.inference.engine import EngineError
from bot.inference.fake import fake_engine
from bot.inference.manifest import Manifest
from bot.services import live, worklist
from bot.services.decide import Decision
from bot.services.ingest import Arrival
from bot.services.live import LiveCoder
from bot.services.study import register_bundle
from bot.storage.check import check
from bot.storage.errors import StorageError
from bot.storage.rows import NewCoding, SessionRow, StoredMessage

CASE = Scenario("s", "s", "case")
OTHER = Scenario("o", "o", "other case")
THREAD = Thread("t", "t")


def arrival(key: int, text: str = "", thread: str = "t") -> Arrival:
    author = "ann" if key % 2 else "bob"
    return Arrival(thread, f"{thread}{key}", key, author, text or f"words {key}", START)


async def begin(table: Table, *starts: tuple[int, Scenario]) -> SessionRow:
    session = await table.ingest.start_session("monday")
    for key, scenario in starts or ((0, CASE),):
        await table.ingest.start_discussion(session, THREAD, scenario, key)
    await table.live.start([session.id])
    return session


async def latest(table: Table) -> dict[str, str]:
    return {message: codes[-1] for message, codes in (await table.codes()).items()}


async def test_every_message_is_coded_once_as_the_window_rule_says(table: Table) -> None:
    await begin(table, (0, CASE), (15, OTHER))
    heard: list[Decision] = []
    table.live.listen(heard.append)
    for key in range(1, 31):
        await table.ingest.receive(arrival(key))
    await table.live.drain()
    codes = await table.codes()
    assert {m: [c] for m, c in expected(await table.log()).items()} == codes
    assert [d.stored.message.id for d in heard] == [f"t{k}" for k in range(1, 31)]
    assert [d.window_size for d in heard[12:18]] == [3, 3, 0, 1, 2, 3]
    assert (table.live.coded, table.live.failed) == (30, 0)


async def test_the_steady_state_asks_the_database_for_no_history(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begin(table)
    await table.ingest.receive(arrival(1))
    await table.live.drain()

    async def asked(*_: object) -> None:
        raise AssertionError("history was read")

    monkeypatch.setattr(table.store.messages, "before", asked)
    for key in range(2, 12):
        await table.ingest.receive(arrival(key))
        await table.live.drain()
    assert table.live.coded == 11


async def test_what_an_earlier_run_left_is_coded_at_the_start(tmp_path: Path) -> None:
    first = await Table.open(tmp_path)
    session = await begin(first)
    first.scorer.gate.clear()  # the engine hangs: nothing gets a code
    for key in range(1, 151):
        await first.ingest.receive(arrival(key))
    await first.close()
    second = await Table.open(tmp_path)
    assert await second.codes() == {}
    await second.live.start([session.id])
    await second.live.drain()
    assert {m: [c] for m, c in expected(await second.log()).items()} == await second.codes()
    await second.close()
    assert await check(second.url) == []


async def test_an_edited_message_is_coded_again_and_later_windows_read_the_new_text(
    table: Table,
) -> None:
    await begin(table)
    for key in (1, 2, 3):
        await table.ingest.receive(arrival(key))
    await table.live.drain()
    assert await table.ingest.edited("t", "t2", "quite other words", START)
    assert not await table.ingest.edited("t", "t2", "quite other words", START)
    await table.ingest.receive(arrival(4))
    await table.live.drain()
    codes, now = await table.codes(), expected(await table.log())
    assert [len(codes[f"t{k}"]) for k in (1, 2, 3, 4)] == [1, 2, 2, 1]
    assert await latest(table) == now


async def test_an_edit_while_the_later_message_is_being_scored_is_not_missed(table: Table) -> None:
    await begin(table)
    await table.ingest.receive(arrival(1))
    await table.live.drain()
    table.scorer.gate.clear()
    table.scorer.asked.clear()
    await table.ingest.receive(arrival(2))
    await table.scorer.asked.wait()  # its window holds the old text by now
    await table.ingest.edited("t", "t1", "quite other words", START)
    table.scorer.gate.set()
    await table.live.drain()
    assert await latest(table) == expected(await table.log())


async def test_an_edit_is_not_missed_where_another_model_was_done(table: Table) -> None:
    manifest = Manifest("without a window", "2025-01-01", ENCODER.spec, LABELS, BOOK)
    other = await register_bundle(table.store, table.study, manifest)
    session = await begin(table)
    await table.live.close()
    for key in (1, 2, 3):
        stored = (await table.ingest.receive(arrival(key))).stored
        coding = NewCoding(
            stored.id, other.id, table.study.codebook_id, "A", START, 1, 0, window_size=0
        )
        await table.store.codings.append([coding])
    table.scorer.gate.clear()
    await table.live.start([session.id])
    await table.scorer.asked.wait()  # all three windows hold the old text by now
    await table.ingest.edited("t", "t1", "quite 1 other", START)
    table.scorer.gate.set()
    await table.live.drain()
    assert await latest(table) == expected(await table.log())


async def test_progress_that_cannot_be_noted_costs_no_code(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_ADVANCE", 1)
    asked = 0

    async def failing(*_: object) -> None:
        nonlocal asked
        asked += 1
        raise StorageError("the disk is slow")

    monkeypatch.setattr(table.store.codings, "advance", failing)
    await begin(table)
    waiting = [table.ingest.submit(arrival(key)) for key in range(1, 301)]
    await asyncio.gather(*waiting)
    await table.live.drain()
    assert asked > 1
    assert {m: [c] for m, c in expected(await table.log()).items()} == await table.codes()


async def test_a_late_message_has_the_later_ones_coded_again(table: Table) -> None:
    await begin(table)
    for key in (1, 3, 4):
        await table.ingest.receive(arrival(key))
    await table.live.drain()
    await table.ingest.receive(arrival(2))
    await table.live.drain()
    codes = await table.codes()
    assert [len(codes[f"t{k}"]) for k in (1, 2, 3, 4)] == [1, 1, 2, 2]
    assert await latest(table) == expected(await table.log())


async def test_a_deleted_message_is_no_longer_waited_for(table: Table) -> None:
    await begin(table)
    table.scorer.gate.clear()
    await table.ingest.receive(arrival(1))
    await asyncio.sleep(0)
    await table.ingest.receive(arrival(2))
    await table.ingest.deleted("t", "t2", START, keep_text=False)
    table.scorer.gate.set()
    await table.live.drain()
    assert set(await table.codes()) == {"t1"}


async def test_words_that_were_removed_are_in_no_later_window(table: Table) -> None:
    await begin(table)
    for key in (1, 2, 3):
        await table.ingest.receive(arrival(key))
    await table.live.drain()
    await table.ingest.deleted("t", "t2", START, keep_text=False)
    await table.ingest.receive(arrival(4))
    await table.live.drain()
    assert (await latest(table))["t4"] == expected(await table.log())["t4"]
    assert (
        table.scorer.seen[-1].messages[1]
        == ENCODER.encode(window([], CASE, Message("x", "t", "s", 1, "ann", None, ""), 0)).messages[
            -1
        ]
    )


async def test_an_engine_error_leaves_the_message_pending_and_live_goes_on(table: Table) -> None:
    session = await begin(table)
    table.scorer.broken = EngineError("the engine broke")
    await table.ingest.receive(arrival(1))
    with pytest.raises(EngineError, match="broke"):
        await table.live.drain()
    assert table.live.failed == 1
    table.scorer.broken = None
    await table.ingest.receive(arrival(2))
    await table.live.drain()
    assert set(await table.codes()) == {"t2"}
    table.live.follow(session.id)
    await table.live.drain()
    assert {m: [c] for m, c in expected(await table.log()).items()} == await table.codes()


async def test_what_failed_is_tried_again_by_retry(table: Table) -> None:
    await begin(table)
    table.scorer.broken = EngineError("the engine broke")
    await table.ingest.receive(arrival(1))
    with pytest.raises(EngineError, match="broke"):
        await table.live.drain()
    table.live.retry()
    with pytest.raises(EngineError, match="broke"):
        await table.live.drain()
    assert table.live.failed == 1
    table.scorer.broken = None
    table.live.retry()
    await table.live.drain()
    assert table.live.failed == 0
    assert {m: [c] for m, c in expected(await table.log()).items()} == await table.codes()
    asked = len(table.scorer.seen)
    table.live.retry()
    await table.live.drain()
    assert len(table.scorer.seen) == asked


async def test_a_search_that_failed_is_made_again_by_retry(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await begin(table)
    await table.live.drain()
    table.scorer.broken = EngineError("the engine broke")
    await table.ingest.receive(arrival(1))
    with pytest.raises(EngineError):
        await table.live.drain()
    table.scorer.broken = None
    pending = table.store.codings.pending

    async def unreadable(*_given: object, **_more: object) -> tuple[StoredMessage, ...]:
        raise StorageError("the disk does not answer.")

    monkeypatch.setattr(table.store.codings, "pending", unreadable)
    table.live.follow(session.id)
    with pytest.raises(StorageError):
        await table.live.drain()
    monkeypatch.setattr(table.store.codings, "pending", pending)
    table.live.retry()
    await table.live.drain()
    assert {m: [c] for m, c in expected(await table.log()).items()} == await table.codes()


async def test_a_burst_beyond_memory_is_found_in_the_database(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worklist, "_REMEMBERED", 10)
    await begin(table)
    await table.live.drain()
    table.scorer.gate.clear()
    burst = [table.ingest.submit(arrival(key)) for key in range(1, 301)]
    await asyncio.gather(*burst)
    assert table.live.waiting <= 64 + 10
    reached = asyncio.Event()

    def pause(_decision: Decision) -> None:
        if table.live.coded >= 150 and not reached.is_set():
            table.scorer.gate.clear()
            reached.set()

    table.live.listen(pause)
    table.scorer.gate.set()
    await asyncio.wait_for(reached.wait(), 30)
    await table.ingest.edited("t", "t5", "changed behind the search", START)
    table.scorer.gate.set()
    await table.live.drain()
    assert (await latest(table)).keys() == expected(await table.log()).keys()
    assert (await latest(table))["t5"] == expected(await table.log())["t5"]
    counts = await table.store.codings.counts(table.coder.id, 1)
    assert counts.pending == 0


async def test_a_session_that_is_not_followed_is_left_alone(table: Table) -> None:
    await begin(table)
    other = await table.ingest.start_session("tuesday")
    await table.ingest.start_discussion(other, Thread("u", "u"), CASE, 0)
    await table.ingest.receive(arrival(1, thread="u"))
    await table.live.drain()
    assert await table.codes() == {}


async def test_a_scenario_too_long_for_the_model_is_said(table: Table) -> None:
    with pytest.raises(InputError, match="tokens"):
        table.live.check([Scenario("s", "s", "word " * 100)])


async def test_a_listener_that_fails_stops_nobody(table: Table) -> None:
    def failing(_decision: Decision) -> None:
        raise RuntimeError("panel gone")

    table.live.listen(failing)
    await begin(table)
    await table.ingest.receive(arrival(1))
    await table.live.drain()
    assert table.live.coded == 1


async def test_close_twice_and_with_the_real_batcher(table: Table) -> None:
    async with Batcher(fake_engine(LABELS)) as batcher:
        live = LiveCoder(table.ingest, ENCODER, batcher, table.coder, LABELS)
        session = await table.ingest.start_session("monday")
        await table.ingest.start_discussion(session, THREAD, CASE, 0)
        await live.start([session.id])
        for key in range(1, 100):
            table.ingest.submit(arrival(key))
        await table.ingest.receive(arrival(100))
        await live.drain()
        await live.close()
        await live.close()
    assert {m: [c] for m, c in expected(await table.log()).items()} == await table.codes()


async def change(table: Table, key: int, how: str) -> None:
    """Edit or delete a message, if it is there already."""
    if how == "edit":
        await table.ingest.edited("t", f"t{key}", f"other words {key}", START)
    else:
        await table.ingest.deleted("t", f"t{key}", START, keep_text=how == "delete")


async def deleted(table: Table) -> set[str]:
    stream = table.store.transcripts.stream(table.study.id)
    return {message async for coded in stream for message in coded.deleted}


@settings(max_examples=20)
@given(data=st.data())
def test_codes_follow_from_the_log_in_whatever_order_it_came(data: st.DataObject) -> None:
    keys = list(range(1, 11))
    order = data.draw(
        st.permutations(keys + data.draw(st.lists(st.sampled_from(keys), max_size=4)))
    )
    start = data.draw(st.integers(0, len(order)))
    stop = data.draw(st.integers(0, len(order)))
    drains = data.draw(st.sets(st.integers(0, len(order))))
    changes = data.draw(
        st.dictionaries(
            st.integers(0, len(order)),
            st.tuples(st.sampled_from(keys), st.sampled_from(["edit", "delete", "remove"])),
        )
    )

    async def run(folder: Path) -> None:
        table = await Table.open(folder)
        session = await begin(table)
        for index, key in enumerate(order):
            if index == start:
                await table.ingest.start_discussion(session, THREAD, OTHER, 6)
            if index == stop:  # a crash, and the next start
                await table.close()
                table = await Table.open(folder)
                await table.live.start([session.id])
            await table.ingest.receive(arrival(key))
            if index in drains:
                await table.live.drain()
            if index in changes:
                await change(table, *changes[index])
        await table.ingest.start_discussion(session, THREAD, OTHER, 6)
        await table.live.drain()
        gone = await deleted(table)
        codes, now = await latest(table), expected(await table.log())
        assert {m: c for m, c in codes.items() if m not in gone} == {
            m: c for m, c in now.items() if m not in gone
        }
        await table.close()
        assert await check(table.url) == []

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))
