"""The one door: once, durable, and heard of by whoever listens."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from table import START, Table

from bot.domain.discussion import Scenario, Thread
from bot.services.ingest import Arrival, Edited, Event, storable

CASE = Scenario("s", "s", "case")
THREAD = Thread("t", "t")


def arrival(key: int, text: str = "words") -> Arrival:
    return Arrival("t", f"m{key}", key, "ann", text, START)


async def test_listeners_hear_only_what_changed_and_in_order(table: Table) -> None:
    heard: list[Event] = []
    table.ingest.listen(heard.append)
    session = await table.ingest.start_session("monday")
    for _ in range(2):
        await table.ingest.start_discussion(session, THREAD, CASE, 0)
        for key in (1, 2):
            await table.ingest.receive(arrival(key))
        await table.ingest.edited("t", "m1", "changed", START)
        await table.ingest.deleted("t", "m2", START)
    names = [type(event).__name__ for event in heard]
    assert names == ["Started", "Receipt", "Receipt", "Edited", "Edited"]
    assert isinstance(heard[-1], Edited)
    assert heard[-1].stored.deleted_at == START
    table.ingest.forget(heard.append)
    await table.ingest.receive(arrival(3))
    assert len(heard) == 5


async def test_listeners_hear_of_a_message_whose_caller_has_gone(table: Table) -> None:
    session = await table.ingest.start_session("monday")
    await table.ingest.start_discussion(session, THREAD, CASE, 0)
    heard = asyncio.Event()
    table.ingest.listen(lambda _event: heard.set())
    task = asyncio.create_task(table.ingest.receive(arrival(1)))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    await asyncio.wait_for(heard.wait(), 10)


async def test_a_listener_that_fails_stops_nobody(table: Table) -> None:
    heard: list[Event] = []

    def failing(_event: Event) -> None:
        raise RuntimeError("panel gone")

    table.ingest.listen(failing)
    table.ingest.listen(heard.append)
    session = await table.ingest.start_session("monday")
    assert (await table.ingest.start_discussion(session, THREAD, CASE, 0)).new
    assert len(heard) == 1


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [("a\x00b", "a\N{REPLACEMENT CHARACTER}b"), ("\ud800!", "\N{REPLACEMENT CHARACTER}!")],
)
async def test_what_no_database_holds_is_replaced(table: Table, given_text: str, kept: str) -> None:
    session = await table.ingest.start_session("monday")
    await table.ingest.start_discussion(session, THREAD, CASE, 0)
    await table.ingest.receive(arrival(1, given_text))
    assert (await table.log())[0].messages[0].text == kept
    assert not (await table.ingest.receive(arrival(1, given_text))).new
    assert (await table.ingest.receive(arrival(1, given_text))).same


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_every_other_text_is_kept_as_it_is(text: str) -> None:
    assert storable(text) == text
