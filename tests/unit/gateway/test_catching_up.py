"""After a fresh connection the log holds whatever can still be had, and says what cannot."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from unittest.mock import Mock

import pytest
import structlog
from live_seat import CHANNEL, FORUM, GUILD, STAFF, Seat, guild, message, refused, snowflake, thread

from bot.domain.discussion import Scenario, Thread
from bot.gateway.cogs.events import EventsCog
from bot.services.conduct import Joining
from bot.storage.check import check

THREAD = snowflake(-60)


@pytest.fixture
async def seat(tmp_path: Path) -> AsyncIterator[Seat]:
    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    pauses: list[float] = []
    opened = await Seat.open(tmp_path, pause)
    opened.pauses = pauses
    await opened.client.add_cog(EventsCog(opened.client))
    opened.wire.channels[THREAD] = thread(THREAD)
    yield opened
    await opened.close()
    assert await check(opened.url) == []


def told(seat: Seat) -> list[str]:
    return [text for channel, text in seat.wire.posted if channel == STAFF]


async def test_what_was_missed_is_read_in_pages_of_a_hundred(seat):
    ids = [THREAD + n for n in range(250)]
    seat.wire.history[THREAD] = [message(n, f"m{n}", thread=THREAD) for n in ids]
    await seat.follow(THREAD, start=THREAD)
    await seat.arrive(thread(THREAD))
    await seat.quiet()
    assert [int(n) for n, _ in await seat.log()] == ids
    assert told(seat) == []


async def test_live_messages_wait_until_history_is_read(seat):
    missed = [THREAD + n for n in range(3)]
    await seat.follow(THREAD, start=THREAD)
    seat.wire.history[THREAD] = [message(n, thread=THREAD) for n in missed]
    order: list[int] = []
    seat.desk.ingest.listen(lambda event: order.append(int(event.stored.message.id)))
    held = []
    seat.wire.fail = lambda _: held.append(seat.desk.holding.held(str(THREAD)))
    connecting = asyncio.ensure_future(seat.arrive(thread(THREAD)))
    await asyncio.sleep(0)
    live = snowflake()
    seat.hear("MESSAGE_CREATE", message(live, "live", thread=THREAD))
    await connecting
    await seat.quiet()
    assert order == [*missed, live]
    assert all(held)
    assert not seat.desk.holding.held(str(THREAD))


async def test_threads_are_read_four_at_a_time(seat):
    threads = [THREAD + n * 1000 for n in range(9)]
    gate, full, reading, most = asyncio.Event(), asyncio.Event(), 0, 0
    request = seat.wire.request

    async def slow(route, **given):
        nonlocal reading, most
        if route.path != "/channels/{channel_id}":
            return await request(route, **given)
        reading += 1
        most = max(most, reading)
        if reading == 4:
            full.set()
        await gate.wait()
        reading -= 1
        return await request(route, **given)

    seat.client.http.request = slow
    seat.wire.channels |= {i: thread(i) for i in threads}
    await seat.follow(*threads, start=THREAD)
    await seat.arrive(*(thread(i) for i in threads))
    await full.wait()
    for _ in range(20):  # a fifth would come at once: nothing is waited for before it
        await asyncio.sleep(0)
    gate.set()
    await seat.quiet()
    assert most == 4
    assert seat.wire.asked.count("GET /channels/{channel_id}/messages") == 9


async def test_a_page_that_fails_is_asked_for_again_from_where_it_was(seat):
    ids = [THREAD + n for n in range(150)]
    seat.wire.history[THREAD] = [message(n, thread=THREAD) for n in ids]
    await seat.follow(THREAD, start=THREAD)
    failing = iter([False, True, True, False])

    def fail(route):
        pages = route.path.endswith("/messages") and route.method == "GET"
        return refused(503) if pages and next(failing, False) else None

    seat.wire.fail = fail
    await seat.arrive(thread(THREAD))
    await seat.quiet()
    assert [int(n) for n, _ in await seat.log()] == ids
    assert seat.wire.asked.count("GET /channels/{channel_id}/messages") == 4
    assert told(seat) == []


@pytest.mark.parametrize(("status", "said"), [(403, "may not read"), (503, "could not be read")])
async def test_a_thread_that_cannot_be_read_is_told_once_and_tried_again(seat, status, said):
    seat.wire.history[THREAD] = [message(THREAD, thread=THREAD)]
    await seat.follow(THREAD, start=THREAD)
    failures = iter([True] * 20)
    reads = "/channels/{channel_id}/messages"
    seat.wire.fail = lambda route: (
        refused(status)
        if (route.method, route.path) == ("GET", reads) and next(failures, False)
        else None
    )
    await seat.arrive(thread(THREAD))
    await seat.quiet()
    assert await seat.log() == [(str(THREAD), "hello")]
    first, last = told(seat)
    assert said in first
    assert "hidden" not in first
    assert "read again" in last
    assert max(seat.pauses) <= 60


async def test_an_empty_history_without_the_right_to_read_deletes_nothing(seat):
    await seat.follow(THREAD, start=THREAD)
    seat.hear("MESSAGE_CREATE", message(THREAD + 1, "words", thread=THREAD))
    await seat.quiet()
    one = "/channels/{channel_id}/messages/{message_id}"
    refusals = iter([True] * 3)
    seat.wire.fail = lambda route: (
        refused(403) if route.path == one and next(refusals, False) else None
    )
    hidden = [message(THREAD + 1, "words", thread=THREAD)]
    tried = seat.client.catch_ups._pause

    async def pause(seconds: float) -> None:
        if len(seat.pauses) == 2:  # the right is given back: history is what it is
            seat.wire.history[THREAD] = hidden
        await tried(seconds)

    seat.client.catch_ups._pause = pause
    await seat.arrive(thread(THREAD))
    await seat.quiet()
    stored = await seat.store.messages.find(seat.desk.study.id, str(THREAD), str(THREAD + 1))
    assert (stored.message.text, stored.deleted_at) == ("words", None)
    first, last = told(seat)
    assert "Read Message History" in first
    assert "read again" in last


def starter(id_: int, **other):
    """Return the first message of a thread that was opened from another message."""
    reference = {"message_id": str(THREAD), "channel_id": str(CHANNEL), "guild_id": str(GUILD)}
    said = message(id_, "", thread=THREAD, type=21, message_reference=reference)
    return said | other


@pytest.mark.parametrize("unlisted", [False, True])
async def test_what_is_there_keeps_its_words_however_history_tells_it(seat, unlisted):
    await seat.follow(THREAD, start=THREAD)
    said = message(THREAD, "what it began with", thread=CHANNEL)
    seat.hear("MESSAGE_CREATE", starter(THREAD + 1, referenced_message=said))
    await seat.quiet()
    place = seat.wire.unlisted if unlisted else seat.wire.history
    place[THREAD] = [starter(THREAD + 1)]  # without what it stands for
    await seat.arrive(thread(THREAD))
    await seat.quiet()
    stored = await seat.store.messages.find(seat.desk.study.id, str(THREAD), str(THREAD + 1))
    assert (stored.message.text, stored.deleted_at) == ("what it began with", None)


async def test_what_a_thread_began_with_is_fetched_if_it_is_not_sent_along(seat):
    await seat.follow(THREAD, start=THREAD)
    seat.wire.history[THREAD] = [starter(THREAD + 1)]
    seat.wire.unlisted[CHANNEL] = [message(THREAD, "what it began with", thread=CHANNEL)]
    failing = iter([True])
    seat.wire.fail = lambda route: (
        refused(503) if route.channel_id == CHANNEL and next(failing, False) else None
    )
    await seat.arrive(thread(THREAD))
    await seat.quiet()
    assert await seat.log() == [(str(THREAD + 1), "what it began with")]


async def test_what_a_thread_began_with_is_deleted_with_its_message(seat):
    await seat.follow(THREAD, start=THREAD)
    said = message(THREAD, "what it began with", thread=CHANNEL)
    seat.hear("MESSAGE_CREATE", starter(THREAD + 1, referenced_message=said))
    await seat.quiet()
    seat.wire.history[THREAD] = [starter(THREAD + 1, referenced_message=None)]
    await seat.arrive(thread(THREAD))
    await seat.quiet()
    stored = await seat.store.messages.find(seat.desk.study.id, str(THREAD), str(THREAD + 1))
    assert stored.deleted_at is not None


@pytest.mark.parametrize("deleted", [False, True])
async def test_what_a_thread_began_with_changes_with_its_message(seat, deleted):
    await seat.follow(THREAD, start=THREAD)
    await seat.arrive(thread(THREAD))
    said = message(THREAD, "words", thread=CHANNEL)
    seat.hear("MESSAGE_CREATE", starter(THREAD + 1, referenced_message=said))
    await seat.quiet()
    changed = said | {"content": "other words"}
    shown = starter(THREAD + 1, referenced_message=None if deleted else changed)
    seat.wire.history[THREAD] = [shown]
    if deleted:
        gone = {"id": str(THREAD), "channel_id": str(CHANNEL), "guild_id": str(GUILD)}
        seat.hear("MESSAGE_DELETE", gone)
    else:
        seat.hear("MESSAGE_UPDATE", changed)
    await seat.quiet()
    stored = await seat.store.messages.find(seat.desk.study.id, str(THREAD), str(THREAD + 1))
    assert (stored.deleted_at is not None) is deleted
    assert deleted or stored.message.text == "other words"


async def test_a_thread_that_goes_while_it_is_read_takes_no_words_along(seat):
    await seat.follow(THREAD, start=THREAD)
    seat.hear("MESSAGE_CREATE", message(THREAD + 1, "words", thread=THREAD))
    await seat.quiet()
    seat.wire.history[THREAD] = [message(THREAD + 2, thread=THREAD)]
    one = "/channels/{channel_id}/messages/{message_id}"
    seat.wire.fail = lambda route: refused(404, 10003) if route.path == one else None
    await seat.arrive(thread(THREAD))
    await seat.quiet()
    assert (str(THREAD + 1), "words") in await seat.log()
    stored = await seat.store.messages.find(seat.desk.study.id, str(THREAD), str(THREAD + 1))
    assert stored.deleted_at is None
    (text,) = told(seat)
    assert "deleted" in text


async def test_a_gap_that_two_readings_find_at_once_is_one(seat):
    await seat.follow(THREAD, start=THREAD)
    seat.wire.channels[THREAD] = thread(THREAD, total_message_sent=7, message_count=5)
    following = seat.client.followed.of(THREAD)
    seat.client.catch_ups.look_back([following])
    seat.client.catch_ups.start(following)
    await seat.quiet()
    (gap,) = await seat.store.gaps.of_thread(seat.desk.study.id, str(THREAD))
    assert gap.missing == 2


async def test_a_thread_that_is_gone_is_told_and_left(seat):
    await seat.follow(THREAD, start=THREAD)
    seat.wire.fail = lambda route: refused(404) if route.path == "/channels/{channel_id}" else None
    await seat.arrive()
    await seat.quiet()
    (text,) = told(seat)
    assert "deleted" in text


async def test_what_was_deleted_unseen_is_a_gap_and_is_told(seat):
    await seat.follow(THREAD, start=THREAD)
    seat.wire.channels[THREAD] = thread(THREAD, total_message_sent=7, message_count=5)
    await seat.arrive(thread(THREAD))
    await seat.quiet()
    (gap,) = await seat.store.gaps.of_thread(seat.desk.study.id, str(THREAD))
    assert gap.missing == 2
    (text,) = told(seat)
    assert "2 messages deleted" in text


@pytest.mark.parametrize("archived", [False, True])
async def test_threads_that_were_opened_while_away_join(seat, archived):
    await seat.follow(THREAD, start=THREAD, channels=(CHANNEL,))
    (session,) = await seat.desk.conduct.running()
    opened = snowflake(1)
    data = thread(opened, archived=archived)
    (seat.wire.archived if archived else seat.wire.active).append(data)
    seat.wire.channels[opened] = data
    seat.wire.history[opened] = [message(opened + 1, "early", thread=opened)]
    await seat.arrive(thread(THREAD))
    await seat.quiet()
    assert (str(opened + 1), "early") in await seat.log()
    joined = {t.id for t in await seat.desk.conduct.threads(session)}
    assert joined == {str(THREAD), str(opened)}
    entered = "PUT /channels/{channel_id}/thread-members/@me" in seat.wire.asked
    assert entered is not archived, "an archived thread cannot be entered"


async def test_a_thread_that_could_not_be_looked_for_joins_as_it_is_heard_from(seat):
    await seat.follow(THREAD, start=THREAD, channels=(CHANNEL,))
    opened = snowflake(1)
    data = thread(opened)
    seat.wire.channels[opened] = data
    said = [message(opened + n, f"m{n}", thread=opened) for n in (1, 2)]
    seat.wire.history[opened] = said
    lists = "/guilds/{guild_id}/threads/active"
    seat.wire.fail = lambda route: refused(503) if route.path == lists else None
    await seat.arrive(thread(THREAD), data)
    await seat.quiet()
    (text,) = told(seat)
    assert "as soon as it is heard from" in text
    assert await seat.log() == []
    seat.hear("MESSAGE_CREATE", said[1])
    await seat.quiet()
    assert await seat.log() == [(str(opened + 1), "m1"), (str(opened + 2), "m2")]


async def test_a_thread_that_is_opened_joins_once(seat):
    await seat.follow(THREAD, start=THREAD, channels=(FORUM,))
    await seat.arrive(thread(THREAD))
    await seat.quiet()
    opened = snowflake(1)
    data = thread(opened, FORUM, newly_created=True)
    seat.wire.channels[opened] = data
    seat.wire.history[opened] = [message(opened, "the post", thread=opened)]
    seat.hear("THREAD_CREATE", data)
    seat.hear("MESSAGE_CREATE", message(opened, "the post", thread=opened))
    seat.hear("THREAD_UPDATE", data)
    await seat.quiet()
    assert await seat.log() == [(str(opened), "the post")]
    assert seat.wire.asked.count("PUT /channels/{channel_id}/thread-members/@me") == 1


async def test_a_thread_in_which_nothing_can_be_posted_is_followed_and_told(seat):
    session = await seat.follow(THREAD, start=THREAD, channels=(FORUM,))
    await seat.arrive(thread(THREAD))
    await seat.quiet()
    poster = seat.client.poster()
    await seat.desk.conduct.start_scenario(session, Scenario("fox", "Fox", "words"), poster)
    opened = snowflake(1)
    data = thread(opened, FORUM, newly_created=True)
    seat.wire.channels[opened] = data
    seat.wire.fail = lambda route: (
        refused(403) if (route.method, route.channel_id) == ("POST", opened) else None
    )
    seat.hear("THREAD_CREATE", data)
    await seat.quiet()
    seat.hear("MESSAGE_CREATE", message(opened + 1, "heard", thread=opened))
    await seat.quiet()
    assert await seat.log() == [(str(opened + 1), "heard")]
    (text,) = told(seat)
    assert "scenario could not be posted" in text


async def test_what_comes_just_after_the_end_of_a_session_is_of_it(seat):
    session = await seat.follow(THREAD, start=THREAD)
    await seat.arrive(thread(THREAD))
    await seat.quiet()
    before, end, after = (snowflake() + n for n in range(3))
    await seat.desk.conduct.end(session, end, seat.client.poster())
    seat.wire.history[THREAD] = [message(n, thread=THREAD) for n in (before, after)]
    await seat.client.follow(seat.desk, session)
    await seat.quiet()
    assert await seat.log() == [(str(before), "hello")]


async def test_a_bot_that_is_stopped_takes_the_last_look_before_it_leaves(seat):
    session = await seat.follow(THREAD, start=THREAD)
    await seat.arrive(thread(THREAD))
    await seat.quiet()
    paused = asyncio.Event()

    async def pause(_: float) -> None:
        paused.set()
        await asyncio.Event().wait()

    seat.client.catch_ups._pause = pause
    before, end = (snowflake() + n for n in range(2))
    await seat.desk.conduct.end(session, end, seat.client.poster())
    seat.wire.history[THREAD] = [message(before, thread=THREAD)]
    await seat.client.follow(seat.desk, session)
    await paused.wait()
    with structlog.testing.capture_logs() as logs:
        await seat.client.close()
        assert await seat.client.background.settle(1)
    assert await seat.log() == [(str(before), "hello")]
    assert {line["log_level"] for line in logs} == {"info"}


async def test_a_last_look_that_takes_long_does_not_keep_the_bot(seat, monkeypatch):
    monkeypatch.setattr("bot.gateway.client._LAST_LOOKS", 0.01)
    session = await seat.follow(THREAD, start=THREAD)
    await seat.arrive(thread(THREAD))
    await seat.quiet()

    async def never(route, **given):
        await asyncio.Event().wait()

    await seat.desk.conduct.end(session, snowflake(), seat.client.poster())
    seat.client.http.request = never
    await seat.client.follow(seat.desk, session)
    with structlog.testing.capture_logs() as logs:
        await seat.client.close()
        assert await seat.client.background.settle(1)
        seat.client.http.request = Mock(side_effect=RuntimeError("Session is closed"))
        await seat.client.tell_staff(seat.desk, "anything")
    assert [(line["log_level"], line["event"]) for line in logs] == [
        ("warning", "ended without a last look at threads of an ended session"),
        ("info", "the bot has left: the staff was not told something"),
    ]


async def test_a_session_that_begins_is_read_from_its_start(seat):
    await seat.arrive(thread(THREAD))
    await seat.quiet()
    start = snowflake()
    seat.wire.history[THREAD] = [message(start + n, thread=THREAD) for n in (-1, 1)]
    joining = Joining(Thread(str(THREAD), "group"), start)
    session = await seat.desk.conduct.begin("two", [joining], ())
    await seat.client.follow(seat.desk, session)
    await seat.quiet()
    assert await seat.log() == [(str(start + 1), "hello")]


async def test_it_says_once_that_it_is_there(seat):
    await seat.follow(THREAD, start=THREAD)
    assert "not connected" in (seat.client.problem or "")
    await seat.arrive(thread(THREAD))
    await seat.arrive(thread(THREAD))
    await seat.quiet()
    assert seat.said == [
        "Intercoder is in 1 server; 1 with a study; 1 running session, 1 thread followed."
    ]


async def test_a_server_that_comes_back_is_read_again(seat):
    await seat.follow(THREAD, start=THREAD)
    await seat.arrive(thread(THREAD))
    await seat.quiet()
    seat.wire.history[THREAD] = [message(THREAD + 5, "meanwhile", thread=THREAD)]
    seat.hear("GUILD_DELETE", {"id": str(GUILD), "unavailable": True})
    seat.hear("GUILD_CREATE", guild([thread(THREAD)]))
    await seat.quiet()
    assert await seat.log() == [(str(THREAD + 5), "meanwhile")]
