from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import discord
import pytest
import structlog

from bot.domain.codebook import codebook_from_codes
from bot.domain.discussion import Thread
from bot.gateway.staff.panel import Panel, PanelKeeper
from bot.services.numbers import SessionNumbers, Uncertain
from bot.services.reliability import LiveAudit
from bot.settings import DiscordSettings, Settings
from bot.storage.live_rows import Joining
from bot.storage.rows import SessionRow
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store

SERVER, STAFF = "700", 900


class Channel:
    """The staff channel: `messages` are its panels, `edits` how often one was edited."""

    def __init__(self) -> None:
        self.messages: dict[int, dict[str, Any]] = {}
        self.edits = 0
        self.options: list[dict[str, Any]] = []
        self.broken: Exception | None = None
        self.shown = asyncio.Event()

    async def send(self, *, embed: discord.Embed, **options: Any) -> Any:
        if self.broken is not None:
            raise self.broken
        number = 1 + max(self.messages, default=0) + self.edits
        self.messages[number] = embed.to_dict()
        self.options.append(options)
        self.shown.set()
        return SimpleNamespace(id=number)

    def get_partial_message(self, number: int) -> Any:
        async def edit(*, embed: discord.Embed, **options: Any) -> None:
            if self.broken is not None:
                raise self.broken
            if number not in self.messages:
                raise discord.NotFound(Mock(status=404, reason=""), "")
            self.edits += 1
            self.messages[number] = embed.to_dict()
            self.options.append(options)
            self.shown.set()

        return SimpleNamespace(edit=edit)


class Numbers:
    def __init__(self) -> None:
        self.messages = 0
        self.waiting = 0
        self.uncertain: tuple[Uncertain, ...] = ()

    async def of(self, session: SessionRow) -> SessionNumbers:
        return SessionNumbers(
            session=session,
            groups=(),
            messages=self.messages,
            coded=self.messages - self.waiting,
            waiting=self.waiting,
            slowest_ms=None,
            median_ms=None,
            codes=(),
            uncertain=self.uncertain,
            gaps=0,
        )


class Room:
    """One desk with a session that runs, and the client that shows its panel."""

    def __init__(self, store: Store, session: SessionRow) -> None:
        self.store, self.session, self.numbers = store, session, Numbers()
        self.channel = Channel()
        self.running: list[SessionRow] = [session]
        self.desk: Any = SimpleNamespace(
            server=SimpleNamespace(external_id=SERVER, staff_channel=str(STAFF)),
            study=SimpleNamespace(id=session.study_id),
            ingest=SimpleNamespace(store=store),
            numbers=self.numbers,
            problem=None,
            live=object(),
            coder=None,
            coders=(),
            abstaining=SimpleNamespace(waiting=self._no_target),
            conduct=SimpleNamespace(running=self._running),
        )
        self.client: Any = SimpleNamespace(
            desks=SimpleNamespace(of=lambda _: self.desk, all=lambda: (self.desk,)),
            get_partial_messageable=lambda _: self.channel,
            settings=Settings(),
        )

    async def _no_target(self, _session: SessionRow) -> None:
        return None

    async def _running(self) -> tuple[SessionRow, ...]:
        return tuple(self.running)

    def panel(self) -> Panel:
        return Panel(self.client, self.desk, self.session)

    @property
    def only(self) -> dict[str, Any]:
        (shown,) = self.channel.messages.values()
        return shown


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with await Store.open(sqlite_url(tmp_path / "study.db")) as store:
        study = await store.studies.open("study", codebook_from_codes(["A", "B"], "book"))
        yield Room(store, await store.sessions.begin(study.id, "monday"))


async def test_one_message_edited_only_when_something_changed(room: Room) -> None:
    panel = room.panel()
    assert await panel.refresh()
    assert await panel.refresh()
    assert (len(room.channel.messages), room.channel.edits) == (1, 0)
    room.numbers.messages = 5
    await panel.refresh()
    assert (len(room.channel.messages), room.channel.edits) == (1, 1)
    assert "**5** messages" in room.only["description"]


