"""Building a server: roles, members, channels and what they may."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from discord import Permissions

from bot.rehearsal.world.accounts import BOT, EVERYONE, Member, Role, User, permissions
from bot.rehearsal.world.channels import TYPES, Channel, Kind, Overwrite
from bot.rehearsal.world.guilds import Guild
from bot.rehearsal.world.messages import Json
from bot.rehearsal.world.payloads import (
    channel_payload,
    member_payload,
    role_payload,
    thread_member_payload,
)

if TYPE_CHECKING:
    from bot.rehearsal.world.world import World


class Structure:
    """Changes guilds and tells the listeners."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add_guild(self, name: str, bot_permissions: Permissions | None) -> Guild:
        """Return a new guild with an owner, everyone's role, and the bot as invited."""
        world = self._world
        guild_id, owner_id = str(world.snowflakes.next()), str(world.snowflakes.next())
        now = world.snowflakes.now()
        guild = Guild(world, guild_id, name, owner_id, now)
        world.guilds[guild_id] = guild
        guild.roles[guild_id] = Role(guild_id, "@everyone", Permissions(EVERYONE.value), 0)
        own = Role(
            str(world.snowflakes.next()),
            world.bot.name,
            Permissions((BOT if bot_permissions is None else bot_permissions).value),
            1,
            managed_by=world.bot.id,
        )
        guild.roles[own.id] = own
        owner = User(owner_id, f"owner of {name}")
        world.users[owner_id] = owner
        guild.members[owner_id] = Member(owner, guild_id, now)
        guild.members[world.bot.id] = Member(world.bot, guild_id, now, [own])
        world.emit("GUILD_CREATE", world.guild_create(guild_id), guild_id)
        return guild

    def remove_bot(self, guild: Guild) -> None:
        """Take the bot out of a guild."""
        del guild.members[self._world.bot.id]
        self._world.emit("GUILD_DELETE", {"id": guild.id}, guild.id)

    def add_role(self, guild: Guild, name: str, granted: Permissions) -> Role:
        """Return a new role of a guild."""
        role = Role(str(self._world.snowflakes.next()), name, granted, len(guild.roles))
        guild.roles[role.id] = role
        payload = {"guild_id": guild.id, "role": role_payload(role)}
        self._world.emit("GUILD_ROLE_CREATE", payload, guild.id)
        return role

    def add_member(
        self, guild: Guild, name: str, roles: Sequence[Role], *, bot: bool = False
    ) -> Member:
        """Return a new member of a guild with a new account."""
        world = self._world
        user = User(str(world.snowflakes.next()), name, bot=bot)
        member = Member(user, guild.id, world.snowflakes.now(), list(roles))
        world.users[user.id] = user
        guild.members[user.id] = member
        payload = member_payload(member) | {"guild_id": guild.id}
        world.emit("GUILD_MEMBER_ADD", payload, guild.id)
        return member

    def set_roles(self, member: Member, roles: Sequence[Role]) -> None:
        """Give a member these roles and no others."""
        member.roles = list(roles)
        payload = member_payload(member) | {"guild_id": member.guild_id}
        self._world.emit("GUILD_MEMBER_UPDATE", payload, member.guild_id)

    def add_channel(
        self,
        guild: Guild,
        name: str,
        kind: Kind,
        visible_to: Sequence[Role | Member] | None,
    ) -> Channel:
        """Return a new channel; `visible_to` hides it from all others but the bot."""
        world = self._world
        channel = Channel(
            world=world,
            id=str(world.snowflakes.next()),
            guild_id=guild.id,
            name=name,
            type=TYPES[kind],
            position=len(guild.channels),
            created_at=world.snowflakes.now(),
        )
        if visible_to is not None:
            view = Permissions(view_channel=True).value
            channel.overwrites[guild.id] = Overwrite(guild.id, member=False, deny=view)
            for who in [guild.me, *visible_to]:
                channel.overwrites[who.id] = Overwrite(
                    who.id, member=isinstance(who, Member), allow=view
                )
        world.channels[channel.id] = guild.channels[channel.id] = channel
        world.emit("CHANNEL_CREATE", channel_payload(channel), guild.id)
        return channel

    def overwrite(
        self,
        channel: Channel,
        who: Role | Member,
        *,
        allow: Sequence[str] = (),
        deny: Sequence[str] = (),
    ) -> None:
        """Change what a role or member may do in a channel."""
        world = self._world
        could_see = world.sees(channel)
        rule = channel.overwrites.setdefault(
            who.id, Overwrite(who.id, member=isinstance(who, Member))
        )
        allowed, denied = permissions(*allow).value, permissions(*deny).value
        rule.allow = rule.allow & ~denied | allowed
        rule.deny = rule.deny & ~allowed | denied
        world.emit("CHANNEL_UPDATE", channel_payload(channel), channel.guild_id)
        if not could_see and world.sees(channel):
            self._sync_threads(channel)

    def change(self, channel: Channel, fields: Json) -> None:
        """Rename a channel or thread, and put a thread away or take it out of the archive."""
        channel.name = fields.get("name", channel.name)
        if channel.is_thread:
            state = channel.state
            self._world.threads.set_archive(
                channel,
                archived=fields.get("archived", state.archived),
                locked=fields.get("locked", state.locked),
            )
        else:
            self._world.emit("CHANNEL_UPDATE", channel_payload(channel), channel.guild_id)

    def _sync_threads(self, channel: Channel) -> None:
        """Tell the threads of a channel that the bot has come to see."""
        world = self._world
        threads = [
            thread
            for thread in world.active_threads(world.guilds[channel.guild_id])
            if thread.parent_id == channel.id
        ]
        payload = {
            "guild_id": channel.guild_id,
            "channel_ids": [channel.id],
            "threads": [channel_payload(thread) for thread in threads],
            "members": [
                thread_member_payload(thread, world.bot.id)
                for thread in threads
                if world.bot.id in thread.joined
            ],
        }
        world.emit("THREAD_LIST_SYNC", payload, channel.guild_id)
