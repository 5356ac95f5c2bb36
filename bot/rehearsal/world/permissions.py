"""Discord's permission rule: roles, then the channel's overwrites, then the thread's."""

from __future__ import annotations

from discord import Permissions

from bot.rehearsal.world.accounts import Member
from bot.rehearsal.world.channels import FORUM, Channel
from bot.rehearsal.world.guilds import Guild


def guild_permissions(guild: Guild, member: Member) -> Permissions:
    """Return what a member may do in a guild before any channel is looked at."""
    if member.id == guild.owner_id:
        return Permissions.all()
    value = guild.everyone.permissions.value
    for role in member.roles:
        value |= role.permissions.value
    total = Permissions(value)
    return Permissions.all() if total.administrator else total


def channel_permissions(guild: Guild, member: Member, channel: Channel) -> Permissions:
    """Return what a member may do in a channel; a thread follows its parent's overwrites."""
    base = guild_permissions(guild, member)
    if base.administrator:
        return base
    place = guild.channels[channel.parent_id] if channel.parent_id else channel
    value = base.value
    overwrites = place.overwrites
    if everyone := overwrites.get(guild.id):
        value = value & ~everyone.deny | everyone.allow
    of_roles = [overwrites[role.id] for role in member.roles if role.id in overwrites]
    allow = deny = 0
    for overwrite in of_roles:
        allow |= overwrite.allow
        deny |= overwrite.deny
    value = value & ~deny | allow
    if own := overwrites.get(member.id):
        value = value & ~own.deny | own.allow
    result = Permissions(value)
    if not result.view_channel:
        return Permissions.none()
    if channel.is_thread or place.type == FORUM:
        # In a thread the right to speak is another one than in its channel.
        result.send_messages = result.send_messages_in_threads
    return result


def may_see(guild: Guild, member: Member, channel: Channel) -> bool:
    """Tell whether a member sees a channel; a private thread shows itself to its members only."""
    allowed = channel_permissions(guild, member, channel)
    if not allowed.view_channel:
        return False
    return not channel.private or member.id in channel.joined or allowed.manage_threads
