"""Every desk does what is due, and the staff hear what of it failed."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from live_seat import GUILD, STAFF, Seat

from bot.domain.discussion import Scenario, Thread
from bot.gateway.ticking import Ticking
from bot.services.conduct import Happened
from bot.storage.live_rows import Run


@pytest.fixture
async def seat(tmp_path: Path) -> AsyncIterator[Seat]:
    async def no_pause(_: float) -> None:
        return None

    opened = await Seat.open(tmp_path, no_pause)
    yield opened
    await opened.close()


async def test_what_could_not_be_posted_is_told(seat):
    run = Run(1, 1, Scenario("a", "The fox", "x"), datetime.min, None, None, None)  # noqa: DTZ901
    happened = Happened("ended", run, ((Thread("1", "group 1"), "the bot may not write there."),))

    async def tick(_poster: object, _now: object) -> tuple[Happened, ...]:
        return (happened,)

    seat.desk.conduct = SimpleNamespace(tick=tick)
    await Ticking(seat.client).tick(seat.desk)
    ((channel, text),) = seat.wire.posted
    assert channel == STAFF
    assert text == (
        "The end of 'The fox' could not be posted in group 1: the bot may not write there."
    )


async def test_a_failing_clock_is_told_once_and_goes_on(seat):
    calls = []

    async def tick(_poster: object, _now: object) -> tuple[Happened, ...]:
        calls.append(1)
        raise RuntimeError("hidden-words")

    seat.desk.conduct = SimpleNamespace(tick=tick)
    ticking = Ticking(seat.client)
    for _ in range(3):
        await ticking.tick(seat.desk)
    assert len(calls) == 3
    ((_, text),) = seat.wire.posted
    assert "hidden" not in text


async def test_what_was_left_unposted_and_cannot_be_is_told(seat):
    async def resume(_poster: object) -> tuple[tuple[Thread, str], ...]:
        return ((Thread("1", "group 1"), "the bot may not write there."),)

    seat.desk.conduct = SimpleNamespace(resume=resume, running=nothing, channels=nothing)
    await seat.client.arrive(SimpleNamespace(id=GUILD))
    ((channel, text),) = seat.wire.posted
    assert channel == STAFF
    assert text.startswith("group 1: what the bot had to post there")
    assert text.endswith("may not write there.")


async def nothing() -> tuple[()]:
    return ()


async def test_a_change_of_coder_is_told_and_a_failing_one_told_once(seat):
    failing = True

    async def look() -> tuple[str, ...]:
        if failing:
            raise RuntimeError("hidden-words")
        return ("Coder 'b' codes every discussion that begins from now on.",)

    seat.desk.look = look
    ticking = Ticking(seat.client)
    for _ in range(3):
        await ticking.look(seat.desk)
    ((_, text),) = seat.wire.posted
    assert "the one that serves goes on" in text
    assert "hidden" not in text
    failing = False
    await ticking.look(seat.desk)
    assert seat.wire.posted[1:] == [
        (STAFF, "Coder 'b' codes every discussion that begins from now on.")
    ]
