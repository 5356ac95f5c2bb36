import pytest
from discord import Object
from hypothesis import given
from hypothesis import strategies as st

from bot.rehearsal.rest.history import page
from tests.unit.rehearsal.lab import make_lab, serving

IDS = [10, 20, 30, 40, 50]


@pytest.mark.parametrize(
    ("asked", "given_back"),
    [
        ({"limit": 2}, [50, 40]),
        ({"limit": 2, "before": 40}, [30, 20]),
        # The oldest after the id, and still the newest of them first.
        ({"limit": 2, "after": 10}, [30, 20]),
        ({"limit": 2, "after": 15}, [30, 20]),
        ({"limit": 100, "after": 50}, []),
        ({"limit": 3, "around": 30}, [40, 30, 20]),
        ({"limit": 4, "around": 30}, [40, 30, 20, 10]),
        ({"limit": 3, "around": 35}, [40, 30]),
        ({"limit": 1, "around": 30}, [30]),
    ],
)
def test_a_page_is_what_discord_gives(asked: dict[str, int], given_back: list[int]) -> None:
    assert page(IDS, **asked) == given_back


@given(st.lists(st.integers(1, 500), unique=True), st.integers(0, 500), st.integers(1, 7))
def test_paging_onwards_finds_every_later_message_once(
    ids: list[int], after: int, limit: int
) -> None:
    ids.sort()
    found: list[int] = []
    last = after
    while part := page(ids, limit, after=last):
        found += part[::-1]
        last = part[0]
    assert found == [one for one in ids if one > after]


async def test_discord_py_reads_more_than_a_hundred_in_order() -> None:
    lab = make_lab()
    said = [lab.world.say(lab.group, lab.ada, str(n)) for n in range(250)]
    async with serving(lab) as (served, http):
        channel = int(lab.group.id)
        first = await http.logs_from(channel, 100, after=int(said[9]["id"]))
        assert [one["content"] for one in first] == [str(n) for n in range(109, 9, -1)]
        newest = await http.logs_from(channel, 100, before=Object(int(said[50]["id"])).id)
        assert newest[0]["content"] == "49"
        assert "guild_id" not in newest[0]
        one = await http.get_message(channel, int(said[3]["id"]))
        assert one["content"] == "3"
    assert ("GET", "/channels/{channel_id}/messages", 200) in served.requests


async def test_without_the_right_to_read_history_there_is_none() -> None:
    lab = make_lab()
    lab.world.say(lab.group, lab.ada, "before")
    lab.talk.deny(lab.guild.me, "read_message_history")
    async with serving(lab) as (_, http):
        assert await http.logs_from(int(lab.group.id), 100) == []
