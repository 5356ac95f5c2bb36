"""Which threads a session can join, and why another cannot be: told, never passed over."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import discord

from bot.domain.discussion import Thread
from bot.domain.errors import InputError
from bot.gateway.history import deleted_in_all
from bot.gateway.staff.texts import mention
from bot.gateway.staff.threads_given import Given
from bot.services.conduct import Joining

NO_ACCESS = (
    "I may not see it: give me View Channel there, or, if it is private, add me by mentioning me"
)
NO_THREAD = "this is no thread: mention it, or give its id or its link"
PRIVATE = "it is private and I was not added: mention me in it"


@dataclass(frozen=True, slots=True)
class Problem:
    """A place that could not be joined, as Discord shows it, and why."""

    place: str
    why: str


@dataclass
class Found:
    """What a session can follow; of a channel also the threads that are opened later."""

    joinings: list[Joining] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def obstacle(place: discord.abc.GuildChannel | discord.Thread, me: discord.Member) -> str | None:
    """Return why the bot could not work in a thread or channel; None if it can."""
    in_thread = isinstance(place, discord.Thread)
    if isinstance(place, discord.Thread):
        if place.parent is None:
            return NO_ACCESS
        if place.archived and place.locked:
            return "it is archived and locked: unlock it"
    may = place.permissions_for(me)
    if not may.view_channel:
        return NO_ACCESS
    sending = may.send_messages_in_threads if in_thread else may.send_messages
    needed = {
        "Read Message History": may.read_message_history,
        "Send Messages in Threads" if in_thread else "Send Messages": sending,
    }
    missing = " and ".join(name for name, given in needed.items() if not given)
    return f"I lack {missing} there" if missing else None


class Joiner:
    """Looks for the threads that a new session is to follow.

    `taken` tells which running session follows a channel already, by name.
    """

    def __init__(
        self,
        guild: discord.Guild,
        start_key: int,
        staff_channel: str | None,
        taken: Callable[[int], str | None],
    ) -> None:
        self._guild = guild
        self._start_key = start_key
        self._staff = staff_channel
        self._taken = taken
        self._active: dict[int, discord.Thread] | None = None

    async def given(self, given: Given) -> Found:
        """Return the threads named; of a forum every post."""
        found = Found()
        found.problems += [Problem(f"`{w[:50]}`", NO_THREAD) for w in given.unread]
        elsewhere = "it is a thread of another server"
        found.problems += [Problem(mention(i), elsewhere) for i in given.elsewhere]
        for channel_id in given.ids:
            place = await self._find(channel_id)
            if isinstance(place, Problem):
                found.problems.append(place)
            elif isinstance(place, discord.ForumChannel):
                await self._every(place, found)
            else:
                await self._join(place, found)
        return found

    async def every(self, channel: object) -> Found:
        """Return every thread of a channel, or a text channel without threads itself.

        Raises InputError for the staff channel, and for what holds no messages.
        """
        found = Found()
        if isinstance(channel, discord.Thread):
            await self._join(await self._fresh(channel), found)
        elif isinstance(channel, (discord.TextChannel, discord.ForumChannel)):
            if str(channel.id) == self._staff:
                raise InputError(
                    "this is the staff channel, which no session follows",
                    "use the command in the groups' channel, or name the threads",
                )
            await self._every(channel, found)
        else:
            raise InputError(
                "this channel has no threads", "use a text or forum channel, or name the threads"
            )
        return found

    async def _every(
        self, channel: discord.TextChannel | discord.ForumChannel, found: Found
    ) -> None:
        if (why := _unreadable(channel, self._guild.me)) is not None:
            found.problems.append(Problem(mention(channel.id), why))
            return
        found.channels.append(str(channel.id))
        active = await self._threads()
        own = sorted((t for t in active.values() if t.parent_id == channel.id), key=_by_id)
        for thread in own:
            await self._join(thread, found)
        if not own and isinstance(channel, discord.TextChannel):
            await self._join(channel, found)

    async def _join(self, place: discord.abc.GuildChannel | discord.Thread, found: Found) -> None:
        why = await self._why_not(place)
        if why is not None:
            found.problems.append(Problem(mention(place.id), why))
            return
        thread = Thread(str(place.id), place.name)
        found.joinings.append(Joining(thread, self._start_key, deleted_in_all(place) or 0))

    async def _why_not(self, place: discord.abc.GuildChannel | discord.Thread) -> str | None:
        if str(place.id) == self._staff:
            return "it is the staff channel"
        if isinstance(place, discord.Thread) and str(place.parent_id) == self._staff:
            return "it is in the staff channel, where whoever talks in it would read codes"
        if not isinstance(place, (discord.Thread, discord.TextChannel)):
            return "it is no thread and no text channel"
        session = self._taken(place.id)
        if session is not None:
            return f"session {session!r} follows it already"
        if (why := obstacle(place, self._guild.me)) is not None:
            return why
        return await enter(place) if isinstance(place, discord.Thread) else None

    async def _find(self, channel_id: int) -> discord.abc.GuildChannel | discord.Thread | Problem:
        if (thread := (await self._threads()).get(channel_id)) is not None:
            return thread
        if (channel := self._guild.get_channel(channel_id)) is not None:
            return channel
        try:
            return await self._guild.fetch_channel(channel_id)
        except discord.NotFound:
            why = "there is no such thread"
        except discord.Forbidden:
            why = NO_ACCESS
        except discord.InvalidData:
            why = "it is not of this server"
        except discord.HTTPException as error:
            why = f"Discord did not tell about it (status {error.status}): try again"
        return Problem(mention(channel_id), why)

    async def _fresh(self, thread: discord.Thread) -> discord.Thread:
        # A thread in memory has the message counts of the day when it was first seen.
        found = await self._find(thread.id)
        return found if isinstance(found, discord.Thread) else thread

    async def _threads(self) -> dict[int, discord.Thread]:
        if self._active is None:
            try:
                threads: Iterable[discord.Thread] = await self._guild.active_threads()
            except discord.HTTPException:
                threads = self._guild.threads  # what the gateway has told so far
            self._active = {thread.id: thread for thread in threads}
        return self._active


async def enter(thread: discord.Thread) -> str | None:
    """Make the bot a member of a thread, so that it hears of it; return why not, or None.

    An archived one is left as it is: whoever writes in it opens it again, for members too.
    """
    mine = thread.me is not None or any(m.id == thread.guild.me.id for m in thread.members)
    if mine or thread.archived:
        return None
    try:
        await thread.join()
    except discord.Forbidden:
        return PRIVATE if thread.is_private() else NO_ACCESS
    except discord.HTTPException as error:
        return f"Discord did not let me in (status {error.status}): try again"
    return None


def _unreadable(
    channel: discord.TextChannel | discord.ForumChannel, me: discord.Member
) -> str | None:
    return None if channel.permissions_for(me).view_channel else NO_ACCESS


def _by_id(thread: discord.Thread) -> int:
    return thread.id
