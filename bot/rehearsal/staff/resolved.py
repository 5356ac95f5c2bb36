"""The objects behind the ids of an interaction's options."""

from __future__ import annotations

from bot.rehearsal.world.accounts import Member, Role, User
from bot.rehearsal.world.channels import Channel
from bot.rehearsal.world.guilds import Guild
from bot.rehearsal.world.message_payloads import message_payload
from bot.rehearsal.world.messages import Json, Message, Upload
from bot.rehearsal.world.payloads import channel_payload, partial_member, role_payload, user_payload
from bot.rehearsal.world.permissions import channel_permissions, guild_permissions
from bot.rehearsal.world.world import World


class Resolved:
    """Collects them for one interaction, as the caller may see them."""

    def __init__(self, world: World, guild: Guild, caller: Member, channel: Channel) -> None:
        self._world = world
        self._guild = guild
        self._caller = caller
        self._channel = channel
        self.payload: Json = {}

    def add(self, value: object) -> str:
        """Add what an option names and return its id."""
        if isinstance(value, Upload):
            attachment = self._world.uploads.store(self._channel.id, value, ephemeral=True)
            return self._put("attachments", attachment["id"], attachment)
        if isinstance(value, Message):
            return self._put("messages", value.id, message_payload(self._world, value))
        if isinstance(value, Role):
            return self._put("roles", value.id, role_payload(value))
        if isinstance(value, Channel):
            return self._put("channels", value.id, self._channel_part(value))
        user = value.user if isinstance(value, Member) else value
        if not isinstance(user, User):
            raise TypeError(f"{type(value).__name__} is nothing that an option can name")
        if (member := self._guild.members.get(user.id)) is not None:
            granted = guild_permissions(self._guild, member).value
            self._put("members", user.id, partial_member(member) | {"permissions": str(granted)})
        return self._put("users", user.id, user_payload(user))

    def _put(self, kind: str, key: str, payload: Json) -> str:
        self.payload.setdefault(kind, {})[key] = payload
        return key

    def _channel_part(self, channel: Channel) -> Json:
        """Return the part of a channel that Discord resolves, with the caller's permissions."""
        full = channel_payload(channel)
        wanted = (
            "id name type parent_id guild_id flags last_message_id rate_limit_per_user "
            "topic position nsfw thread_metadata owner_id message_count member_count "
            "total_message_sent"
        )
        part = {key: full[key] for key in wanted.split() if key in full}
        granted = channel_permissions(self._guild, self._caller, channel).value
        return part | {"permissions": str(granted)}
