"""The staff panels: one message a running session, kept up to date and never in the way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from time import monotonic
from typing import Any

import discord
import structlog

from bot.gateway.endpoint import home
from bot.gateway.pausing import pause_until
from bot.gateway.staff.agreement_text import audited
from bot.gateway.staff.panel_embed import panel_embed
from bot.gateway.staff.parts import Client
from bot.services.desk import Desk
from bot.services.people.abstaining import ForPeople
from bot.services.reliability import LiveAgreement, LiveAudit
from bot.storage.rows import SessionRow

_EDITED = 3.0  # seconds between two edits of a panel
_AUDITED = 10.0  # seconds between two looks at the blind audit, and at what waits for people
_LOOKED = 1.0  # seconds between two looks for sessions that began
_ENDED = timedelta(minutes=10)  # so long a session's end is still shown: after a restart, too
_ATTEMPT = 30.0  # seconds for one edit: discord.py waits out rate limits by itself
_LEAVING = 0.5  # seconds for the last edits of a bot that is being stopped
_LAST_LOOKS = 200  # refreshes of an ended session's panel while messages still wait

_log = structlog.get_logger(__name__)
Pause = Callable[[float], Awaitable[object]]

_QUIET = discord.AllowedMentions.none()


class Panel:
    """The message of one session."""

    def __init__(self, client: Client, desk: Desk, session: SessionRow) -> None:
        self._client = client
        self._server = desk.server.external_id
        self._session = session
        self._shown: dict[str, Any] | None = None
        self._message: int | None = None
        self._failures = 0
        self._audited: tuple[float, LiveAgreement | None] | None = None
        self._audit_known = LiveAudit()
        self._waiting: tuple[float, ForPeople | None] | None = None
        self._looks_left = _LAST_LOOKS

    def gone(self, message_id: int) -> None:
        """Hear that a message was deleted: if it is this one, the next refresh sends another."""
        if message_id == self._message:
            self._shown = None

    async def refresh(self) -> bool:
        """Show the present numbers, if they differ; False once nothing more is to come.

        Never raises: what goes wrong is logged, once, and tried again at the next call.
        """
        try:
            async with asyncio.timeout(_ATTEMPT):
                waiting = await self._refresh()
        except Exception as error:  # noqa: BLE001 - a panel is never worth the bot
            if not self._failures:
                _log.warning("a staff panel could not be shown", error=type(error).__name__)
            self._failures += 1
            waiting = True
        else:
            self._failures = 0
        if self._session.ended_at is None:
            return True
        self._looks_left -= 1
        return waiting and self._looks_left > 0

    @property
    def patience(self) -> int:
        """How many times as long to wait for the next refresh, after failures."""
        return min(1 + self._failures, 10)

    async def _refresh(self) -> bool:
        """Bring the message up to date; return whether messages wait to be coded."""
        desk = self._client.desks.of(self._server)  # another one after each /study setup
        if desk is None:
            return False
        session = await desk.ingest.store.sessions.find(desk.study.id, self._session.name)
        self._session = session or self._session
        numbers = await desk.numbers.of(self._session)
        pages = home(self._client.settings.discord)
        audit = await self._audit(desk)
        people = await self._for_people(desk)
        embed = panel_embed(numbers, self._server, desk.problem, pages, audit, people)
        channel = desk.server.staff_channel
        shown = {**embed.to_dict(), "channel": channel}
        if channel is not None and shown != self._shown:
            await self._show(desk, channel, embed)
            self._shown = shown
        return numbers.waiting > 0 and desk.live is not None

    async def _for_people(self, desk: Desk) -> ForPeople | None:
        """Return how much waits for people; read as seldom as the audit."""
        if self._waiting is None or monotonic() - self._waiting[0] >= _AUDITED:
            self._waiting = monotonic(), await desk.abstaining.waiting(self._session)
        return self._waiting[1]

    async def _audit(self, desk: Desk) -> LiveAgreement | None:
        """Return the agreement on the blind audit; read now and then, for it grows slowly."""
        if self._audited is None or monotonic() - self._audited[0] >= _AUDITED:
            self._audited = monotonic(), await audited(desk, self._session, self._audit_known)
        return self._audited[1]

    async def _show(self, desk: Desk, channel: str, embed: discord.Embed) -> None:
        panels = desk.ingest.store.panels
        known = await panels.of(self._session.id)
        place = self._client.get_partial_messageable(int(channel))
        if known is not None and known[0] == channel:
            with suppress(discord.NotFound):  # deleted: another takes its place
                self._message = int(known[1])
                message = place.get_partial_message(self._message)
                await message.edit(embed=embed, allowed_mentions=_QUIET)
                return
        sent = await place.send(embed=embed, allowed_mentions=_QUIET, silent=True)
        self._message = sent.id
        await panels.save(self._session.id, channel, str(sent.id))


class PanelKeeper:
    """Keeps a panel for every running session of every desk."""

    def __init__(self, client: Client, pause: Pause = asyncio.sleep) -> None:
        """Wait, for some seconds, by `pause`."""
        self._client = client
        self._pause = pause
        # By session: their ids are of their own over all servers, which share one database.
        self._kept: dict[int, tuple[Panel, asyncio.Task[None]]] = {}
        self._done: set[int] = set()
        self._keeper: asyncio.Task[None] | None = None
        self._leaving = asyncio.Event()

    def start(self) -> None:
        """Begin to keep panels; a second call does nothing."""
        if self._keeper is None:
            self._leaving.clear()
            self._keeper = asyncio.create_task(self._keep(), name="panels")

    async def stop(self) -> None:
        """Show once more what changed, as far as that is quickly done. May be called again.

        A session that ended a moment ago shall not look as if it ran until the next start.
        """
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        self._leaving.set()
        tasks = [task for _, task in self._kept.values()]
        if not tasks:
            return
        # Cut off only when it is late: one that was sent and not noted would be sent again.
        _, late = await asyncio.wait(tasks, timeout=_LEAVING)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def gone(self, message_id: int) -> None:
        """Hear that a message was deleted, which may be a panel."""
        for panel, _ in self._kept.values():
            panel.gone(message_id)

    async def _keep(self) -> None:
        while True:
            for desk in self._client.desks.all():
                try:
                    sessions = await self._to_show(desk)
                except Exception:  # noqa: BLE001 - looked for again in a second
                    _log.exception("running sessions could not be read")
                    continue
                for session in sessions:
                    self._begin(desk, session)
            await self._pause(_LOOKED)

    async def _to_show(self, desk: Desk) -> list[SessionRow]:
        """Return what runs, and what ended a moment ago and is not shown as ended yet.

        Such a session was shorter than the time between two looks, or the bot was away.
        """
        store = desk.ingest.store
        since = store.connections.clock() - _ENDED
        ended = [
            session
            for session in await store.sessions.all(desk.study.id)
            if session.ended_at is not None
            and session.ended_at > since
            and session.id not in self._done
            and (await store.panels.of(session.id) or await store.followed.of(session))
        ]
        return [*await desk.conduct.running(), *ended]

    def _begin(self, desk: Desk, session: SessionRow) -> None:
        if session.id in self._kept or (session.ended_at and session.id in self._done):
            return
        panel = Panel(self._client, desk, session)
        task = asyncio.create_task(self._follow(panel), name="panel")
        self._kept[session.id] = (panel, task)
        task.add_done_callback(lambda _: self._leave(session.id))

    def _leave(self, session_id: int) -> None:
        self._kept.pop(session_id, None)
        self._done.add(session_id)

    async def _follow(self, panel: Panel) -> None:
        last = False
        while await panel.refresh() and not last:
            last = await pause_until(self._leaving, self._pause(_EDITED * panel.patience))
