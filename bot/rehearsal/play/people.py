"""Scripted people: they say in their threads what a transcript says, at its pace."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count, product

from bot.domain.discussion import Message
from bot.domain.transcript import Transcript
from bot.rehearsal.world.accounts import Member
from bot.rehearsal.world.channels import Channel
from bot.rehearsal.world.guilds import Guild
from bot.rehearsal.world.world import World
from bot.services.order import in_order
from bot.services.pace import Pace

LONGEST = 2_000
"""Characters that Discord lets a person write in one message."""

_FIRST = "Ada Ben Cleo Dan Eva Finn Gia Hal Ida Jon Kim Leo Mia Ned Ola Pia Quin Rob Sue Tom"
_LAST = "Ash Birch Cedar Dale Elm Fern Glen Heath Ivy Juniper Lake Moss Oak Reed Thorn"


@dataclass(frozen=True, slots=True)
class Said:
    """A message as it was said: the id that it got, where, what, and when (seconds since 1970)."""

    id: str
    thread: str
    line: Message
    text: str
    at: float


def names(guild: Guild) -> Iterator[str]:
    """Yield first and last names that nobody has twice, in the order of the world's seed."""
    pairs = [f"{first} {last}" for first, last in product(_FIRST.split(), _LAST.split())]
    guild.world.random.shuffle(pairs)
    yield from pairs
    for number in count(2):
        yield from (f"{pair} {number}" for pair in pairs)


def aligned(transcript: Transcript) -> Transcript:
    """Return the transcript with every group's first message at the time of the first of all."""
    firsts: dict[str, Message] = {}
    for message in transcript.messages:
        known = firsts.get(message.thread_id)
        if message.sent_at is None:
            continue
        if known is None or known.sent_at is None or message.sent_at < known.sent_at:
            firsts[message.thread_id] = message
    times = [first.sent_at for first in firsts.values() if first.sent_at is not None]
    if not times:
        return transcript
    origin = min(times)
    shift = {
        thread: origin - first.sent_at if first.sent_at is not None else timedelta()
        for thread, first in firsts.items()
    }

    def moved(message: Message) -> Message:
        if message.sent_at is None:
            return message
        return replace(message, sent_at=message.sent_at + shift[message.thread_id])

    talks = tuple(
        replace(d, messages=tuple(map(moved, d.messages))) for d in transcript.discussions
    )
    return replace(transcript, discussions=talks)


class People:
    """Who talks: every speaker of a group is a member, every group has a thread.

    `said` grows as they talk.
    """

    def __init__(self, world: World, threads: Mapping[str, Channel]) -> None:
        """Let the groups talk in `threads`, by the group's id in the transcript."""
        self.said: list[Said] = []
        self._world = world
        self._threads = threads
        self._members: dict[tuple[str, str], Member] = {}
        self._ids: dict[str, str] = {}  # of the transcript -> in the world

    def arrive(self, guild: Guild, transcript: Transcript) -> None:
        """Make a member of each speaker."""
        free = names(guild)
        for message in transcript.messages:
            who = (message.thread_id, message.speaker)
            if who not in self._members:
                self._members[who] = guild.add_member(next(free))

    async def talk(
        self,
        transcript: Transcript,
        speed: float | None,
        heard: Callable[[Said], None] = lambda _: None,
    ) -> None:
        """Say everything at `speed` times the recorded pace; None is without waiting.

        A message that says nothing is left out, one too long for Discord is cut. A deleted one
        is said and deleted.
        """
        pace = Pace(speed)
        for step in in_order(transcript):
            await pace.wait(step.due)
            said = self.say(step.message)
            if said is not None:
                heard(said)
                if step.message.id in transcript.deleted:
                    self._world.delete(said.id)
            if speed is None:
                await asyncio.sleep(0)  # the sockets have their turn, too

    async def at_rate(
        self, lines: Iterable[Message], rate: float, heard: Callable[[Said], None]
    ) -> None:
        """Say the lines at `rate` messages a second, evenly."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number, line in enumerate(lines):
            delay = began + number / rate - loop.time()
            await asyncio.sleep(max(0.0, delay))
            said = self.say(line)
            if said is not None:
                heard(said)

    def say(self, line: Message) -> Said | None:
        """Say one message; None if there is nothing in it to be said."""
        text = line.text.strip()[:LONGEST]
        if not text:
            return None
        thread = self._threads[line.thread_id]
        speaker = self._members[line.thread_id, line.speaker]
        reply_to = None if line.reply_to is None else self._ids.get(line.reply_to)
        now = time.time()
        message_id = self._world.say(thread, speaker, text, reply_to=reply_to)["id"]
        self._ids[line.id] = message_id
        said = Said(message_id, thread.id, line, text, now)
        self.said.append(said)
        return said
