"""The faults: what can go wrong between people, server and bot."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.e2e.fault_bed import Bed

MANY = 120  # messages: more than a page of history
REST = r"^(GET|POST|PATCH|PUT) /(channels|guilds)/"

Say = Callable[[], object]
"""Lets people say what they say while the fault lasts."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong: `before` the moment is prepared, and then as it `strikes`."""

    strikes: Callable[[Bed, Say], Awaitable[None]]
    before: Callable[[Bed], None] = lambda _: None
    apart: bool = False  # the bot is a process of its own, which dies


async def undisturbed(_bed: Bed, say: Say) -> None:
    say()


# Connections


async def dropped(bed: Bed, say: Say) -> None:
    """The connection breaks off and is resumed."""
    count = bed.hub.resumed
    await bed.hub.drop()
    say()
    await bed.hub.until(lambda: bed.hub.resumed > count)


async def forgotten(bed: Bed, say: Say) -> None:
    """The connection breaks off and cannot be resumed: op 9, false."""
    count = bed.hub.ready
    await bed.hub.drop(forget=True)
    say()
    await bed.hub.until(lambda: bed.hub.ready > count)


async def refused(bed: Bed, say: Say) -> None:
    """The connection breaks off, and only the RESUME is told that its session is none."""
    count = bed.hub.ready
    bed.hub.refuse_resumes()
    await bed.hub.drop()
    say()
    await bed.hub.until(lambda: bed.hub.ready > count)


async def invalidated(bed: Bed, say: Say) -> None:
    """The server asks to resume: op 9, true."""
    count = bed.hub.resumed
    bed.hub.invalidate(resumable=True)
    say()
    await bed.hub.until(lambda: bed.hub.resumed > count)


async def reconnected(bed: Bed, say: Say) -> None:
    """The server asks to connect anew: op 7."""
    count = bed.hub.resumed
    bed.hub.reconnect()
    say()
    await bed.hub.until(lambda: bed.hub.resumed > count)


async def away(bed: Bed, say: Say) -> None:
    """The bot is away and misses more than a page of history in one thread."""

    def all_of_it() -> None:
        say()
        bed.room.say(MANY, bed.room.threads[0])

    await forgotten(bed, all_of_it)


async def swallowed(bed: Bed, say: Say) -> None:
    """Events of messages get lost before the connection is seen to be broken."""
    bed.hub.lose(math.inf)
    say()
    bed.hub.lose(0)
    assert bed.hub.events.lost
    await forgotten(bed, lambda: None)


async def shaken(bed: Bed, say: Say) -> None:
    """The connection is lost again while history is being read, and then the gateway is away."""
    bed.faults.slow(r"^GET /channels/", 0.1, 4)
    happened = bed.faults.happened
    await forgotten(bed, say)
    await bed.happened(happened + 1)
    bed.faults.failing(r"^GET /gateway", 503, 2)
    await forgotten(bed, lambda: bed.room.say(2))
    await dropped(bed, lambda: bed.room.say(1))


# Threads


async def opened(bed: Bed, say: Say) -> None:
    """A thread is opened and talked in while the bot is away."""

    def open_and_say() -> None:
        say()
        bed.room.threads.append(bed.room.channel.add_thread("group 3"))
        bed.room.say(3, bed.room.threads[-1])

    await forgotten(bed, open_and_say)


async def archived(bed: Bed, say: Say) -> None:
    """A thread is put away, and comes back by being written in, while the bot is away."""

    def put_away_and_say() -> None:
        bed.world.archive(bed.room.threads[0])
        say()
        bed.world.archive(bed.room.threads[1])
        bed.world.unarchive(bed.room.threads[1])

    await forgotten(bed, put_away_and_say)


# Requests: history is read in spite of it, and whatever else the moment needs


def storm(bed: Bed) -> None:
    bed.faults.storm(REST, 12, 0.02)
    bed.faults.storm(REST, 1, 0.02, everywhere=True)


def failing(bed: Bed) -> None:
    bed.faults.failing(r"/messages$", 502, 4)  # the library asks again
    bed.faults.failing(r"/messages$", 503, 1)  # and here it does not


def failing_history(bed: Bed) -> None:
    bed.faults.failing(r"^GET /channels/\d+/messages$", 503, 2)
    bed.faults.failing(r"^GET /channels/\d+$", 500, 2)


def slow(bed: Bed) -> None:
    bed.faults.slow(REST, 0.2, 6)


# Events


async def late(bed: Bed, say: Say) -> None:
    """Events come late; the answers to requests do not."""
    bed.hub.delay(0.3)
    say()
    bed.hub.delay(0)


async def doubled(bed: Bed, say: Say) -> None:
    bed.hub.double(math.inf)
    say()
    bed.hub.double(0)
    assert bed.hub.events.doubled


async def shuffled(bed: Bed, say: Say) -> None:
    bed.hub.shuffle(10_000)
    say()
    bed.hub.events.release()


async def outrun(bed: Bed, say: Say) -> None:
    """People write faster than the coder codes: all is stored, nothing waits for the coder."""
    bed.gate.open.clear()
    try:
        say()
        bed.room.say(MANY // 2)

        async def unstored() -> list[str]:
            return [line for line in await bed.room.wrong() if line.startswith("lost")]

        await bed.until(unstored)
    finally:
        bed.gate.open.set()


# Processes


async def stopped(bed: Bed, say: Say) -> None:
    """SIGTERM, and a new start."""
    await bed.end()
    say()
    await bed.start()


async def killed(bed: Bed, say: Say) -> None:
    """SIGKILL, and a new start."""
    await bed.kill()
    say()
    await bed.start()


FAULTS = {
    "resumed": Fault(dropped),
    "failed resume": Fault(refused),
    "op 9 true": Fault(invalidated),
    "op 7": Fault(reconnected),
    "connection lost again and again": Fault(shaken),
    "over a hundred missed": Fault(away),
    "events swallowed": Fault(swallowed),
    "thread opened while away": Fault(opened),
    "thread archived and back while away": Fault(archived),
    "429 storm": Fault(forgotten, storm),
    "5xx on posts and history": Fault(forgotten, failing),
    "5xx on history": Fault(forgotten, failing_history),
    "slow answers": Fault(forgotten, slow),
    "events doubled": Fault(doubled),
    "events shuffled": Fault(shuffled),
    "events late": Fault(late),
    "burst outruns the coder": Fault(outrun),
    "SIGTERM": Fault(stopped, apart=True),
    "SIGKILL": Fault(killed, apart=True),
}
