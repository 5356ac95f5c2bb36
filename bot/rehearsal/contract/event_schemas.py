"""Holds the gateway's events against the objects that Discord describes."""

from __future__ import annotations

from bot.rehearsal.contract.description import Description
from bot.rehearsal.world.messages import Json

# The schema of an event's payload, or of a part of it.
WHOLE = {
    "MESSAGE_CREATE": "MessageResponse",
    "MESSAGE_UPDATE": "MessageResponse",
    "THREAD_CREATE": "ThreadResponse",
    "THREAD_UPDATE": "ThreadResponse",
    "CHANNEL_CREATE": "GuildChannelResponse",
    "CHANNEL_UPDATE": "GuildChannelResponse",
    "GUILD_CREATE": "GuildResponse",
    "GUILD_MEMBER_ADD": "GuildMemberResponse",
    "GUILD_MEMBER_UPDATE": "GuildMemberResponse",
}
PARTS = {
    "GUILD_CREATE": {
        "channels": "GuildChannelResponse",
        "threads": "ThreadResponse",
        "members": "GuildMemberResponse",
    },
    "THREAD_LIST_SYNC": {"threads": "ThreadResponse", "members": "ThreadMemberResponse"},
    "THREAD_MEMBERS_UPDATE": {"added_members": "ThreadMemberResponse"},
}
# Single objects within a payload.
MEMBERS = {
    "GUILD_ROLE_CREATE": {"role": "GuildRoleResponse"},
    "INTERACTION_CREATE": {"member": "GuildMemberResponse", "message": "MessageResponse"},
}


class EventSchemas:
    """Adds to the violations what is wrong with events."""

    def __init__(self, description: Description, violations: list[str]) -> None:
        self._description = description
        self._violations = violations

    def check(self, event: str, payload: Json, guild_id: str | None) -> None:  # noqa: ARG002
        """Check an event (listener of the world)."""
        if event in WHOLE:
            self._add(WHOLE[event], payload, event)
        for key, schema in PARTS.get(event, {}).items():
            for item in payload.get(key, ()):
                self._add(schema, item, f"{event} {key}")
        for key, schema in MEMBERS.get(event, {}).items():
            if key in payload:
                self._add(schema, payload[key], f"{event} {key}")

    def _add(self, schema: str, payload: Json, where: str) -> None:
        self._violations += self._description.object(schema, payload, where)
