"""What is asked all the time costs the same in a large database: by index, from a bound."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import event
from study_db import AT, arrival, fill

from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store


async def statements(store: Store, action) -> list[tuple[str, tuple]]:
    """Return the statements that `action` sends, with their values."""
    seen: list[tuple[str, tuple]] = []

    def note(_connection, _cursor, statement, parameters, _context, many):
        if statement.startswith(("SELECT", "UPDATE", "INSERT")) and not many:
            seen.append((statement, parameters))

    engines = [store.connections._reading.sync_engine, store.connections._writing.sync_engine]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    await action
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)
    return seen


@pytest.mark.parametrize(
    "name", ["pending", "receive", "late", "before", "advance", "edited", "places", "queue"]
)
async def test_no_table_is_read_whole(name: str, tmp_path: Path) -> None:
    async with await Store.open(sqlite_url(tmp_path / "a.db")) as store:
        stored = await fill(store, 5)
        actions = {
            "pending": lambda: store.codings.pending(1, 1),
            "receive": lambda: store.messages.receive(1, arrival(9)),
            "late": lambda: store.messages.receive(1, arrival(0)),
            "before": lambda: store.messages.before(stored[0].discussion_id, 4, 2),
            "edited": lambda: store.edits.edited(1, "t1", "m2", "other", AT),
            "places": lambda: store.messages.places(1, ["t1"]),
            "queue": lambda: store.queue.log(1, named=3, decided=3),
            "advance": lambda: store.codings.advance(1, 1),
        }
        seen = await statements(store, actions[name]())
        assert seen
    connection = sqlite3.connect(tmp_path / "a.db")
    for statement, parameters in seen:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
        whole = [p for p in plan if p.startswith("SCAN") and not p.startswith("SCAN CONSTANT")]
        assert whole == [], f"{statement}: {plan}"
        if "progress.done_below" in statement and "NOT (EXISTS" in statement:
            assert any("(session_id=? AND rowid>?)" in p or "id>?" in p for p in plan), plan
    connection.close()


async def test_what_is_coded_costs_nothing_at_the_next_start(tmp_path: Path) -> None:
    async def steps(messages: int) -> int:
        file = tmp_path / f"{messages}.db"
        async with await Store.open(sqlite_url(file)) as store:
            await fill(store, messages)
            (statement, parameters), *_ = await statements(store, store.codings.pending(1, 1))
        connection = sqlite3.connect(file)
        count = 0

        def tick() -> int:
            nonlocal count
            count += 1
            return 0

        connection.set_progress_handler(tick, 10)  # called every 10 steps of the machine
        assert connection.execute(statement, parameters).fetchall() == []
        connection.close()
        return count

    assert await steps(2_000) == await steps(20)
