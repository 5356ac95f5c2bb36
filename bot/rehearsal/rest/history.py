"""Reading a channel's messages: one, or pages before, after and around an id."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from aiohttp import web

from bot.rehearsal.rest.access import Access
from bot.rehearsal.rest.numbers import limit, snowflake
from bot.rehearsal.rest.wire import reply
from bot.rehearsal.world.message_payloads import message_payload
from bot.rehearsal.world.world import World


class HistoryRoutes:
    """Pages are listed newest first, whichever way they were asked for."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._access = Access(world)

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/channels/{channel_id}/messages", self.page),
            web.get("/channels/{channel_id}/messages/{message_id}", self.one),
        ]

    async def one(self, request: web.Request) -> web.Response:
        """Answer with one message."""
        channel = self._access.channel(request, "read_message_history")
        message = self._access.message(request, channel)
        return reply(message_payload(self._world, message))

    async def page(self, request: web.Request) -> web.Response:
        """Answer with up to `limit` messages; nothing without the right to read history."""
        channel = self._access.channel(request)
        count = limit(request)
        if not self._world.allowed(channel).read_message_history:
            return reply([])
        ids = page(
            channel.message_ids,
            count,
            before=snowflake(request, "before"),
            after=snowflake(request, "after"),
            around=snowflake(request, "around"),
        )
        found = [self._world.messages[str(one)] for one in ids]
        return reply([message_payload(self._world, message) for message in found])


def page(
    ids: list[int],
    limit: int,
    *,
    before: int | None = None,
    after: int | None = None,
    around: int | None = None,
) -> list[int]:
    """Return a page of ascending ids, newest first, as Discord chooses it.

    `after`: the oldest ones after the id; `before`, or nothing: the newest ones; `around`: as
    many older ones as newer ones, and the id itself.
    """
    if around is not None:
        middle = bisect_left(ids, around)
        newer = bisect_right(ids, around)
        first = max(0, middle - limit // 2)
        # The message itself counts; of an even number one newer message less is given.
        last = newer + max(0, (limit - 1) // 2)
        return ids[first:last][::-1]
    if after is not None:
        first = bisect_right(ids, after)
        return ids[first : first + limit][::-1]
    last = len(ids) if before is None else bisect_left(ids, before)
    return ids[max(0, last - limit) : last][::-1]
