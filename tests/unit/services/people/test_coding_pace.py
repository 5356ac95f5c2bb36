"""How quickly people code: pauses are no work, and a file's codes were not made at a pace."""

from __future__ import annotations

from datetime import timedelta

from group import gives, said
from table import START, Table

from bot.services.people.coding_pace import pace, paces


def test_the_pace_is_the_median_without_pauses() -> None:
    times = [START + timedelta(seconds=s) for s in (0, 4, 10, 18, 1000, 1006)]
    assert pace(times[::-1]) == 6
    assert pace(times[:1]) is None


def test_decisions_of_one_moment_have_no_pace() -> None:
    assert pace([START] * 5) is None
    assert pace([*[START] * 5, START + timedelta(seconds=7)]) == 7


async def test_of_each_coder_and_no_model(table: Table) -> None:
    for stored in await said(table):
        await gives(table, "C1", stored, "A")
    (coder,) = await paces(table.store, table.study)
    assert coder == "C1"
