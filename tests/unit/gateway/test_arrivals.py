"""What the gateway tells is in the log once, in its order, whatever comes twice or late."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from live_seat import CHANNEL, OWN, Seat, message, snowflake, thread, user

from bot.gateway.cogs.events import EventsCog
from bot.storage.check import check
from bot.storage.errors import StorageError

THREAD = snowflake(-60)


@pytest.fixture
async def seat(tmp_path: Path) -> AsyncIterator[Seat]:
    async def no_pause(_: float) -> None:
        return None

    opened = await Seat.open(tmp_path, no_pause)
    await opened.client.add_cog(EventsCog(opened.client))
    opened.wire.channels[THREAD] = thread(THREAD)
    await opened.arrive(thread(THREAD))
    await opened.follow(THREAD, start=THREAD)
    yield opened
    await opened.close()
    assert await check(opened.url) == []


async def gaps(seat: Seat) -> list[int]:
    found = await seat.store.gaps.of_thread(seat.desk.study.id, str(THREAD))
    return [gap.after_key + 1 for gap in found]


async def test_a_burst_is_stored_in_the_order_of_the_gateway(seat):
    start = snowflake()
    ids = [start + n for n in range(200)]
    order: list[str] = []
    seat.desk.ingest.listen(lambda event: order.append(event.stored.message.id))
    for n in ids:
        seat.hear("MESSAGE_CREATE", message(n, f"m{n}", thread=THREAD))
    await seat.quiet()
    assert order == [str(n) for n in ids]
    assert await seat.log() == [(str(n), f"m{n}") for n in ids]


async def test_an_edit_right_behind_its_message_is_not_lost(seat):
    n = snowflake()
    seat.hear("MESSAGE_CREATE", message(n, "befor", thread=THREAD))
    seat.hear("MESSAGE_UPDATE", message(n, "before", thread=THREAD, edited_timestamp=stamp(1)))
    seat.hear("MESSAGE_DELETE", {"id": str(n), "channel_id": str(THREAD), "guild_id": "100"})
    await seat.quiet()
    stored = await seat.store.messages.find(seat.desk.study.id, str(THREAD), str(n))
    assert (stored.message.text, stored.message.revision) == ("before", 2)
    assert stored.deleted_at is not None


def stamp(second: int) -> str:
    return f"2026-01-01T00:00:{second:02}+00:00"


async def test_what_comes_twice_or_late_changes_nothing(seat):
    n = snowflake()
    new = message(n, "third", thread=THREAD, edited_timestamp=stamp(2))
    old = message(n, "second", thread=THREAD, edited_timestamp=stamp(1))
    for event, data in (
        ("MESSAGE_CREATE", message(n, "first", thread=THREAD)),
        ("MESSAGE_UPDATE", old),
        ("MESSAGE_UPDATE", new),
        ("MESSAGE_UPDATE", old),
        # A link's preview that was added before the edits, and comes after them.
        ("MESSAGE_UPDATE", message(n, "first", thread=THREAD, embeds=[{"type": "link"}])),
        ("MESSAGE_CREATE", message(n, "first", thread=THREAD)),
    ):
        seat.hear(event, data)
    await seat.quiet()
    assert await seat.log() == [(str(n), "third")]


async def test_a_message_that_comes_after_its_deletion_is_deleted(seat):
    n = snowflake()
    seat.desk.keep_deleted = False
    seat.hear("MESSAGE_DELETE", {"id": str(n), "channel_id": str(THREAD), "guild_id": "100"})
    seat.hear("MESSAGE_CREATE", message(n, "taken back", thread=THREAD))
    await seat.quiet()
    assert "taken back" not in str(await seat.log())


async def test_an_edit_of_a_message_that_was_not_heard_brings_it(seat):
    n = snowflake()
    seat.hear("MESSAGE_UPDATE", message(n, "whole", thread=THREAD, edited_timestamp=stamp(1)))
    await seat.quiet()
    assert await seat.log() == [(str(n), "whole")]


async def test_an_embed_changes_nothing(seat):
    n = snowflake()
    seat.hear("MESSAGE_CREATE", message(n, "see this", thread=THREAD))
    await seat.quiet()
    commits = seat.store.connections.writer.operations
    partial = {"id": str(n), "channel_id": str(THREAD), "guild_id": "100", "embeds": []}
    seat.hear("MESSAGE_UPDATE", partial)
    seat.hear("MESSAGE_UPDATE", message(n, "see this", thread=THREAD, embeds=[{"type": "link"}]))
    await seat.quiet()
    stored = await seat.store.messages.find(seat.desk.study.id, str(THREAD), str(n))
    assert stored.message.revision == 1
    assert seat.store.connections.writer.operations <= commits + 2


async def test_a_partial_edit_is_read_from_the_server(seat):
    n = snowflake()
    seat.hear("MESSAGE_CREATE", message(n, "befor", thread=THREAD))
    await seat.quiet()
    seat.wire.history[THREAD] = [message(n, "before", thread=THREAD, edited_timestamp=stamp(1))]
    seat.hear("MESSAGE_UPDATE", {"id": str(n), "channel_id": str(THREAD), "content": "before"})
    await seat.quiet()
    assert await seat.log() == [(str(n), "before")]


async def test_many_deleted_at_once_each_keep_their_place(seat):
    ids = [snowflake() + n for n in range(3)]
    for n in ids:
        seat.hear("MESSAGE_CREATE", message(n, thread=THREAD))
    deleted = {"ids": [str(n) for n in ids[:2]], "channel_id": str(THREAD), "guild_id": "100"}
    seat.hear("MESSAGE_DELETE_BULK", deleted)
    await seat.quiet()
    found = [await seat.store.messages.find(seat.desk.study.id, str(THREAD), str(n)) for n in ids]
    assert [stored.deleted_at is not None for stored in found] == [True, True, False]
    assert [stored.message.sequence for stored in found] == [1, 2, 3]
    assert await gaps(seat) == []


async def test_an_unseen_message_that_is_deleted_is_a_gap_and_a_bots_is_not(seat):
    unseen, own = snowflake(), snowflake() + 1
    seat.hear("MESSAGE_CREATE", message(own, thread=THREAD, author=user(OWN, bot=True)))
    for n in (unseen, own, unseen):
        seat.hear("MESSAGE_DELETE", {"id": str(n), "channel_id": str(THREAD), "guild_id": "100"})
    await seat.quiet()
    assert await gaps(seat) == [unseen]


async def test_what_is_held_comes_in_the_order_of_the_ids(seat):
    first = snowflake()
    order: list[str] = []
    seat.desk.ingest.listen(lambda event: order.append(event.stored.message.id))
    with seat.desk.holding.hold(str(THREAD)):
        for n in (first + 2, first, first + 1):
            seat.hear("MESSAGE_CREATE", message(n, thread=THREAD))
        await seat.quiet()
        assert order == []
    await seat.quiet()
    assert order == [str(first + n) for n in range(3)]


async def test_other_threads_and_other_times_are_nobodys_business(seat):
    seat.hear("MESSAGE_CREATE", message(snowflake(), thread=CHANNEL))
    seat.hear("MESSAGE_CREATE", message(THREAD - 1, thread=THREAD))
    await seat.quiet()
    assert await seat.log() == []
    assert seat.wire.asked == [], "what lies before a session is no reason to read it again"


async def test_what_could_not_be_stored_is_read_again(seat, monkeypatch):
    n = snowflake()
    seat.wire.history[THREAD] = [message(n, "kept", thread=THREAD)]
    whole = seat.desk.ingest.submit

    def full(_arrival: object) -> object:
        monkeypatch.setattr(seat.desk.ingest, "submit", whole)
        failed = seat.client.loop.create_future()
        failed.set_exception(StorageError("the disk is full."))
        return failed

    monkeypatch.setattr(seat.desk.ingest, "submit", full)
    seat.hear("MESSAGE_CREATE", message(n, "kept", thread=THREAD))
    await seat.quiet()
    assert await seat.log() == [(str(n), "kept")]


async def test_what_is_taken_back_after_a_session_is_taken_back(seat):
    n = snowflake()
    seat.desk.keep_deleted = False
    seat.hear("MESSAGE_CREATE", message(n, "words", thread=THREAD))
    await seat.quiet()
    (session,) = await seat.desk.conduct.running()
    await seat.desk.conduct.end(session, snowflake(), seat.client.poster())
    await seat.client.followed.rebuild(seat.desk)
    seat.hear("MESSAGE_DELETE", {"id": str(n), "channel_id": str(THREAD), "guild_id": "100"})
    await seat.quiet()
    assert await seat.log() == [(str(n), "")]


async def test_an_event_that_cannot_be_read_ends_nothing(seat):
    seat.hear("THREAD_CREATE", {"guild_id": "100"})
    seat.hear("MESSAGE_CREATE", message(n := snowflake(), thread=THREAD))
    await seat.quiet()
    assert await seat.log() == [(str(n), "hello")]
