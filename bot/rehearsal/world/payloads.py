"""Objects of Discord's interface, made from what is in the world."""

from __future__ import annotations

from datetime import datetime

from bot.rehearsal.world.accounts import Member, Role, User
from bot.rehearsal.world.channels import FORUM, Channel
from bot.rehearsal.world.messages import Json


def stamp(when: datetime) -> str:
    """Return a time as Discord writes it."""
    return when.isoformat(timespec="microseconds")


def user_payload(user: User) -> Json:
    """Return a user object; `bot` is absent for people, as with Discord."""
    payload: Json = {
        "id": user.id,
        "username": user.name,
        "avatar": None,
        "discriminator": "0000" if user.bot or user.webhook else "0",
        "public_flags": 0,
        "flags": 0,
        "global_name": None,
        "primary_guild": None,
    }
    if user.bot or user.webhook:
        payload["bot"] = True
    return payload


def own_user_payload(user: User) -> Json:
    """Return the bot's own user object, with what only the account itself sees."""
    return user_payload(user) | {
        "mfa_enabled": True,
        "locale": "en-US",
        "verified": True,
        "email": None,
    }


def partial_member(member: Member) -> Json:
    """Return a member object without its user, as it accompanies messages."""
    return {
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "flags": 0,
        "joined_at": stamp(member.joined_at),
        "nick": None,
        "pending": False,
        "premium_since": None,
        "roles": [role.id for role in member.roles],
        "mute": False,
        "deaf": False,
    }


def member_payload(member: Member) -> Json:
    """Return a member object."""
    return partial_member(member) | {"user": user_payload(member.user)}


def role_payload(role: Role) -> Json:
    """Return a role object; permissions are a number in a string."""
    payload: Json = {
        "id": role.id,
        "name": role.name,
        "permissions": str(role.permissions.value),
        "position": role.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": role.managed_by is not None,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
    if role.managed_by is not None:
        payload["tags"] = {"bot_id": role.managed_by}
    return payload


def channel_payload(channel: Channel, *, member: str | None = None) -> Json:
    """Return a channel or thread object; `member` adds that user's membership of the thread."""
    if channel.is_thread:
        return _thread_payload(channel, member)
    payload: Json = {
        "id": channel.id,
        "type": channel.type,
        "last_message_id": channel.last_message_id,
        "flags": 0,
        "guild_id": channel.guild_id,
        "name": channel.name,
        "parent_id": None,
        "rate_limit_per_user": 0,
        "topic": None,
        "position": channel.position,
        "permission_overwrites": [
            {
                "id": overwrite.id,
                "type": int(overwrite.member),
                "allow": str(overwrite.allow),
                "deny": str(overwrite.deny),
            }
            for overwrite in channel.overwrites.values()
        ],
        "nsfw": False,
    }
    if channel.type == FORUM:
        payload |= {
            "available_tags": [],
            "default_reaction_emoji": None,
            "default_sort_order": None,
            "default_forum_layout": 0,
        }
    return payload


def _thread_payload(thread: Channel, member: str | None) -> Json:
    state = thread.state
    metadata: Json = {
        "archived": state.archived,
        "archive_timestamp": stamp(state.changed_at),
        "auto_archive_duration": state.after_minutes,
        "locked": state.locked,
        "create_timestamp": stamp(thread.created_at),
    }
    if thread.private:
        metadata["invitable"] = True
    payload: Json = {
        "id": thread.id,
        "type": thread.type,
        "last_message_id": thread.last_message_id,
        "flags": 0,
        "guild_id": thread.guild_id,
        "name": thread.name,
        "parent_id": thread.parent_id,
        "rate_limit_per_user": 0,
        "owner_id": thread.owner_id,
        "thread_metadata": metadata,
        "message_count": thread.message_count,
        # Discord counts members up to 50 here.
        "member_count": min(len(thread.joined), 50),
        "total_message_sent": thread.total_message_sent,
    }
    if member is not None and member in thread.joined:
        payload["member"] = thread_member_payload(thread, member)
    return payload


def thread_member_payload(thread: Channel, user_id: str) -> Json:
    """Return a thread member object; raises KeyError for a user who is not in the thread."""
    return {
        "id": thread.id,
        "user_id": user_id,
        "join_timestamp": stamp(thread.joined[user_id]),
        "flags": 1,
    }
