"""Which threads belong to a running session: what every event of the gateway asks first."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.domain.discussion import Thread
from bot.services.desk import Desk
from bot.services.desks import Desks
from bot.storage.rows import SessionRow


@dataclass(frozen=True, slots=True)
class Following:
    """A thread of a running session, and the desk that holds its study."""

    desk: Desk
    session: SessionRow
    thread: Thread


class FollowedThreads:
    """Answers from memory; `rebuild` reads the log again."""

    def __init__(self, desks: Desks) -> None:
        self._desks = desks
        self._threads: dict[int, tuple[str, SessionRow, Thread]] = {}
        self._channels: dict[int, tuple[str, SessionRow]] = {}
        self._reading = asyncio.Lock()  # an older reading must not overwrite a newer one

    def of(self, channel_id: int) -> Following | None:
        """Return what follows a thread or channel, or None."""
        known = self._threads.get(channel_id)
        if known is None:
            return None
        server, session, thread = known
        # Asked each time: changed settings may have put another desk in the place of the old.
        desk = self._desks.of(server)
        return None if desk is None else Following(desk, session, thread)

    def opening_in(self, channel_id: int | None) -> tuple[Desk, SessionRow] | None:
        """Return whose session takes in every thread that is opened in a channel, or None."""
        known = None if channel_id is None else self._channels.get(channel_id)
        desk = None if known is None else self._desks.of(known[0])
        return None if known is None or desk is None else (desk, known[1])

    def channels_of(self, server_id: str) -> tuple[int, ...]:
        """Return the channels of a server whose new threads join a session."""
        return tuple(c for c, (server, _) in self._channels.items() if server == server_id)

    def of_server(self, server_id: str) -> tuple[Following, ...]:
        """Return everything followed in a server."""
        own = [channel for channel, known in self._threads.items() if known[0] == server_id]
        return tuple(f for channel in own if (f := self.of(channel)) is not None)

    def all(self) -> tuple[Following, ...]:
        """Return everything followed in any server."""
        return tuple(f for channel in self._threads if (f := self.of(channel)) is not None)

    async def rebuild(self, desk: Desk) -> None:
        """Read anew what the running sessions of a study follow."""
        server = desk.server.external_id
        async with self._reading:
            threads: dict[int, tuple[str, SessionRow, Thread]] = {}
            channels: dict[int, tuple[str, SessionRow]] = {}
            for session in await desk.conduct.running():
                for thread in await desk.conduct.threads(session):
                    threads[int(thread.id)] = (server, session, thread)
                for channel in await desk.conduct.channels(session):
                    channels[int(channel)] = (server, session)
            self._threads = threads | {k: v for k, v in self._threads.items() if v[0] != server}
            self._channels = channels | {k: v for k, v in self._channels.items() if v[0] != server}
