"""Counts of a session: what counts, what waits, what people decided; cheap in a large database."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from study_db import AT, arrival, begin, fill
from test_query_plans import statements

from bot.domain.coding import Act
from bot.domain.discussion import Thread
from bot.storage.live_rows import Joining
from bot.storage.numbers import Tally
from bot.storage.rows import Account, NewCoding, StoredMessage
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store
from bot.storage.studies import NewBundle


def coding(stored: StoredMessage, coder: int, code: str, **more: object) -> NewCoding:
    values = {"revision": stored.message.revision, "context": stored.context} | more
    return NewCoding(stored.id, coder, 1, code, AT, **values)


async def test_counts_follow_the_log_as_it_stands(tmp_path: Path) -> None:
    async with await Store.open(sqlite_url(tmp_path / "a.db")) as store:
        study, session = await begin(store)
        model = await store.studies.model(
            study.id, NewBundle("f" * 64, "starter", "thread", study.codebook, {})
        )
        stored = [(await store.messages.receive(study.id, arrival(k))).stored for k in range(1, 8)]
        sure = [0.9, 0.5, 0.4, 0.8, 0.6]
        await store.codings.append(
            [
                coding(s, model.id, "AABAA"[n], confidence=sure[n], window_size=0)
                for n, s in enumerate(stored[:5])
            ]
        )
        ann = await store.coder_accounts.coder(study.id, Account("discord", "70"))
        await store.codings.append([coding(stored[2], ann.id, "A", act=Act.CORRECTED)])
        await store.edits.edited(study.id, "t1", "m1", "other words", AT)  # m1 and m2 again
        await store.edits.deleted(study.id, "t1", "m6", AT)  # before it was coded
        counted = await store.numbers.of(session.id, model.id, 2)
        waiting = await store.codings.pending(model.id, session.id)
        assert list(counted.tallies.values()) == [Tally(messages=7, coded=3, waiting=3)]
        assert len(waiting) == 3
        assert counted.codes == {"A": 2, "B": 1}
        (reviewed,) = counted.reviewed
        assert ([c.code for c in reviewed.codings], reviewed.present) == (["B", "A"], "B")
        assert [(u.message_id, u.code, u.confidence) for u in counted.uncertain] == [
            ("m5", "A", 0.6),
            ("m4", "A", 0.8),
        ]
        assert counted.uncertain[0].thread_id == "t1"


async def test_what_people_took_back_is_not_reviewed_and_uncertain_again(tmp_path: Path) -> None:
    async with await Store.open(sqlite_url(tmp_path / "a.db")) as store:
        study, session = await begin(store)
        model = await store.studies.model(
            study.id, NewBundle("f" * 64, "starter", "thread", study.codebook, {})
        )
        stored = [(await store.messages.receive(study.id, arrival(k))).stored for k in (1, 2)]
        await store.codings.append([coding(s, model.id, "A", confidence=0.5) for s in stored])
        ann, bob = [
            await store.coder_accounts.coder(study.id, Account("discord", n)) for n in ("70", "71")
        ]
        first, second = stored
        for person, message, code, act in (
            (ann, first, "B", Act.CORRECTED),
            (ann, first, "A", Act.WITHDRAWN),
            (ann, second, "B", Act.CORRECTED),
            (bob, second, "A", Act.CONFIRMED),
            (ann, second, "A", Act.WITHDRAWN),
        ):
            await store.codings.append([coding(message, person.id, code, act=act)])
        counted = await store.numbers.of(session.id, model.id, 5)
        assert [u.message_id for u in counted.uncertain] == ["m1"]
        (reviewed,) = counted.reviewed
        assert {c.message_id for c in reviewed.codings} == {"m2"}
        await store.codings.append([coding(second, bob.id, "A", act=Act.WITHDRAWN)])
        counted = await store.numbers.of(session.id, model.id, 5)
        assert len(counted.uncertain) == 2
        assert counted.reviewed == ()


async def test_without_a_model_nothing_waits(tmp_path: Path) -> None:
    async with await Store.open(sqlite_url(tmp_path / "a.db")) as store:
        await fill(store, 3)
        counted = await store.numbers.of(1, None, 5)
        assert list(counted.tallies.values()) == [Tally(3, 0, 0)]
        assert (counted.uncertain, counted.reviewed) == ((), ())


async def steps(file: Path, action) -> int:
    """Return how much SQLite works, in tens of its machine's steps, for what `action` asks."""
    async with await Store.open(sqlite_url(file)) as store:
        seen = await statements(store, action(store))
    connection = sqlite3.connect(file)
    count = 0

    def tick() -> int:
        nonlocal count
        count += 1
        return 0

    connection.set_progress_handler(tick, 10)
    for statement, parameters in seen:
        connection.execute(statement, parameters).fetchall()
    connection.close()
    return count


@pytest.mark.parametrize("name", ["numbers", "named", "unfinished"])
async def test_other_sessions_cost_nothing(name: str, tmp_path: Path) -> None:
    """What a session's numbers cost does not depend on what else is in the database."""

    def action(store: Store):
        return {
            "numbers": lambda: store.numbers.of(1, 1, 5),
            "named": lambda: store.messages.named(1, "m3"),
            "unfinished": lambda: store.codings.unfinished(1, 1),
        }[name]()

    async def cost(others: int) -> int:
        file = tmp_path / f"{others}.db"
        async with await Store.open(sqlite_url(file)) as store:
            await fill(store, 50)
            study = await store.studies.find("study")
            other = await store.studies.open("other", study.codebook)
            opened = await store.followed.begin(
                other.id, "tuesday", [Joining(Thread("t1", "Group 1"), 0)], []
            )
            waiting = [store.messages.receive(other.id, arrival(k)) for k in range(1, others + 1)]
            stored = [(await w).stored for w in waiting]
            coder = await store.coder_accounts.coder(other.id, Account("discord", "7"))
            await store.codings.append([coding(s, coder.id, "A") for s in stored])
            assert opened.session.id == 2
        return await steps(file, action)

    few, many = await cost(10), await cost(2_000)
    assert many <= few + 5


async def test_sessions_that_a_dead_process_left_are_unfinished(tmp_path: Path) -> None:
    async with await Store.open(sqlite_url(tmp_path / "a.db")) as store:
        study, imported = await begin(store)  # follows no thread: a file was coded by people
        bundles = [NewBundle(x * 64, x, "thread", study.codebook, {}) for x in "fg"]
        model, other = [await store.studies.model(study.id, b) for b in bundles]
        await store.messages.receive(study.id, arrival(1))
        await store.sessions.end(imported.id, 100)

        async def live(name: str, key: int) -> tuple[int, StoredMessage]:
            joining = Joining(Thread("t1", "Group 1"), key)
            session = (await store.followed.begin(study.id, name, [joining], [])).session
            stored = (await store.messages.receive(study.id, arrival(key + 1))).stored
            assert stored.session_id == session.id
            if name != "running":
                await store.sessions.end(session.id, key + 9)
            return session.id, stored

        left, _ = await live("left", 200)
        _, coded = await live("coded", 300)
        _, by_other = await live("by another model", 400)
        running, _ = await live("running", 500)
        await store.codings.append([coding(coded, model.id, "A"), coding(by_other, other.id, "A")])
        await store.pins.seat(study.id, model.id, tmp_path)
        assert await store.codings.unfinished(model.id, study.id) == (left, running)
        assert await store.codings.unfinished(other.id, study.id) == ()
        assert set((await store.pins.of_study(study.id)).values()) == {other.id}