async def test_the_agreement_is_told_what_it_took_in_before(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: list[LiveAudit] = []

    async def audited(_desk: Any, _session: SessionRow, given: LiveAudit) -> None:
        known.append(given)

    monkeypatch.setattr("bot.gateway.staff.panel.audited", audited)
    monkeypatch.setattr("bot.gateway.staff.panel._AUDITED", 0.0)
    panel = room.panel()
    for _ in range(2):
        await panel.refresh()
    assert len(known) == 2
    assert known[0] is known[1]


async def test_nobody_is_called_to_it(room: Room) -> None:
    panel = room.panel()
    await panel.refresh()
    room.numbers.messages = 1
    await panel.refresh()
    for options in room.channel.options:
        assert options["allowed_mentions"].to_dict() == {"parse": []}
    assert room.channel.options[0]["silent"] is True


async def test_after_a_restart_the_same_message_goes_on(room: Room) -> None:
    await room.panel().refresh()
    room.numbers.messages = 5
    await room.panel().refresh()
    assert "**5** messages" in room.only["description"]


async def test_a_deleted_panel_is_made_anew(room: Room) -> None:
    panel = room.panel()
    await panel.refresh()
    (number,) = room.channel.messages
    room.channel.messages.clear()
    panel.gone(12345)
    await panel.refresh()
    assert room.channel.messages == {}
    panel.gone(number)
    await panel.refresh()
    assert len(room.channel.messages) == 1
    assert await room.store.panels.of(room.session.id) == (
        str(STAFF),
        str(next(iter(room.channel.messages))),
    )


async def test_another_staff_channel_gets_a_panel_of_its_own(room: Room) -> None:
    panel = room.panel()
    await panel.refresh()
    room.desk.server.staff_channel = "901"
    await panel.refresh()
    assert len(room.channel.messages) == 2
    room.desk.server.staff_channel = None
    assert await panel.refresh()


async def test_what_goes_wrong_is_logged_once_and_tried_again(room: Room) -> None:
    panel = room.panel()
    room.channel.broken = discord.Forbidden(Mock(status=403, reason=""), "hidden words")
    with structlog.testing.capture_logs() as logs:
        assert await panel.refresh()
        assert await panel.refresh()
    assert [line["error"] for line in logs] == ["Forbidden"]
    assert "hidden" not in str(logs)
    assert panel.patience == 3
    room.channel.broken = None
    assert await panel.refresh()
    assert panel.patience == 1
    assert len(room.channel.messages) == 1


async def test_an_ended_session_is_shown_to_its_last_code(room: Room) -> None:
    panel = room.panel()
    room.numbers.messages = room.numbers.waiting = 2
    await room.store.sessions.end(room.session.id)
    assert await panel.refresh()
    room.numbers.waiting = 0
    assert not await panel.refresh()
    assert room.only["title"] == "Session monday (ended)"


async def test_without_a_model_an_ended_session_is_done_at_once(room: Room) -> None:
    room.numbers.messages = room.numbers.waiting = 2
    room.desk.live = None
    await room.store.sessions.end(room.session.id)
    assert not await room.panel().refresh()


async def test_the_keeper_shows_each_running_session_and_stops(room: Room) -> None:
    pauses: list[float] = []
    go_on = asyncio.Event()

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        await go_on.wait()
        await asyncio.sleep(0)

    keeper = PanelKeeper(room.client, pause)
    keeper.start()
    keeper.start()
    await room.channel.shown.wait()
    assert len(room.channel.messages) == 1
    room.channel.shown.clear()
    room.numbers.messages = 3
    go_on.set()
    await room.channel.shown.wait()
    go_on.clear()
    assert "**3** messages" in room.only["description"]
    assert max(pauses) == 3.0
    await keeper.stop()
    await keeper.stop()
    assert not [t for t in asyncio.all_tasks() if t.get_name() in ("panel", "panels")]


async def test_sessions_of_a_broken_desk_are_looked_for_again(room: Room) -> None:
    looks = 0

    async def running() -> tuple[SessionRow, ...]:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise OSError("disk")
        return (room.session,)

    room.desk.conduct.running = running
    keeper = PanelKeeper(room.client, lambda _: asyncio.sleep(0))
    with structlog.testing.capture_logs() as logs:
        keeper.start()
        await room.channel.shown.wait()
        await keeper.stop()
    assert logs[0]["event"] == "running sessions could not be read"
    assert len(room.channel.messages) == 1


async def test_a_session_that_ended_between_two_looks_is_shown_as_ended(room: Room) -> None:
    room.running = []
    joining = Joining(Thread("5", "group-1"), 1, 0)
    await room.store.followed.begin(room.session.study_id, "short", [joining], [])
    short = await room.store.sessions.find(room.session.study_id, "short")
    assert short is not None
    await room.store.sessions.end(short.id)
    keeper = PanelKeeper(room.client, lambda _: asyncio.sleep(0))
    keeper.start()
    await room.channel.shown.wait()
    room.channel.shown.clear()
    for _ in range(50):
        await asyncio.sleep(0.001)
    await keeper.stop()
    assert room.only["title"] == "Session short (ended)"
    assert not room.channel.shown.is_set()  # once is enough


@pytest.mark.parametrize(("minutes", "title"), [(9, "Session monday (ended)"), (11, "as it was")])
async def test_a_bot_that_died_as_a_session_ended_shows_the_end_after_its_restart(
    room: Room, minutes: int, title: str
) -> None:
    await room.panel().refresh()  # and then it died
    room.only["title"] = "as it was"
    await room.store.sessions.end(room.session.id)
    now = room.store.connections.clock() + timedelta(minutes=minutes)
    room.store.connections.clock = lambda: now  # type: ignore[method-assign]
    room.running = []
    looks = asyncio.Semaphore(0)

    async def pause(_: float) -> None:
        looks.release()
        await asyncio.sleep(0)

    keeper = PanelKeeper(room.client, pause)
    keeper.start()
    for _ in range(20):
        await looks.acquire()
    await keeper.stop()
    assert room.only["title"] == title
    assert room.channel.edits == (title != "as it was")


async def test_a_bot_that_is_stopped_as_a_session_ends_shows_the_end(room: Room) -> None:
    waiting = asyncio.Event()

    async def pause(seconds: float) -> None:
        if seconds > 1:  # between two edits
            waiting.set()
        await asyncio.Event().wait()

    keeper = PanelKeeper(room.client, pause)
    keeper.start()
    await waiting.wait()
    assert room.only["title"] == "Session monday"
    await room.store.sessions.end(room.session.id)
    await keeper.stop()
    assert room.only["title"] == "Session monday (ended)"


async def test_links_lead_to_the_server_itself(room: Room) -> None:
    room.client.settings = Settings(discord=DiscordSettings(api_base="https://chat.lab:8443/api"))
    room.numbers.uncertain = (Uncertain("11", "500", "B", 0.3),)
    await room.panel().refresh()
    (field,) = room.only["fields"]
    assert f"(https://chat.lab:8443/channels/{SERVER}/11/500)" in field["value"]
