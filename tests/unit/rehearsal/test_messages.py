import io
from typing import Any

import discord
import pytest
from discord.http import HTTPClient, handle_message_parameters

from bot.rehearsal.world.messages import Json
from tests.unit.rehearsal.lab import make_lab, serving


async def send(http: HTTPClient, channel_id: str, **kwargs: Any) -> Json:
    with handle_message_parameters(**kwargs) as params:
        sent: Any = await http.send_message(int(channel_id), params=params)
        return dict(sent)


async def refused(http: HTTPClient, channel_id: str, **kwargs: Any) -> discord.HTTPException:
    with pytest.raises(discord.HTTPException) as caught:
        await send(http, channel_id, **kwargs)
    return caught.value


async def test_a_message_is_posted_changed_and_deleted() -> None:
    lab = make_lab()
    async with serving(lab) as (_, http):
        sent = await send(http, lab.group.id, content="  Time is up ")
        assert sent["content"] == "Time is up"
        assert lab.world.bot.id in lab.group.joined
        with handle_message_parameters(content="Now") as params:
            await http.edit_message(int(lab.group.id), int(sent["id"]), params=params)
        await http.delete_message(int(lab.group.id), int(sent["id"]))
    assert [name for name in lab.names() if name.startswith("MESSAGE")] == [
        "MESSAGE_CREATE",
        "MESSAGE_UPDATE",
        "MESSAGE_DELETE",
    ]
    assert lab.world.said(lab.group) == ()


async def test_the_same_nonce_posts_once() -> None:
    lab = make_lab()
    async with serving(lab) as (_, http):
        first = await send(http, lab.group.id, content="once", nonce="77")
        again = await send(http, lab.group.id, content="once", nonce="77")
        other = await send(http, lab.talk.id, content="once", nonce="77")
    assert first["id"] == again["id"] != other["id"]
    assert len(lab.world.said(lab.group)) == 1


async def test_files_come_back_as_they_were_sent() -> None:
    lab = make_lab()
    data = bytes(range(256)) * 10
    async with serving(lab) as (_, http):
        files = [
            discord.File(io.BytesIO(data), "codes of today.csv", description="all"),
            discord.File(io.BytesIO(b"{}"), "b.json"),
        ]
        sent = await send(http, lab.staff.id, content="Here", files=files)
        first, second = sent["attachments"]
        assert (first["filename"], first["size"]) == ("codes_of_today.csv", len(data))
        assert first["description"] == "all"
        assert await http.get_from_cdn(first["url"]) == data
        assert await http.get_from_cdn(second["url"]) == b"{}"
        lab.world.attachment_limit = 100
        large = discord.File(io.BytesIO(data), "large.csv")
        assert (await refused(http, lab.staff.id, content="x", file=large)).status == 413


async def test_files_attached_before_the_server_runs_can_be_downloaded() -> None:
    lab = make_lab()
    said = lab.world.say(lab.group, lab.ada, "look", attachments=["a.png"])
    async with serving(lab) as (_, http):
        message: Any = await http.get_message(int(lab.group.id), int(said["id"]))
        assert await http.get_from_cdn(message["attachments"][0]["url"]) == b"-"


@pytest.mark.parametrize(
    ("fields", "place", "code"),
    [
        ({"content": "x" * 2001}, "content", "BASE_TYPE_MAX_LENGTH"),
        (
            {"embed": discord.Embed(title="t" * 257)},
            "embeds.0.title",
            "BASE_TYPE_MAX_LENGTH",
        ),
        (
            {"embed": discord.Embed().add_field(name="", value="v")},
            "embeds.0.fields.0.name",
            "BASE_TYPE_REQUIRED",
        ),
        (
            {"embeds": [discord.Embed(description="d" * 4000) for _ in range(2)]},
            "embeds",
            "MAX_EMBED_SIZE_EXCEEDED",
        ),
    ],
)
async def test_what_is_too_long_is_refused_by_place(
    fields: dict[str, Any], place: str, code: str
) -> None:
    lab = make_lab()
    async with serving(lab) as (served, http):
        error = await refused(http, lab.staff.id, **fields)
        # The description has the same limits: what the client sent was against it, too.
        served.violations.clear()
    assert (error.status, error.code) == (400, 50035)
    assert f"In {place}:" in error.text
    assert isinstance(error._errors, dict)
    node: Any = error._errors
    for step in place.split("."):
        node = node[step]
    assert node["_errors"][0]["code"] == code


async def test_nothing_cannot_be_said() -> None:
    lab = make_lab()
    async with serving(lab) as (_, http):
        assert (await refused(http, lab.staff.id, content="  ")).code == 50006


async def test_refusals_have_discords_numbers() -> None:
    lab = make_lab()
    hers = lab.world.say(lab.group, lab.ada, "mine")
    hidden = lab.guild.add_channel("hidden", visible_to=[])
    hidden.deny(lab.guild.me, "view_channel")
    lab.talk.deny(lab.guild.me, "send_messages", "manage_messages")
    closed = lab.talk.add_thread("closed", members=[lab.ben])
    lab.world.archive(closed, locked=True)
    async with serving(lab) as (_, http):
        assert (await refused(http, "1", content="x")).code == 10003
        assert (await refused(http, hidden.id, content="x")).code == 50001
        assert (await refused(http, lab.talk.id, content="x")).code == 50013
        assert (await refused(http, closed.id, content="x")).code == 50083
        with pytest.raises(discord.NotFound, match="10008"):
            await http.get_message(int(lab.group.id), 5)
        params = handle_message_parameters(content="x")
        with pytest.raises(discord.Forbidden, match="50005"):
            await http.edit_message(int(lab.group.id), int(hers["id"]), params=params)
        with pytest.raises(discord.Forbidden, match="50013"):
            await http.delete_message(int(lab.group.id), int(hers["id"]))


async def test_allowed_mentions_decide_who_is_notified() -> None:
    lab = make_lab()
    async with serving(lab) as (_, http):
        text = f"{lab.ada.mention} @everyone"
        loud = await send(http, lab.group.id, content=text)
        none = discord.AllowedMentions.none()
        quiet = await send(http, lab.group.id, content=text, allowed_mentions=none)
    assert ([one["id"] for one in loud["mentions"]], loud["mention_everyone"]) == (
        [lab.ada.id],
        True,
    )
    assert (quiet["mentions"], quiet["mention_everyone"]) == ([], False)
