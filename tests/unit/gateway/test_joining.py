from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock, Mock

import discord
import pytest

from bot.domain.errors import InputError
from bot.gateway.staff.joining import NO_ACCESS, NO_THREAD, PRIVATE, Joiner
from bot.gateway.staff.threads_given import Given

ME = SimpleNamespace(id=1)
STAFF = 900


def refused(kind: type[discord.HTTPException], status: int) -> discord.HTTPException:
    return kind(Mock(status=status, reason=""), "")


def thread(guild: Any, number: int, **options: Any) -> Any:
    made = Mock(spec=discord.Thread)
    made.id, made.name, made.guild = number, f"group {number}", guild
    made.parent_id = options.pop("parent", 50)
    made.archived = made.locked = False
    made.me, made.members = None, []
    made.message_count, made.total_message_sent = 5, 7
    made.is_private.return_value = False
    may = dict.fromkeys(("view_channel", "read_message_history", "send_messages_in_threads"), True)
    may |= options.pop("may", {})
    made.permissions_for.return_value = discord.Permissions(**may)
    for name, value in options.items():
        setattr(made, name, value)
    return made


def channel(kind: type[Any], number: int, **may: bool) -> Any:
    made = Mock(spec=kind)
    made.id, made.name = number, f"channel {number}"
    allowed = dict.fromkeys(("view_channel", "read_message_history", "send_messages"), True) | may
    made.permissions_for.return_value = discord.Permissions(**allowed)
    return made


class Place:
    """A guild with some threads, and who looks for them."""

    def __init__(self) -> None:
        self.guild = Mock(spec=discord.Guild)
        self.guild.id, self.guild.me = 10, ME
        self.active: list[Any] = []
        self.guild.active_threads = AsyncMock(side_effect=lambda: self.active)
        self.guild.fetch_channel = AsyncMock(side_effect=refused(discord.NotFound, 404))
        self.channels: dict[int, Any] = {}
        self.guild.get_channel.side_effect = self.channels.get
        self.taken: dict[int, str] = {}
        self.joiner = Joiner(self.guild, 77, str(STAFF), self.taken.get)

    def add(self, number: int, **options: Any) -> Any:
        made = thread(self.guild, number, **options)
        self.active.append(made)
        return made


@pytest.fixture
def place() -> Place:
    return Place()


def why(found: Any) -> dict[str, str]:
    return {problem.place: problem.why for problem in found.problems}


async def test_a_thread_of_the_staff_channel_is_not_joined(place: Place) -> None:
    place.add(1, parent=STAFF)
    found = await place.joiner.given(Given((1,)))
    assert found.joinings == []
    assert "would read codes" in why(found)["<#1>"]


async def test_named_threads_are_joined_from_the_command_on(place: Place) -> None:
    first, second = place.add(1), place.add(2)
    found = await place.joiner.given(Given((2, 1)))
    assert [(j.thread.id, j.thread.name) for j in found.joinings] == [
        ("2", "group 2"),
        ("1", "group 1"),
    ]
    assert {j.start_key for j in found.joinings} == {77}
    assert {j.deleted_before for j in found.joinings} == {2}
    assert found.channels == []
    first.join.assert_awaited_once()
    second.join.assert_awaited_once()


async def test_every_thread_of_the_channel_and_those_to_come(place: Place) -> None:
    place.add(3), place.add(2), place.add(4, parent=51)
    found = await place.joiner.every(channel(discord.TextChannel, 50))
    assert [j.thread.id for j in found.joinings] == ["2", "3"]
    assert found.channels == ["50"]


async def test_a_text_channel_without_threads_is_a_group_itself(place: Place) -> None:
    found = await place.joiner.every(channel(discord.TextChannel, 50))
    assert [j.thread.id for j in found.joinings] == ["50"]
    assert found.channels == ["50"]


async def test_a_forum_brings_its_posts_and_is_none_itself(place: Place) -> None:
    forum = channel(discord.ForumChannel, 50)
    place.channels[50] = forum
    empty = await place.joiner.every(forum)
    assert (empty.joinings, empty.channels) == ([], ["50"])
    place.add(1)
    place.joiner = Joiner(place.guild, 77, None, place.taken.get)
    named = await place.joiner.given(Given((50,)))
    assert [j.thread.id for j in named.joinings] == ["1"]


async def test_in_a_thread_it_is_that_thread_as_it_is_now(place: Place) -> None:
    place.add(1, total_message_sent=9)
    stale = thread(place.guild, 1)
    found = await place.joiner.every(stale)
    assert [j.deleted_before for j in found.joinings] == [4]
    assert found.channels == []


async def test_the_staff_channel_is_never_followed(place: Place) -> None:
    staff = channel(discord.TextChannel, STAFF)
    place.channels[STAFF] = staff
    with pytest.raises(InputError, match="staff channel"):
        await place.joiner.every(staff)
    found = await place.joiner.given(Given((STAFF,)))
    assert why(found) == {f"<#{STAFF}>": "it is the staff channel"}


async def test_each_that_cannot_be_joined_says_why(place: Place) -> None:
    place.add(1, may={"view_channel": False})
    place.add(2, may={"send_messages_in_threads": False, "read_message_history": False})
    place.add(3, archived=True, locked=True)
    private = place.add(4)
    private.is_private.return_value = True
    private.join.side_effect = refused(discord.Forbidden, 403)
    place.add(5)
    place.taken[5] = "monday"
    place.add(6, parent=None)
    ids = (1, 2, 3, 4, 5, 7)
    found = await place.joiner.given(Given(ids, unread=("#x",), elsewhere=(8,)))
    assert found.joinings == []
    assert why(found) == {
        "`#x`": NO_THREAD,
        "<#8>": "it is a thread of another server",
        "<#1>": NO_ACCESS,
        "<#2>": "I lack Read Message History and Send Messages in Threads there",
        "<#3>": "it is archived and locked: unlock it",
        "<#4>": PRIVATE,
        "<#5>": "session 'monday' follows it already",
        "<#7>": "there is no such thread",
    }


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (refused(discord.Forbidden, 403), NO_ACCESS),
        (discord.InvalidData("another server's"), "it is not of this server"),
        (
            refused(discord.HTTPException, 500),
            "Discord did not tell about it (status 500): try again",
        ),
    ],
)
async def test_what_discord_does_not_show(place: Place, error: Exception, reason: str) -> None:
    place.guild.fetch_channel.side_effect = error
    assert why(await place.joiner.given(Given((1,)))) == {"<#1>": reason}


async def test_an_archived_thread_is_followed_without_opening_it(place: Place) -> None:
    archived = thread(place.guild, 1, archived=True)
    place.guild.fetch_channel.side_effect = None
    place.guild.fetch_channel.return_value = archived
    found = await place.joiner.given(Given((1,)))
    assert [j.thread.id for j in found.joinings] == ["1"]
    archived.join.assert_not_awaited()


async def test_a_member_does_not_join_again(place: Place) -> None:
    member = place.add(1, members=[ME])
    await place.joiner.given(Given((1,)))
    member.join.assert_not_awaited()


async def test_without_an_answer_the_threads_that_are_known_count(place: Place) -> None:
    place.guild.active_threads.side_effect = refused(discord.HTTPException, 503)
    place.guild.threads = [thread(place.guild, 1)]
    found = await place.joiner.every(channel(discord.TextChannel, 50))
    assert [j.thread.id for j in found.joinings] == ["1"]
