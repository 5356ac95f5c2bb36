from datetime import UTC, datetime, timedelta

import pytest
from discord import Permissions

from bot.domain.errors import InputError
from bot.rehearsal.world.accounts import BOT, permissions
from bot.rehearsal.world.mentions import mentions
from bot.rehearsal.world.permissions import guild_permissions
from bot.rehearsal.world.snowflakes import Snowflakes, moment
from tests.unit.rehearsal.lab import make_lab

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_ids_rise_even_when_the_clock_goes_back() -> None:
    times = iter([START, START, START - timedelta(hours=1), START + timedelta(seconds=1)])
    ids = Snowflakes(lambda: next(times))
    given = [ids.next() for _ in range(4)]
    assert given == sorted(set(given))
    assert moment(given[0]) == START
    assert moment(given[3]) == START + timedelta(seconds=1)


def test_the_same_seed_and_clock_give_the_same_world() -> None:
    def told() -> list[object]:
        lab = make_lab(seed=5, now=lambda: START)
        lab.world.say(lab.group, lab.ada, "Hello")
        return [*lab.heard, lab.world.token()]

    assert told() == told()


def test_a_message_is_told_with_guild_and_member_and_counted() -> None:
    lab = make_lab()
    said = lab.world.say(lab.group, lab.ada, "Hello", attachments=["a.png"], stickers=["wave"])
    name, payload, guild_id = lab.heard[-1]
    assert (name, guild_id, payload) == ("MESSAGE_CREATE", lab.guild.id, said)
    assert payload["member"]["roles"] == [lab.researcher.id]
    assert payload["attachments"][0]["content_type"] == "image/png"
    assert payload["sticker_items"][0]["name"] == "wave"
    assert "webhook_id" not in payload
    assert "bot" not in payload["author"]
    assert (lab.group.message_count, lab.group.total_message_sent) == (1, 1)


def test_deleting_lowers_the_count_but_not_the_total() -> None:
    lab = make_lab()
    ids = [lab.world.say(lab.group, lab.ada, str(n))["id"] for n in range(4)]
    lab.world.delete(ids[0])
    lab.world.delete_many(ids[1:3])
    assert lab.names()[-2:] == ["MESSAGE_DELETE", "MESSAGE_DELETE_BULK"]
    assert lab.heard[-1][1]["ids"] == ids[1:3]
    assert (lab.group.message_count, lab.group.total_message_sent) == (1, 4)
    with pytest.raises(InputError, match=f"no message {ids[0]}"):
        lab.world.edit(ids[0], "more")


def test_a_preview_changes_no_words_and_is_no_edit() -> None:
    lab = make_lab()
    said = lab.world.say(lab.group, lab.ada, "see https://example.org/")
    lab.world.embed_only_edit(said["id"])
    payload = lab.heard[-1][1]
    assert lab.names()[-1] == "MESSAGE_UPDATE"
    assert (payload["content"], payload["edited_timestamp"]) == (said["content"], None)
    assert payload["embeds"]
    lab.world.edit(said["id"], "see there")
    assert lab.heard[-1][1]["edited_timestamp"] is not None


def test_a_reply_names_the_message_and_null_once_it_is_gone() -> None:
    lab = make_lab()
    first = lab.world.say(lab.group, lab.ada, "Why?")
    reply = lab.world.say(lab.group, lab.ben, "So", reply_to=first["id"])
    assert reply["type"] == 19
    assert reply["referenced_message"]["id"] == first["id"]
    assert [user["id"] for user in reply["mentions"]] == [lab.ada.id]
    lab.world.delete(first["id"])
    lab.world.edit(reply["id"], "So so")
    assert lab.heard[-1][1]["referenced_message"] is None


def test_the_bot_hears_of_a_private_thread_only_as_its_member() -> None:
    lab = make_lab()
    private = lab.talk.add_thread("quiet", private=True, members=[lab.ada])
    lab.world.say(private, lab.ada, "psst")
    assert lab.heard == []
    lab.world.threads.join(private, lab.world.bot.id)
    assert lab.names() == ["THREAD_CREATE", "THREAD_MEMBERS_UPDATE"]
    assert lab.heard[0][1]["member"]["user_id"] == lab.world.bot.id
    lab.world.say(private, lab.ada, "again")
    assert lab.names()[-1] == "MESSAGE_CREATE"


def test_the_bot_hears_nothing_of_a_channel_closed_to_it_and_its_threads_when_opened() -> None:
    lab = make_lab()
    lab.talk.deny(lab.guild.me, "view_channel")
    lab.heard.clear()
    lab.world.say(lab.group, lab.ada, "alone")
    assert lab.heard == []
    assert lab.world.guild_create(lab.guild.id)["threads"] == []
    lab.talk.allow(lab.guild.me, "view_channel")
    assert lab.names() == ["CHANNEL_UPDATE", "THREAD_LIST_SYNC"]
    assert [one["id"] for one in lab.heard[1][1]["threads"]] == [lab.group.id]


