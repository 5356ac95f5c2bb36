"""Guild objects: as REST returns them and as the gateway tells them."""

from __future__ import annotations

from collections.abc import Iterable

from bot.rehearsal.world.channels import Channel
from bot.rehearsal.world.guilds import Guild
from bot.rehearsal.world.messages import Json
from bot.rehearsal.world.payloads import channel_payload, member_payload, role_payload, stamp


def guild_payload(guild: Guild) -> Json:
    """Return a guild object as REST gives it."""
    absent = (
        "icon description home_header splash discovery_splash banner application_id "
        "afk_channel_id system_channel_id widget_channel_id max_presences vanity_url_code "
        "rules_channel_id safety_alerts_channel_id public_updates_channel_id incidents_data"
    )
    return dict.fromkeys(absent.split()) | {
        "id": guild.id,
        "name": guild.name,
        "owner_id": guild.owner_id,
        "features": [],
        "region": "deprecated",
        "afk_timeout": 300,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "verification_level": 0,
        "roles": [role_payload(role) for role in guild.roles.values()],
        "default_message_notifications": 0,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_members": 500000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": "en-US",
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [],
    }


def guild_create_payload(guild: Guild, threads: Iterable[Channel], bot_id: str) -> Json:
    """Return what GUILD_CREATE tells: the guild, its channels, members and active threads.

    The gateway leaves out the members that an account without the members intent is not told.
    """
    return guild_payload(guild) | {
        "joined_at": stamp(guild.me.joined_at),
        "large": False,
        "unavailable": False,
        "member_count": len(guild.members),
        "voice_states": [],
        "members": [member_payload(member) for member in guild.members.values()],
        "channels": [
            channel_payload(channel) for channel in guild.channels.values() if not channel.is_thread
        ],
        "threads": [channel_payload(thread, member=bot_id) for thread in threads],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }
