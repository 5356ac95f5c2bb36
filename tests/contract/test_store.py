"""What every store must keep to, on a real database file."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update

from bot.domain.codebook import codebook_from_codes
from bot.domain.coding import Act, CoderKind
from bot.domain.discussion import NO_SCENARIO, Scenario, Thread
from bot.storage.check import check
from bot.storage.errors import NotFollowedError, StorageError
from bot.storage.rows import Account, Arrival, Coder, NewCoding, SessionRow, StoredMessage, Study
from bot.storage.sessions import Start
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store
from bot.storage.studies import NewBundle
from bot.storage.tables import accounts, codings, message_events

BOOK = codebook_from_codes(["A", "B"], "book")
THREAD = Thread("t1", "Group 1")
PRICES = Scenario("prices", "Prices", "Is it fair?")
ADS = Scenario("ads", "Ads", "Is it honest?")
AT = datetime(2026, 3, 1, 10, tzinfo=UTC)


class World:
    """A store with a study, a session and one model."""

    store: Store
    study: Study
    session: SessionRow
    model: Coder

    def __init__(self, url: str) -> None:
        self.url = url

    async def open(self) -> World:
        self.store = await Store.open(self.url)
        self.study = await self.store.studies.open("study", BOOK)
        self.session = await self.store.sessions.begin(self.study.id, "monday")
        self.model = await self.store.studies.model(
            self.study.id, NewBundle("f" * 64, "starter", "thread", BOOK, {"name": "starter"})
        )
        return self

    async def start(self, key: int, scenario: Scenario | None = PRICES, thread: Thread = THREAD):
        return await self.store.sessions.start(
            Start(self.study.id, self.session.name, thread, scenario, key)
        )

    async def receive(self, key: int, said: str = "", **more):
        return await self.store.messages.receive(self.study.id, arrival(key, said, **more))

    async def code(
        self, stored: StoredMessage, code: str = "A", coder: Coder | None = None, **more
    ):
        return await self.store.codings.append(
            [
                NewCoding(
                    message=stored.id,
                    coder=(coder or self.model).id,
                    codebook=self.study.codebook_id,
                    code=code,
                    at=AT,
                    revision=stored.message.revision,
                    context=stored.context,
                    **more,
                )
            ]
        )

    async def pending(self, **more) -> list[str]:
        found = await self.store.codings.pending(self.model.id, self.session.id, **more)
        return [stored.message.id for stored in found]

    async def log(self) -> list[tuple[str, int, int, list[tuple[int, str, str, str]]]]:
        return [
            (
                d.discussion.scenario.id,
                d.discussion.round,
                len(d.discussion.messages),
                [(m.sequence, m.id, m.speaker, m.text) for m in d.discussion.messages],
            )
            async for d in self.store.transcripts.stream(self.study.id)
        ]


def arrival(key: int, said: str = "", thread: str = "t1", author: Account | str = "ann", **more):
    return Arrival(thread, f"m{key}", key, author, said or f"words {key}", AT, **more)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await World(sqlite_url(tmp_path / "study.db")).open()
    yield world
    await world.store.close()
    assert await check(world.url) == []


async def test_a_message_is_stored_once_and_a_second_arrival_says_so(world: World) -> None:
    await world.start(0)
    first = await world.receive(1, "hello")
    again = await world.receive(1, "other words")
    assert (first.new, again.new, again.same) == (True, False, False)
    assert again.stored == first.stored
    assert first.stored.message.text == "hello"
    assert (await world.log())[0][3] == [(1, "m1", "ann", "hello")]


async def test_what_comes_back_is_what_went_in(world: World) -> None:
    await world.start(0)
    receipt = await world.receive(1, "שלום 👋 ok\n", reply_to="m0")
    found = await world.store.messages.find(world.study.id, "t1", "m1")
    assert found == receipt.stored
    assert found is not None
    assert found.message.sent_at == AT
    assert found.message.reply_to == "m0"


async def test_a_message_that_no_discussion_covers_is_refused(world: World) -> None:
    with pytest.raises(NotFollowedError, match="no discussion was started"):
        await world.receive(1)
    await world.start(10)
    with pytest.raises(NotFollowedError, match="order key 9"):
        await world.receive(9)
    await world.store.sessions.end(world.session.id, end_key=20)
    assert (await world.receive(19)).new
    with pytest.raises(NotFollowedError, match="order key 20"):
        await world.receive(20)


async def test_a_late_message_takes_its_place_and_the_later_ones_are_pending_again(
    world: World,
) -> None:
    await world.start(0)
    for key in (1, 3, 4):
        await world.code((await world.receive(key)).stored)
    await world.store.codings.advance(world.model.id, world.session.id)
    assert await world.pending() == []
    late = await world.receive(2)
    assert (late.stored.message.sequence, late.moved) == (2, 2)
    assert [m[:2] for m in (await world.log())[0][3]] == [
        (1, "m1"),
        (2, "m2"),
        (3, "m3"),
        (4, "m4"),
    ]
    assert sorted(await world.pending()) == ["m2", "m3", "m4"]


async def test_the_same_start_is_the_same_discussion_and_another_is_another_round(
    world: World,
) -> None:
    first = await world.start(0)
    again = await world.start(0)
    assert (again.discussion, again.new) == (first.discussion, False)
    second = await world.start(10)
    assert (second.discussion.round, second.new) == (2, True)
    assert (await world.start(20, ADS)).discussion.round == 1


async def test_a_start_that_is_heard_of_late_takes_what_belongs_to_it(world: World) -> None:
    await world.start(0, None)
    for key in (1, 2, 11, 12, 21):
        await world.code((await world.receive(key)).stored)
    await world.start(20, ADS)
    await world.store.codings.advance(world.model.id, world.session.id)
    started = await world.start(10)
    assert started.moved == 2
    assert [(s, [m[0] for m in said]) for s, _, _, said in await world.log()] == [
        (NO_SCENARIO, [1, 2]),
        ("prices", [1, 2]),
        ("ads", [1]),
    ]
    assert await world.pending() == ["m11", "m12", "m21"]


async def test_a_changed_scenario_is_another_version(world: World) -> None:
    await world.start(0)
    await world.receive(1)
    changed = Scenario("prices", "Prices", "Is it really fair?")
    await world.start(10, changed)
    await world.receive(11)
    found = [d.discussion.scenario async for d in world.store.transcripts.stream(world.study.id)]
    assert found == [PRICES, changed]
    assert [(s, r) for s, r, _, _ in await world.log()] == [("prices", 1), ("prices", 2)]


async def test_an_edit_keeps_both_texts_and_makes_the_message_pending(world: World) -> None:
    await world.start(0)
    stored = (await world.receive(1, "before")).stored
    await world.code(stored)
    await world.store.codings.advance(world.model.id, world.session.id)
    edits = world.store.edits
    assert await edits.edited(world.study.id, "t1", "m1", "before", AT) is None
    assert await world.pending() == []
    edited = await edits.edited(world.study.id, "t1", "m1", "after", AT)
    assert edited is not None
    assert (edited.stored.message.text, edited.stored.message.revision) == ("after", 2)
    assert await world.pending() == ["m1"]
    await world.code(edited.stored, "B")
    assert await world.pending() == []
    given = await world.store.codings.of_message(stored.id)
    assert [(c.code, c.revision) for c in given] == [("A", 1), ("B", 2)]
    async with world.store.connections.read() as connection:
        event = (await connection.execute(select(message_events))).one()
    assert (event.kind, event.text_before, event.text_after) == ("edited", "before", "after")


async def test_an_edit_makes_those_pending_that_saw_the_old_text(world: World) -> None:
    await world.start(0)
    for key in range(1, 8):
        stored = (await world.receive(key)).stored
        if key < 7:  # the last one is in a coder's hands
            await world.code(stored, window_size=min(key - 1, 2))
    await world.store.codings.advance(world.model.id, world.session.id)
    edited = await world.store.edits.edited(world.study.id, "t1", "m2", "after", AT)
    assert edited is not None
    # m5 read m3 and m4, and would have read m2, too, had it been shorter; m6 is beyond.
    assert await world.pending() == ["m2", "m3", "m4", "m5", "m7"]
    assert edited.reopened == 4


async def test_an_edit_makes_pending_what_another_model_has_in_hand(world: World) -> None:
    other = await world.store.studies.model(
        world.study.id, NewBundle("e" * 64, "other", "pair", BOOK, {"name": "other"})
    )
    await world.start(0)
    for key in (1, 2, 3, 4):
        stored = (await world.receive(key)).stored
        await world.code(stored, "A", other, window_size=0)
        if key == 4:  # both are through with it, and neither has read so far
            await world.code(stored, window_size=0)
    edited = await world.store.edits.edited(world.study.id, "t1", "m1", "after", AT)
    assert edited is not None
    assert edited.reopened == 2
    await world.code(stored)
    old = await world.store.codings.pending(other.id, world.session.id)
    assert [s.message.id for s in old] == ["m1", "m2", "m3"]


async def test_removed_words_make_those_pending_that_saw_them(world: World) -> None:
    await world.start(0)
    for key in (1, 2, 3):
        await world.code((await world.receive(key)).stored, window_size=key - 1)
    await world.store.codings.advance(world.model.id, world.session.id)
    edits = world.store.edits
    await edits.deleted(world.study.id, "t1", "m2", AT)
    assert await world.pending() == [], "its words are still there"
    await edits.deleted(world.study.id, "t1", "m1", AT, keep_text=False)
    assert await world.pending() == ["m3"]


async def test_what_arrives_deleted_is_stored_so_and_never_pending(world: World) -> None:
    await world.start(0)
    receipt = await world.receive(1, "gone", deleted=True)
    assert receipt.stored.deleted_at is not None
    assert await world.store.messages.find(world.study.id, "t1", "m1") == receipt.stored
    await world.receive(2)
    assert await world.pending() == ["m2"]
    async with world.store.connections.read() as connection:
        event = (await connection.execute(select(message_events))).one()
    assert (event.message_id, event.kind, event.text_before) == (1, "deleted", "gone")


async def test_a_person_who_says_the_same_twice_at_once_has_said_it_once(world: World) -> None:
    await world.start(0)
    stored = (await world.receive(1)).stored
    ann = await world.store.studies.human(world.study.id, "ann")
    both = await asyncio.gather(world.code(stored, "A", ann), world.code(stored, "A", ann))
    assert sorted(both) == [0, 1]
    assert await world.code(stored, "B", ann) == 1
    assert await world.code(stored, "A", ann) == 1, "back again is a decision"
    edited = await world.store.edits.edited(world.study.id, "t1", "m1", "after", AT)
    assert edited is not None
    assert await world.code(edited.stored, "A", ann) == 1, "so is the same on another text"


async def test_a_session_begins_with_its_first_discussion_or_not_at_all(world: World) -> None:
    for name, scenario in (("fails", Scenario("x", "x", None)), ("goes", ADS)):  # type: ignore[arg-type]
        start = Start(world.study.id, name, Thread("t9", "t9"), scenario, 0, round=3)
        if name == "fails":
            with pytest.raises(StorageError):
                await world.store.sessions.start(start)
        else:
            assert (await world.store.sessions.start(start)).discussion.round == 3
    sessions = await world.store.sessions.all(world.study.id)
    assert [s.name for s in sessions] == ["monday", "goes"]


async def test_a_deleted_message_keeps_its_place_and_may_lose_its_words(world: World) -> None:
    await world.start(0)
    for key in (1, 2, 3):
        await world.receive(key)
    edits = world.store.edits
    await edits.edited(world.study.id, "t1", "m2", "a secret", AT)
    kept = await edits.deleted(world.study.id, "t1", "m1", AT)
    gone = await edits.deleted(world.study.id, "t1", "m2", AT, keep_text=False)
    assert kept is not None
    assert gone is not None
    assert (kept.stored.message.text, gone.stored.message.text) == ("words 1", "")
    assert await edits.deleted(world.study.id, "t1", "m2", AT) is None
    assert await edits.edited(world.study.id, "t1", "m2", "again", AT) is None
    assert await world.pending() == ["m3"]
    assert (await world.receive(4)).stored.message.sequence == 4
    found = [d async for d in world.store.transcripts.stream(world.study.id)]
    assert found[0].deleted == {"m1", "m2"}
    async with world.store.connections.read() as connection:
        rows = (await connection.execute(select(message_events))).all()
    assert "a secret" not in repr(rows)


async def test_accounts_get_pseudonyms_in_order_and_the_key_can_be_destroyed(world: World) -> None:
    await world.start(0)
    await world.start(0, PRICES, Thread("t2", "Group 2"))
    first, second = Account("discord", "1001"), Account("discord", "1002")
    one = await asyncio.gather(
        world.receive(1, author=first),
        world.receive(2, author=second),
        world.receive(3, author=first),
        world.receive(1, author=second, thread="t2"),
    )
    assert [r.stored.message.speaker for r in one] == ["P1", "P2", "P1", "P2"]

    async def destroy(connection, items):
        await connection.execute(accounts.delete())
        return [None] * len(items)

    await world.store.connections.write(destroy, None)
    assert (await world.receive(4, author=first)).stored.message.speaker == "P3"
    assert [said[2] for said in (await world.log())[0][3]] == ["P1", "P2", "P1", "P3"]


async def test_imported_pseudonyms_stay_and_never_meet_accounts(world: World) -> None:
    await world.start(0)
    assert (await world.receive(1, author="P1")).stored.message.speaker == "P1"
    account = await world.receive(2, author=Account("discord", "7"))
    assert account.stored.message.speaker == "P2"
    await world.start(0, PRICES, Thread("t2", "Group 2"))
    await world.receive(1, author="P1", thread="t2")  # every group has its own P1
    async with world.store.connections.read() as connection:
        people = await connection.scalar(text("SELECT count(DISTINCT person_id) FROM messages"))
    assert people == 3


async def test_a_model_codes_once_and_people_as_often_as_they_like(world: World) -> None:
    await world.start(0)
    stored = (await world.receive(1)).stored
    person = await world.store.studies.human(world.study.id, "ann")
    assert await world.code(stored, confidence=0.75, window_size=0) == 1
    assert await world.code(stored, "B") == 0
    assert await world.code(stored, "B", person) == 1
    assert await world.code(stored, "A", person, act=Act.CORRECTED, note="on reflection") == 1
    given = await world.store.codings.of_message(stored.id)
    assert [(c.coder, c.kind, c.code, c.act) for c in given] == [
        ("starter", CoderKind.MODEL, "A", Act.CODED),
        ("ann", CoderKind.HUMAN, "B", Act.CODED),
        ("ann", CoderKind.HUMAN, "A", Act.CORRECTED),
    ]
    assert (given[0].confidence, given[0].window_size, given[2].note) == (0.75, 0, "on reflection")


async def test_codings_cannot_be_changed(world: World) -> None:
    await world.start(0)
    await world.code((await world.receive(1)).stored)

    async def falsify(connection, items):
        await connection.execute(update(codings).values(code="B"))
        return [None] * len(items)

    with pytest.raises(StorageError):
        await world.store.connections.write(falsify, None)
    assert (await world.receive(2)).new


async def test_pending_goes_on_from_where_it_was(world: World) -> None:
    await world.start(0)
    stored = [(await world.receive(key)).stored for key in range(1, 8)]
    for message in (stored[0], stored[1], stored[3]):
        await world.code(message)
    assert await world.pending(limit=2) == ["m3", "m5"]
    assert await world.pending(after=stored[4].id) == ["m6", "m7"]
    await world.store.codings.advance(world.model.id, world.session.id)
    assert await world.pending() == ["m3", "m5", "m6", "m7"]
    counts = await world.store.codings.counts(world.model.id, world.session.id)
    assert (counts.messages, counts.pending) == (7, 4)


async def test_another_codebook_becomes_current_and_the_old_one_stays(world: World) -> None:
    other = codebook_from_codes(["A", "B", "C"], "book")
    changed = await world.store.studies.open("study", other)
    assert (changed.id, changed.codebook) == (world.study.id, other)
    assert changed.codebook_id != world.study.codebook_id
    assert await world.store.studies.open("study", BOOK) == world.study
    assert await world.store.studies.find("study") == world.study
    assert await world.store.studies.find("nothing") is None


async def test_two_bundles_of_one_name_are_two_coders(world: World) -> None:
    studies = world.store.studies
    same = await studies.model(world.study.id, NewBundle("f" * 64, "starter", "thread", BOOK, {}))
    other = await studies.model(world.study.id, NewBundle("e" * 64, "starter", "pair", BOOK, {}))
    assert same == world.model
    assert (other.name, other.fingerprint) == ("starter@eeeeeeee", "e" * 64)
    with pytest.raises(StorageError, match="is a model"):
        await studies.human(world.study.id, "starter")


async def test_waiting_writes_share_commits(world: World) -> None:
    await world.start(0)
    writer = world.store.connections.writer
    before = writer.commits
    receipts = await asyncio.gather(*(world.receive(key) for key in range(1, 201)))
    assert sum(r.new for r in receipts) == 200
    assert writer.commits - before <= 3


async def test_one_failing_write_fails_alone(world: World) -> None:
    await world.start(0)
    given = await asyncio.gather(
        world.receive(1),
        world.receive(2, thread="nowhere"),
        world.receive(3),
        return_exceptions=True,
    )
    assert [isinstance(g, NotFollowedError) for g in given] == [False, True, False]
    assert [m[1] for m in (await world.log())[0][3]] == ["m1", "m3"]


async def test_a_cancelled_caller_leaves_nothing_open(world: World) -> None:
    await world.start(0)
    for key in range(1, 6):
        task = asyncio.create_task(world.store.connections.write(_slowly, key))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await world.receive(key)).new
    assert len((await world.log())[0][3]) == 5


async def _slowly(connection, items):
    await connection.scalar(select(func.count()).select_from(codings))
    await asyncio.sleep(0)
    return list(items)


async def test_close_writes_what_waits_and_may_be_called_twice(tmp_path: Path) -> None:
    world = await World(sqlite_url(tmp_path / "a.db")).open()
    await world.start(0)
    waiting = [world.store.messages.receive(world.study.id, arrival(k)) for k in range(1, 600)]
    await world.store.close()
    assert all(w.result().new for w in waiting)
    await world.store.close()
    with pytest.raises(StorageError, match="closed"):
        await world.receive(1000)
    again = await world.open()
    assert len((await again.log())[0][3]) == 599
    await again.store.close()


async def test_the_stream_is_in_a_stable_order_from_one_snapshot(world: World) -> None:
    second = Thread("t0", "Group 0")  # named before the first, and appears after it
    await world.start(0)
    await world.start(0, ADS, second)
    await world.start(10, ADS)
    for key in (1, 11):
        await world.receive(key)
        await world.receive(key, thread="t0")
    seen = []
    async for coded in world.store.transcripts.stream(world.study.id):
        await world.receive(12 + len(seen))  # not part of the snapshot
        seen.append((coded.session, coded.thread.name, coded.discussion.scenario.id))
        assert len(coded.discussion.messages) == (2 if coded.thread.id == "t0" else 1)
    assert seen == [
        ("monday", "Group 1", "prices"),
        ("monday", "Group 1", "ads"),
        ("monday", "Group 0", "ads"),
    ]
    assert await world.store.transcripts.size(world.study.id) == 7


@settings(max_examples=25)
@given(data=st.data())
def test_any_order_and_repetition_of_arrivals_gives_the_same_log(data: st.DataObject) -> None:
    keys = list(range(1, 13))
    arrivals = data.draw(st.permutations(keys + data.draw(st.lists(st.sampled_from(keys)))))
    starts = data.draw(st.permutations([(4, PRICES), (9, ADS)]))
    cuts = data.draw(st.lists(st.integers(0, len(arrivals)), min_size=2, max_size=2))

    async def run(folder: Path) -> None:
        world = await World(sqlite_url(folder / "a.db")).open()
        try:
            await world.start(0, None)
            todo = list(starts)
            for index, key in enumerate(arrivals):
                if index in cuts and todo:
                    await world.start(*todo.pop())
                await world.receive(key, author="ann" if key % 2 else "bob")
            for start in todo:
                await world.start(*start)
            said = [
                (scenario, [(m[0], m[1]) for m in messages])
                for scenario, _, _, messages in await world.log()
            ]
            assert said == [
                (NO_SCENARIO, [(i, f"m{i}") for i in range(1, 4)]),
                ("prices", [(i - 3, f"m{i}") for i in range(4, 9)]),
                ("ads", [(i - 8, f"m{i}") for i in range(9, 13)]),
            ]
        finally:
            await world.store.close()
        assert await check(world.url) == []

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))
