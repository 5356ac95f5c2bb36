"""Opening, joining and putting away threads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.domain.errors import InputError
from bot.rehearsal.world.accounts import Member
from bot.rehearsal.world.channels import FORUM, PRIVATE, PUBLIC, Archive, Channel
from bot.rehearsal.world.messages import HAS_THREAD, THREAD_CREATED, THREAD_STARTER, Json, Message
from bot.rehearsal.world.payloads import member_payload, thread_member_payload

if TYPE_CHECKING:
    from bot.rehearsal.world.world import World


class Threads:
    """Changes threads and tells the listeners."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add(
        self,
        parent: Channel,
        name: str,
        *,
        private: bool,
        members: Sequence[Member],
        owner: Member | None,
        text: str,
        from_message: str | None,
    ) -> Channel:
        """Return a new thread of a channel; a forum's post needs a first text."""
        world = self._world
        if parent.is_thread or (private and parent.type == FORUM):
            raise InputError(f"{parent.name!r} holds no such thread", "take a text channel")
        guild = world.guilds[parent.guild_id]
        author = owner or (members[0] if members else guild.owner)
        now = world.snowflakes.now()
        thread = Channel(
            world=world,
            id=from_message or str(world.snowflakes.next()),
            guild_id=guild.id,
            name=name,
            type=PRIVATE if private else PUBLIC,
            position=0,
            created_at=now,
            parent_id=parent.id,
            owner_id=author.id,
            archive=Archive(archived=False, locked=False, changed_at=now),
        )
        for member in dict.fromkeys([author.id, *(member.id for member in members)]):
            thread.joined[member] = now
        world.channels[thread.id] = guild.channels[thread.id] = thread
        payload = world.thread_payload(thread) | {"newly_created": True}
        world.emit("THREAD_CREATE", payload, guild.id, thread)
        self._open(parent, thread, author, text, from_message)
        return thread

    def join(self, thread: Channel, user_id: str) -> None:
        """Make a user a member of a thread; nothing happens if they are one."""
        if user_id in thread.joined:
            return
        seen_before = self._world.sees(thread)
        thread.joined[user_id] = self._world.snowflakes.now()
        if not seen_before:
            payload = self._world.thread_payload(thread)
            self._world.emit("THREAD_CREATE", payload, thread.guild_id, thread)
        member = self._world.guilds[thread.guild_id].members[user_id]
        added = thread_member_payload(thread, user_id) | {
            "member": member_payload(member),
            "presence": None,
        }
        self._members_changed(thread, {"added_members": [added]}, user_id)

    def leave(self, thread: Channel, user_id: str) -> None:
        """End a user's membership of a thread; nothing happens if they are no member."""
        if thread.joined.pop(user_id, None) is not None:
            self._members_changed(thread, {"removed_member_ids": [user_id]}, user_id)

    def archive(self, thread: Channel, *, locked: bool = False) -> None:
        """Put a thread away."""
        self.set_archive(thread, archived=True, locked=locked)

    def unarchive(self, thread: Channel) -> None:
        """Take a thread out of the archive."""
        self.set_archive(thread, archived=False, locked=False)

    def wake(self, thread: Channel) -> None:
        """Take a thread out of the archive if it is there: a new message does that."""
        if thread.state.archived:
            self.unarchive(thread)

    def delete(self, thread: Channel) -> None:
        """Remove a thread with its messages."""
        guild = self._world.guilds[thread.guild_id]
        payload = {
            "id": thread.id,
            "guild_id": guild.id,
            "parent_id": thread.parent_id,
            "type": thread.type,
        }
        self._world.emit("THREAD_DELETE", payload, guild.id, thread)
        for message_id in thread.message_ids:
            self._world.messages[str(message_id)].deleted = True
        del guild.channels[thread.id], self._world.channels[thread.id]

    def set_archive(self, thread: Channel, *, archived: bool, locked: bool) -> None:
        """Tell a thread's change, after setting whether it is put away and locked."""
        state = thread.state
        state.archived, state.locked = archived, locked
        state.changed_at = self._world.snowflakes.now()
        payload = self._world.thread_payload(thread)
        self._world.emit("THREAD_UPDATE", payload, thread.guild_id, thread)

    def _members_changed(self, thread: Channel, change: Json, user_id: str) -> None:
        payload = {
            "id": thread.id,
            "guild_id": thread.guild_id,
            "member_count": min(len(thread.joined), 50),
        }
        # The bot is told of its own removal from a thread that it then does not see any more.
        condition = None if user_id == self._world.bot.id else thread
        self._world.emit("THREAD_MEMBERS_UPDATE", payload | change, thread.guild_id, condition)

    def _open(
        self, parent: Channel, thread: Channel, author: Member, text: str, from_message: str | None
    ) -> None:
        """Post what Discord posts when a thread opens."""
        world = self._world
        pointer: Json = {"type": 0, "channel_id": parent.id, "guild_id": parent.guild_id}
        now = world.snowflakes.now()
        if parent.type == FORUM:
            # The post's text shares the thread's id.
            message = Message(thread.id, thread.id, parent.guild_id, author.user, text, now)
            parent.last_message_id = thread.id
        elif from_message is not None:
            message = Message(
                str(world.snowflakes.next()), thread.id, parent.guild_id, author.user, "", now
            )
            message.kind = THREAD_STARTER
            message.reference = pointer | {"message_id": from_message}
            # The message it was opened at is told again, with the same words.
            opened_at = world.message(from_message)
            opened_at.flags |= HAS_THREAD
            world.talk.changed(opened_at)
        elif not thread.private:
            message = Message(
                str(world.snowflakes.next()), parent.id, parent.guild_id, author.user, "", now
            )
            message.content = thread.name
            message.kind = THREAD_CREATED
            message.reference = pointer | {"channel_id": thread.id}
        else:
            return
        world.talk.post(message)
