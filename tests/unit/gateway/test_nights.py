"""Nights beside the bot: done once, told once, ended with the bot. The trainings are stand-ins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from staff_room import Room

from bot.domain.errors import InputError
from bot.gateway.nights import Nights
from bot.services.desk import Desk
from bot.services.retraining.retrainer import Retrainer
from bot.services.retraining.status import status
from bot.services.retraining.whether import Skip, Why
from bot.settings import RetrainingSettings
from bot.storage.retrainings import Cause, Retraining, State
from tests.retraining_bench import Bench, two_coders
from tests.tiny import codebook

DUE = datetime(2026, 3, 2, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def two_bundles(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return two_coders(tmp_path_factory.mktemp("coders"))


class Lab:
    """A room whose desk is retrained by stand-ins, under a clock that the test sets."""

    def __init__(self, room: Room, bench: Bench) -> None:
        self.room, self.bench = room, bench
        self.skip: Skip | None = None
        self.nights = Nights(room.client, self.retrainer)  # type: ignore[arg-type]
        room.client.nights = self.nights
        room.store.connections.clock = bench.clock
        self.how = "decides"

    def retrainer(self, desk: Desk) -> Retrainer:
        self.bench.study = desk.study
        made = Retrainer(self.room.store, self.bench.settings, self.bench.command)
        self.bench.how = self.how
        made.why_not = self.why_not  # type: ignore[method-assign]
        return made

    async def why_not(self, *_: Any, **__: Any) -> Skip | None:
        return self.skip

    def days_later(self, days: float) -> None:
        self.bench.clock.now += timedelta(days=days)

    async def look(self) -> None:
        await self.nights.run()

    @property
    async def rows(self) -> tuple[Retraining, ...]:
        return await self.room.store.retrainings.of_study(self.room.desk.study.id)

    @property
    def titles(self) -> list[str | None]:
        return [embed.title for embed, _ in self.room.client.embeds]


@pytest.fixture
async def lab(tmp_path: Path, two_bundles: tuple[Path, Path]) -> AsyncIterator[Lab]:
    bench = await Bench.open(tmp_path, *two_bundles)
    room = await Room.open(tmp_path)
    bench.clock.now = DUE - timedelta(days=30)
    room.store.connections.clock = bench.clock
    await room.set_up(codebook())
    bench.clock.now = DUE
    yield Lab(room, bench)
    await bench.store.close()
    await room.close()


async def test_a_night_trains_once_and_is_told_with_its_picture(lab: Lab) -> None:
    (lab.bench.folder / "given" / "confusion.png").write_bytes(b"a picture")
    await lab.look()
    await lab.look()
    (row,) = await lab.rows
    assert (row.cause, row.state) == (Cause.NIGHTLY, State.PROMOTED)
    ((embed, files),) = lab.room.client.embeds
    assert embed.title == "A new coder serves: The lab"
    assert files == ["confusion.png"]
    lab.days_later(1)
    await lab.look()
    assert len(await lab.rows) == 2


async def test_a_missed_night_is_made_up_for_once(lab: Lab) -> None:
    lab.bench.clock.now = DUE + timedelta(days=5, hours=7)
    await lab.look()
    lab.days_later(0.01)
    await lab.look()
    assert len(await lab.rows) == 1


async def test_off_means_never(lab: Lab) -> None:
    lab.bench.settings = lab.bench.settings.model_copy(
        update={"retraining": RetrainingSettings(cron="off")}
    )
    await lab.look()
    assert await lab.rows == ()


async def test_the_same_skip_is_told_once_a_week_and_every_night_is_noted(lab: Lab) -> None:
    lab.skip = Skip(Why.FEW, "only 3 verified codes are new.")
    told = []
    for _ in range(9):
        await lab.look()
        told.append(len(lab.room.client.staff))
        lab.days_later(1)
    assert told == [1, 1, 1, 1, 1, 1, 1, 2, 2]
    assert lab.room.client.staff[0].startswith(
        "No retraining tonight (The lab): only 3 verified codes are new."
    )
    lab.skip = Skip(Why.MEMORY, "1.0 GB of memory are free.")
    await lab.look()
    assert len(lab.room.client.staff) == 3
    assert [row.state for row in await lab.rows] == [State.SKIPPED] * 10


async def test_a_failure_is_told_every_time(lab: Lab) -> None:
    lab.how = "fails"
    for _ in range(2):
        await lab.look()
        lab.days_later(1)
    assert lab.titles == ["Tonight's retraining failed: The lab"] * 2
    embed, _ = lab.room.client.embeds[0]
    assert embed.description == "The gold groups hold one code only; code more."
    assert embed.fields[0].value == "The coder that serves is the same as before."


async def test_the_end_of_the_bot_ends_the_training_and_is_told(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.how = "hangs"
    begun = asyncio.Event()
    plain = Retrainer.run

    async def run(self: Retrainer, *given: Any) -> Any:
        return await plain(self, *given, told=lambda _: begun.set())

    monkeypatch.setattr(Retrainer, "run", run)
    await lab.nights.look()
    await begun.wait()
    await lab.nights.look()  # it is under way: this begins nothing
    await lab.nights.close()
    (row,) = await lab.rows
    assert row.state is State.FAILED
    assert row.reason == "the bot was stopped before the training had ended."
    assert lab.titles == ["Tonight's retraining failed: The lab"]
    await lab.nights.look()
    assert len(await lab.rows) == 1
    with pytest.raises(InputError, match="the bot is being stopped"):
        await lab.nights.ask(lab.room.desk)


async def test_what_a_killed_bot_left_is_told_at_the_next_start(lab: Lab) -> None:
    folder = lab.bench.folder / "retrainings" / "pilot"
    await lab.room.store.retrainings.begin(lab.room.desk.study.id, Cause.NIGHTLY, folder)
    await lab.look()
    assert lab.titles == ["Tonight's retraining failed: The lab"]
    (row,) = await lab.rows  # the night was begun: it is not begun again
    assert row.state is State.FAILED


async def test_what_another_process_noted_as_dead_is_told_until_it_is_heard(lab: Lab) -> None:
    folder = lab.bench.folder / "retrainings" / "pilot"
    await lab.room.store.retrainings.begin(lab.room.desk.study.id, Cause.NIGHTLY, folder)
    found = await status(lab.retrainer(lab.room.desk), lab.room.desk.study)  # the command line
    assert found.last is not None
    assert found.last.state is State.FAILED
    lab.room.client.deaf = True
    await lab.look()
    lab.room.client.deaf = False
    await asyncio.gather(lab.look(), lab.room.give(lab.room.model, "train"))
    assert lab.titles[0] == "Tonight's retraining failed: The lab"
    assert await lab.room.client.background.settle(60)
    await lab.look()
    assert lab.titles[1:] == ["A new coder serves: The lab"]
    assert [row.state for row in await lab.rows] == [State.FAILED, State.PROMOTED]


async def test_who_asks_is_told_why_not_or_gets_a_report(lab: Lab) -> None:
    lab.skip = Skip(Why.SESSION, "session 'monday' is running.")
    with pytest.raises(InputError, match="'monday' is running; with force: True it begins all"):
        await lab.room.give(lab.room.model, "train")
    lab.skip = Skip(Why.MEMORY, "1.0 GB are free.")
    with pytest.raises(InputError, match=r"1\.0 GB are free; see to that first"):
        await lab.room.give(lab.room.model, "train")
    lab.skip = None
    lab.bench.decide("keep")
    asking = await lab.room.give(lab.room.model, "train")
    assert asking.text.startswith("The retraining has begun, beside the live coding.")
    assert await lab.room.client.background.settle(60)
    assert lab.titles == ["The coder stays as it is: The lab"]
    (row,) = await lab.rows
    assert (row.cause, row.state) == (Cause.ASKED, State.KEPT)


async def test_a_database_that_refuses_is_told_once(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: Any) -> None:
        raise InputError("the disk is full", "free some space")

    monkeypatch.setattr(lab.room.store.retrainings, "of_study", refuse)
    await lab.look()
    await lab.look()
    assert lab.room.client.staff == [
        "The nightly retraining could not be looked after: the disk is full; free some space."
    ]


async def test_the_clock_begins_with_the_bot_and_ends_with_it(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = asyncio.Event()

    async def run() -> None:
        looked.set()

    monkeypatch.setattr("bot.gateway.nights._FIRST", timedelta(0))
    monkeypatch.setattr(lab.nights, "run", run)
    lab.room.client.settings = lab.bench.settings
    lab.nights.start()
    await asyncio.wait_for(looked.wait(), 60)
    await lab.nights.close()
    await lab.nights.close()
