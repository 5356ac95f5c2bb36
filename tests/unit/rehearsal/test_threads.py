import discord
import pytest

from tests.unit.rehearsal.lab import make_lab, serving


async def test_active_threads_are_those_the_bot_sees() -> None:
    lab = make_lab()
    lab.talk.add_thread("quiet", private=True, members=[lab.ada])
    away = lab.talk.add_thread("away", members=[lab.ada])
    lab.world.archive(away)
    async with serving(lab) as (_, http):
        found = await http.get_active_threads(int(lab.guild.id))
    assert [one["id"] for one in found["threads"]] == [lab.group.id]
    assert found["members"] == []


async def test_the_archive_comes_in_pages() -> None:
    lab = make_lab()
    threads = [lab.talk.add_thread(f"t{n}", members=[lab.ada]) for n in range(5)]
    for thread in threads:
        lab.world.archive(thread)
    async with serving(lab) as (_, http):
        channel = int(lab.talk.id)
        first = await http.get_public_archived_threads(channel, limit=3)
        assert first["has_more"]
        last = first["threads"][-1]["thread_metadata"]["archive_timestamp"]
        rest = await http.get_public_archived_threads(channel, before=last, limit=3)
    got = [one["id"] for one in [*first["threads"], *rest["threads"]]]
    assert got == [thread.id for thread in reversed(threads)]
    assert not rest["has_more"]


async def test_private_archives_need_the_right_to_manage_or_membership() -> None:
    lab = make_lab()
    private = lab.talk.add_thread("quiet", private=True, members=[lab.ada])
    lab.world.archive(private)
    async with serving(lab) as (_, http):
        channel = int(lab.talk.id)
        with pytest.raises(discord.Forbidden):
            await http.get_private_archived_threads(channel, limit=50)
        mine = await http.get_joined_private_archived_threads(channel, limit=50)
        assert mine["threads"] == []
        private.joined[lab.world.bot.id] = private.created_at
        mine = await http.get_joined_private_archived_threads(channel, limit=50)
        assert [one["id"] for one in mine["threads"]] == [private.id]
        lab.talk.allow(lab.guild.me, "manage_threads")
        every = await http.get_private_archived_threads(channel, limit=50)
        assert [one["id"] for one in every["threads"]] == [private.id]


async def test_the_bot_joins_and_leaves_threads_that_are_not_put_away() -> None:
    lab = make_lab()
    async with serving(lab) as (_, http):
        await http.join_thread(int(lab.group.id))
        assert lab.world.bot.id in lab.group.joined
        assert lab.names() == ["THREAD_MEMBERS_UPDATE"]
        members = await http.get_thread_members(int(lab.group.id))
        assert {one["user_id"] for one in members} >= {lab.ada.id, lab.world.bot.id}
        await http.leave_thread(int(lab.group.id))
        assert lab.world.bot.id not in lab.group.joined
        lab.world.archive(lab.group)
        with pytest.raises(discord.HTTPException, match="50083"):
            await http.join_thread(int(lab.group.id))
