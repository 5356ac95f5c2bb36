"""What each command does and says, at a real study; who may give it is tested elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock, Mock

import discord
import pytest
from staff_room import (
    BOOK,
    CHANNEL,
    CODES,
    GROUPS,
    STAFF,
    Room,
    group_thread,
    text_channel,
)

from bot.domain.codebook import Codebook
from bot.domain.errors import InputError
from bot.storage.rows import Account


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    opened = await Room.open(tmp_path)
    yield opened
    await opened.close()


def upload(name: str, data: str) -> Any:
    file = Mock(spec=discord.Attachment, filename=name, size=len(data))
    file.read = AsyncMock(return_value=data.encode())
    return file


def role(number: int, *, everyone: bool = False) -> Any:
    made = Mock(spec=discord.Role, id=number)
    made.is_default.return_value = everyone
    return made


async def test_a_server_is_set_up_by_one_command(room: Room) -> None:
    staff = text_channel(STAFF)
    asking = await room.give(
        room.study,
        "setup",
        upload("book.csv", "code,title\nA,Agree\nB,Bicker\n"),
        upload("list.csv", "title,text\nOne,Is it fair?\n"),
        staff,
        role(1),
        role(2),
        "keep",
    )
    assert asking.text.splitlines()[:7] == [
        "**The lab** is set up.",
        "Codebook: book, 2 codes.",
        "Scenario list: 1 scenario.",
        f"Staff channel: <#{STAFF}>.",
        "Researchers: <@&1>.",
        "Coders: <@&2>.",
        "Deleted messages: their text is kept.",
    ]
    assert room.desk.server.staff_channel == str(STAFF)
    assert [c.code for c in room.desk.codes] == ["A", "B"]


async def test_a_target_error_is_set_told_and_taken_away(room: Room) -> None:
    await room.set_up()
    set_ = await room.give(room.study, "setup", target_error=10.0)
    assert "Target error: 10 %; " in set_.text
    assert await room.desk.abstaining.target() == 0.1
    kept = await room.give(room.study, "setup", deleted="keep")
    assert "Target error: 10 %; " in kept.text
    gone = await room.give(room.study, "setup", target_error=0.0)
    assert "Target error: none; people are to look at everything." in gone.text


async def test_what_is_left_out_stays_as_it_is(room: Room) -> None:
    await room.set_up()
    asking = await room.give(room.study, "setup", deleted="keep")
    assert "60 codes" in asking.text
    assert "2 scenarios" in asking.text
    assert room.desk.keep_deleted


async def test_a_staff_channel_that_participants_can_read_is_warned_of(room: Room) -> None:
    await room.set_up()
    channel = text_channel(STAFF)
    room.guild.get_channel.side_effect = {STAFF: channel}.get
    assert "Everyone on this server can read" in (await room.give(room.study, "setup")).text
    channel.permissions_for.side_effect = lambda _: discord.Permissions.none()
    assert "Everyone on this server" not in (await room.give(room.study, "setup")).text


async def test_what_would_show_codes_to_participants_is_refused(room: Room) -> None:
    await room.set_up()
    await room.begin()
    with pytest.raises(InputError, match="participants would see codes"):
        await room.give(room.study, "setup", staff_channel=text_channel(GROUPS[0]))
    room.guild.threads = [group_thread(room.guild, GROUPS[0])]
    parent = text_channel(room.guild.threads[0].parent_id)
    with pytest.raises(InputError, match="participants would see codes"):
        await room.give(room.study, "setup", staff_channel=parent)
    other = 920_000_000_000_000_000
    session = await room.desk.conduct.begin("tuesday", [], [str(other)])
    await room.client.follow(room.desk, session)
    with pytest.raises(InputError, match="'tuesday' follows"):
        await room.give(room.study, "setup", staff_channel=text_channel(other))
    with pytest.raises(InputError, match="everyone on the server has that role"):
        await room.give(room.study, "setup", coder_role=role(1, everyone=True))
    blind = text_channel(STAFF)
    blind.permissions_for.return_value = discord.Permissions(view_channel=True)
    with pytest.raises(InputError, match="I lack Send Messages, Embed Links"):
        await room.give(room.study, "setup", staff_channel=blind)


async def test_before_the_set_up_commands_say_what_to_do(room: Room) -> None:
    for cog, name in ((room.session, "status"), (room.model, "status"), (room.codebook, "show")):
        with pytest.raises(InputError, match="begin with /study setup"):
            await room.give(cog, name)


async def test_a_session_joins_the_threads_named_and_tells_of_the_others(room: Room) -> None:
    await room.set_up()
    room.guild.threads = [group_thread(room.guild, GROUPS[0])]
    room.guild.fetch_channel = AsyncMock(
        side_effect=discord.NotFound(Mock(status=404, reason=""), "")
    )
    named = " ".join(f"<#{i}>" for i in GROUPS)
    asking = await room.give(room.session, "start", " monday ", named)
    assert asking.text.splitlines() == [
        f"**Session monday has begun.** It follows 1 thread: <#{GROUPS[0]}>",
        "⚠ 1 thread could not be joined:",
        f"- <#{GROUPS[1]}>: there is no such thread",
    ]
    assert room.client.staff == [asking.text]
    assert room.client.followed.of(GROUPS[0]) is not None


async def test_without_threads_it_joins_those_of_the_channel(room: Room) -> None:
    await room.set_up()
    room.guild.threads = [group_thread(room.guild, i) for i in GROUPS]
    asking = await room.give(
        room.session, "start", "monday", ask=room.ask(channel=text_channel(CHANNEL))
    )
    assert "It follows 2 threads" in asking.text
    assert f"opened later in <#{CHANNEL}> join by themselves" in asking.text
    opening = room.client.followed.opening_in(CHANNEL)
    assert opening is not None
    # Threads opened later are placed by it: on a machine whose clock is ahead, their first
    # messages would otherwise lie before the session.
    assert opening[1].started_at == asking.created_at


async def test_nothing_to_join_begins_nothing(room: Room) -> None:
    await room.set_up()
    with pytest.raises(InputError, match=r"no thread that I could join.*this is no thread"):
        await room.give(room.session, "start", "monday", "group-1")
    with pytest.raises(InputError, match="staff channel"):
        await room.give(room.session, "start", "monday", ask=room.ask(channel=text_channel(STAFF)))
    assert await room.desk.conduct.running() == ()


async def test_status_shows_what_the_panel_shows(room: Room) -> None:
    await room.set_up()
    await room.begin()
    await room.say(1)
    asking = await room.give(room.session, "status")
    (embed,) = asking.answer["embeds"]
    assert embed.title == "Session monday"
    assert "**1** messages" in embed.description


async def test_of_two_sessions_the_channel_tells_which(room: Room) -> None:
    await room.set_up()
    await room.begin("monday", GROUPS[0])
    await room.begin("tuesday", GROUPS[1])
    with pytest.raises(InputError, match="'monday', 'tuesday'"):
        await room.give(room.session, "status")
    here = group_thread(room.guild, GROUPS[1])
    asking = await room.give(room.session, "status", ask=room.ask(channel=here))
    assert asking.answer["embeds"][0].title == "Session tuesday"
    named = await room.give(room.session, "status", "monday")
    assert named.answer["embeds"][0].title == "Session monday"


async def test_ending_twice_in_a_thread_does_not_end_the_other_session(room: Room) -> None:
    await room.set_up()
    await room.begin("monday", GROUPS[0])
    await room.begin("tuesday", GROUPS[1])
    await room.give(room.session, "end", ask=room.ask(channel=Mock(id=GROUPS[0])))
    with pytest.raises(InputError, match="'monday', which this thread was in, has ended; to end"):
        await room.give(room.session, "end", ask=room.ask(channel=Mock(id=GROUPS[0])))
    await room.give(room.session, "end")
    assert await room.desk.conduct.running() == ()


async def test_a_session_ends_with_a_summary(room: Room) -> None:
    await room.set_up()
    session = await room.begin()
    stored = await room.say(1)
    coder = await room.desk.review.coder(Account("discord", "42"))
    await room.desk.review.decide(stored, coder, "C02")
    asking = await room.give(room.session, "end")
    assert "**Session monday has ended.** 1 message, " in asking.text
    assert "people corrected 1 and confirmed 0" in asking.text
    assert room.client.staff == [asking.text]
    assert room.client.followed.of(GROUPS[0]) is None
    found = await room.store.sessions.find(session.study_id, "monday")
    assert found is not None
    assert found.ended_at is not None


async def test_a_scenario_is_posted_to_every_group_or_to_one(room: Room) -> None:
    await room.set_up()
    await room.begin()
    asking = await room.give(room.scenario, "start", "Mine", "Who is right?", 5.0)
    assert asking.text.startswith("**Mine** runs in 2 threads.\nIt ends by itself at <t:")
    posts = room.client.posting.posts
    assert posts == [(str(i), "**Mine**\n\nWho is right?") for i in GROUPS]
    posts.clear()
    one = await room.give(room.scenario, "start", "prices", thread=f"<#{GROUPS[1]}>")
    assert one.text == "**Prices** runs in 1 thread, in the place of *Mine*."
    assert [thread for thread, _ in posts if "Is it fair?" in _] == [str(GROUPS[1])]


async def test_where_it_could_not_be_posted_is_told_to_all_staff(room: Room) -> None:
    await room.set_up()
    await room.begin()
    room.client.posting.closed = {str(GROUPS[1])}
    asking = await room.give(room.scenario, "next")
    assert f"- <#{GROUPS[1]}>: the bot may not write there" in asking.text
    assert room.client.staff == [asking.text]


async def test_next_goes_through_the_list(room: Room) -> None:
    await room.set_up()
    await room.begin()
    told = [(await room.give(room.scenario, "next")).text for _ in range(2)]
    assert told == [
        "**Prices** runs in 2 threads.",
        "**Trolley** runs in 2 threads, in the place of *Prices*.",
    ]
    with pytest.raises(InputError, match="have been started"):
        await room.give(room.scenario, "next")
    listed = await room.give(room.scenario, "list")
    assert listed.text.splitlines()[0] == "Scenarios (session monday):"
    assert "1. **Prices**, started" in listed.text
    assert "2. **Trolley**, running" in listed.text


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "use /scenario next"),
        ({"title": "Unknown"}, "no scenario 'Unknown'"),
        ({"title": "Prices", "thread": "here"}, "'here' names no thread"),
        ({"title": "Prices", "thread": str(CHANNEL)}, "does not follow"),
    ],
)
async def test_a_scenario_that_cannot_start_says_why(
    room: Room, given: dict[str, Any], sentence: str
) -> None:
    await room.set_up()
    await room.begin()
    with pytest.raises(InputError, match=sentence):
        await room.give(room.scenario, "start", **given)
    assert room.client.posting.posts == []


async def test_a_code_is_set_by_link_and_shown(room: Room) -> None:
    await room.set_up()
    await room.begin()
    stored = await room.say(1, "is *it*?")
    link = f"https://discord.com/channels/700/{GROUPS[0]}/{stored.message.id}"
    corrected = await room.give(room.code, "set_code", link, "title 02", "she asks")
    assert corrected.text == "Noted: **C02** (it was C01)."
    confirmed = await room.give(room.code, "set_code", stored.message.id, "C01")
    assert confirmed.text == "Confirmed: **C01**."
    await room.give(room.code, "note", link, "look again")
    shown = await room.give(room.code, "show", stored.message.id)
    (embed,) = shown.answer["embeds"]
    values = {f.name: f.value for f in embed.fields}
    assert embed.title == "C01: Title 01"
    assert "(she asks)" in values["Decisions"]
    assert values["Notes"].endswith("C1: look again")


async def test_codes_are_offered_from_memory(room: Room) -> None:
    await room.set_up()
    asking = room.ask()
    found = await room.code.codes(asking, "title 5")  # type: ignore[arg-type]
    assert [c.name for c in found] == [f"C{n}: Title {n}" for n in range(50, 60)]
    assert len(await room.code.codes(asking, "")) == 25  # type: ignore[arg-type]
    asking.guild_id = 1
    assert await room.code.codes(asking, "") == []  # type: ignore[arg-type]


async def test_the_menus_of_a_message_work_on_it(room: Room) -> None:
    await room.set_up()
    await room.begin()
    stored = await room.say(1, code="C30")
    message = Mock(id=int(stored.message.id), channel=Mock(id=GROUPS[0]))
    asking = room.ask()
    await room.code.correct_code(asking, message)  # type: ignore[arg-type]
    view = asking.answer["view"]
    assert [o.value for o in view.children[0].item.options] == [c.code for c in CODES[25:50]]
    shown = room.ask()
    await room.code.show_code(shown, message)  # type: ignore[arg-type]
    assert shown.answer["embeds"][0].title == "C30: Title 30"


async def test_a_message_that_is_not_of_the_study_says_so(room: Room) -> None:
    await room.set_up()
    with pytest.raises(InputError, match="is stored in this study"):
        await room.give(room.code, "show", "123456789012345678")


async def test_an_export_is_attached_or_lies_beside_the_database(
    room: Room, tmp_path: Path
) -> None:
    await room.set_up()
    await room.begin()
    await room.say(1, "hello there")
    asking = await room.give(room.export, "export", "csv")
    assert b"hello there" in asking.files[0]
    assert asking.text.startswith("1 message with 1 coding")
    small = room.ask()
    small.filesize_limit = 10
    await room.give(room.export, "export", "codebook", ask=small)
    kept = tmp_path / "exports" / "book.toml"
    assert kept.exists()
    assert small.answer["attachments"] == []
    assert "lies where the bot runs" in small.text
    with pytest.raises(InputError, match="no session 'friday'; name one of 'monday'"):
        await room.give(room.export, "export", "csv", "friday")


async def test_the_model_s_status_says_why_nothing_is_coded(room: Room) -> None:
    await room.set_up()
    await room.begin()
    text = (await room.give(room.model, "status")).text
    assert "not coded: no model is loaded" in text
    assert "Session monday: 0 messages" in text


async def test_the_codebook_turns_its_pages(room: Room) -> None:
    long = tuple(type(c)(c.code, c.title, "word " * 90) for c in CODES)
    await room.set_up(Codebook("book", "Book", "1", long))
    asking = await room.give(room.codebook, "show")
    (embed,) = asking.answer["embeds"]
    assert embed.footer.text == "60 codes, page 1 of 9"
    (on,) = asking.answer["view"].children
    again = room.ask()
    await on.callback(again)
    assert again.answer["embeds"][0].footer.text == "60 codes, page 2 of 9"
    assert len(again.answer["view"].children) == 2


async def test_the_book_is_the_one_that_was_given(room: Room) -> None:
    await room.set_up()
    assert room.desk.study.codebook == BOOK