def test_speaking_takes_a_thread_out_of_the_archive() -> None:
    lab = make_lab()
    lab.world.archive(lab.group)
    assert lab.world.active_threads(lab.guild) == ()
    lab.world.say(lab.group, lab.ada, "back")
    assert lab.names() == ["THREAD_UPDATE", "THREAD_UPDATE", "MESSAGE_CREATE"]
    lab.world.archive(lab.group, locked=True)
    with pytest.raises(InputError, match="locked"):
        lab.world.say(lab.group, lab.ada, "again")


def test_a_thread_from_a_message_shares_its_id_and_starts_with_a_pointer() -> None:
    lab = make_lab()
    first = lab.world.say(lab.talk, lab.ada, "Shall we?")
    thread = lab.talk.add_thread("Shall we", from_message=first["id"])
    assert thread.id == first["id"]
    assert lab.names()[-3:] == ["THREAD_CREATE", "MESSAGE_UPDATE", "MESSAGE_CREATE"]
    starter = lab.heard[-1][1]
    assert (starter["type"], starter["content"]) == (21, "")
    assert starter["referenced_message"]["content"] == "Shall we?"
    assert (thread.message_count, thread.total_message_sent) == (0, 0)


def test_a_forums_post_begins_with_a_message_of_its_own_id() -> None:
    lab = make_lab()
    forum = lab.guild.add_channel("cases", "forum")
    post = forum.add_thread("Case 1", owner=lab.ada, text="What now?")
    assert lab.heard[-1][1]["id"] == post.id == lab.heard[-1][1]["channel_id"]
    assert post.message_count == 0
    lab.world.say(post, lab.ben, "This")
    assert post.message_count == 1


def test_who_may_not_see_or_write_cannot_speak() -> None:
    lab = make_lab()
    with pytest.raises(InputError, match="Ben may not write"):
        lab.world.say(lab.staff, lab.ben, "hi")
    lab.talk.deny(lab.guild.everyone, "send_messages_in_threads")
    with pytest.raises(InputError, match="Ada may not write"):
        lab.world.say(lab.group, lab.ada, "hi")
    lab.talk.allow(lab.researcher, "send_messages_in_threads")
    lab.world.say(lab.group, lab.ada, "hi")


def test_overwrites_of_a_member_beat_those_of_roles() -> None:
    lab = make_lab()
    lab.talk.deny(lab.researcher, "send_messages")
    assert not lab.world.allowed(lab.talk, lab.ada).send_messages
    lab.talk.allow(lab.ada, "send_messages")
    assert lab.world.allowed(lab.talk, lab.ada).send_messages
    lab.talk.deny(lab.ada, "view_channel")
    assert lab.world.allowed(lab.talk, lab.ada).value == 0
    assert lab.world.allowed(lab.talk, lab.guild.owner).administrator


def test_only_allowed_mentions_notify() -> None:
    lab = make_lab()
    text = f"{lab.ada.mention} {lab.researcher.mention} @everyone"
    everyone = mentions(lab.guild, text)
    assert ([user.id for user in everyone.users], everyone.everyone) == ([lab.ada.id], True)
    nobody = mentions(lab.guild, text, {"parse": []})
    assert (nobody.users, nobody.roles, nobody.everyone) == ((), (), False)
    named = mentions(lab.guild, text, {"parse": ["roles"], "users": [lab.ben.id]})
    assert (named.users, named.roles) == ((), (lab.researcher.id,))


def test_a_guild_left_is_no_guild_of_the_bots() -> None:
    lab = make_lab()
    lab.world.remove_bot(lab.guild)
    assert (lab.names(), lab.world.guild_ids()) == (["GUILD_DELETE"], ())
    lab.heard.clear()
    lab.world.say(lab.group, lab.ada, "gone?")
    assert lab.heard == []


def test_granted_permissions_are_those_of_the_invitation() -> None:
    lab = make_lab()
    other = lab.world.add_guild("Other", permissions("view_channel"))
    assert lab.names() == ["GUILD_CREATE"]
    channel = other.add_channel("talk")
    bare = lab.world.add_guild("Bare", Permissions.none())
    assert guild_permissions(bare, bare.me).value == bare.everyone.permissions.value
    assert guild_permissions(lab.guild, lab.guild.me) >= BOT
    other.everyone.permissions.update(send_messages=False)
    assert not lab.world.allowed(channel).send_messages
