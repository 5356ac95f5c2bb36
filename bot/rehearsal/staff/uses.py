"""The interactions that the bot is told of, as Discord makes them."""

from __future__ import annotations

from bot.rehearsal.world.accounts import Member
from bot.rehearsal.world.calls import Call
from bot.rehearsal.world.channels import Channel
from bot.rehearsal.world.message_payloads import message_payload
from bot.rehearsal.world.messages import Json
from bot.rehearsal.world.payloads import channel_payload, member_payload
from bot.rehearsal.world.world import World


def use_payload(world: World, call: Call, data: Json) -> Json:
    """Return the payload of INTERACTION_CREATE for a use in a guild."""
    guild = world.guilds[call.channel.guild_id]
    payload: Json = {
        "id": call.id,
        "application_id": world.application_id,
        "type": call.kind,
        "token": call.token,
        "version": 1,
        "data": data,
        "guild_id": guild.id,
        "guild": {"id": guild.id, "locale": "en-US", "features": []},
        "channel_id": call.channel.id,
        "channel": _channel(world, call.channel, call.member),
        "member": member_payload(call.member)
        | {"permissions": str(world.allowed(call.channel, call.member).value)},
        "app_permissions": str(world.allowed(call.channel).value),
        "locale": "en-US",
        "guild_locale": "en-US",
        "entitlements": [],
        "entitlement_sku_ids": [],
        # "0": the guild that the application is installed in.
        "authorizing_integration_owners": {"0": guild.id},
        "context": 0,
        "attachment_size_limit": world.attachment_limit,
    }
    if call.source is not None:
        payload["message"] = message_payload(world, call.source)
    return payload


def _channel(world: World, channel: Channel, member: Member) -> Json:
    granted = world.allowed(channel, member).value
    return channel_payload(channel) | {"permissions": str(granted)}
