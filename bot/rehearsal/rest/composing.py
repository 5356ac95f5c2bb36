"""Making and changing the bot's own messages from what it sends."""

from __future__ import annotations

from typing import Any

from bot.rehearsal.rest.component_form import BUTTON, SELECT
from bot.rehearsal.rest.errors import TOO_LARGE, refused
from bot.rehearsal.rest.message_form import check_message
from bot.rehearsal.rest.wire import Body
from bot.rehearsal.world.channels import Channel
from bot.rehearsal.world.mentions import mentions
from bot.rehearsal.world.messages import EPHEMERAL, Json, Message, Upload
from bot.rehearsal.world.world import World

# Flags that a sender may set: no previews, no notification, second-version components.
SETTABLE = (1 << 2) | (1 << 12) | (1 << 15)


class Composing:
    """Turns bodies into messages, within Discord's limits."""

    def __init__(self, world: World) -> None:
        self._world = world

    def new(
        self, channel: Channel, body: Body, fields: Json, *, only_for: str | None = None
    ) -> Message:
        """Return a message of the bot that is not posted yet; raises Discord's refusals."""
        check_message(fields, files=len(body.files))
        self._check_size(body)
        world = self._world
        message = Message(
            id=str(world.snowflakes.next()),
            channel_id=channel.id,
            guild_id=channel.guild_id,
            author=world.bot,
            content="",
            sent_at=world.snowflakes.now(),
            flags=(fields.get("flags") or 0) & SETTABLE,
            only_for=only_for,
        )
        if only_for is not None:
            message.flags |= EPHEMERAL
        self._fill(message, body, fields)
        return message

    def change(self, message: Message, body: Body, fields: Json) -> None:
        """Change what the body names of a message; raises Discord's refusals."""
        check_message(fields, files=len(body.files), new=False)
        self._check_size(body)
        self._fill(message, body, fields)

    def _fill(self, message: Message, body: Body, fields: Json) -> None:
        if "content" in fields:
            message.content = (fields["content"] or "").strip()
        guild = self._world.guilds[message.guild_id]
        found = mentions(guild, message.content, fields.get("allowed_mentions"))
        message.mentions = list(found.users)
        message.mention_roles = list(found.roles)
        message.mention_everyone = found.everyone
        if "attachments" in fields or body.files:
            message.attachments = self._attachments(message, body.files, fields)
        if "embeds" in fields:
            shown = {one["filename"]: one["url"] for one in message.attachments}
            message.embeds = [_embed(embed, shown) for embed in fields["embeds"] or []]
        if "components" in fields:
            message.components = numbered(fields["components"] or [])

    def _attachments(self, message: Message, files: dict[int, Upload], fields: Json) -> list[Json]:
        """Return the attachments that the message has then: those kept and those sent."""
        listed: list[Json] = fields.get("attachments") or []
        named = {str(one["id"]): one for one in listed}
        kept = message.attachments
        if "attachments" in fields:
            kept = [one for one in kept if one["id"] in named]
        added = [
            self._world.uploads.store(
                message.channel_id,
                Upload(named.get(str(number), {}).get("filename") or file.name, file.data),
                ephemeral=message.ephemeral,
                note=named.get(str(number), {}).get("description"),
            )
            for number, file in sorted(files.items())
        ]
        return [*kept, *added]

    def _check_size(self, body: Body) -> None:
        limit = self._world.attachment_limit
        if any(len(file.data) > limit for file in body.files.values()):
            raise refused(TOO_LARGE)


def numbered(components: list[Json]) -> list[Json]:
    """Return components as Discord gives them back: each with a number and its defaults."""
    count = 0

    def number(value: Any) -> Any:
        nonlocal count
        if isinstance(value, list):
            return [number(item) for item in value]
        if not isinstance(value, dict):
            return value
        copy = {key: item for key, item in value.items() if item is not None}
        if "type" in copy and ("custom_id" in copy or "components" in copy or "url" in copy):
            count += 1
            copy["id"] = copy.get("id") or count
        if copy.get("type") == SELECT:
            copy = {"min_values": 1, "max_values": 1} | copy
        if copy.get("type") == BUTTON:
            copy = {"style": 1} | copy
        return {key: number(item) for key, item in copy.items()}

    return [number(component) for component in components]


def _embed(embed: Json, files: dict[str, str]) -> Json:
    """Return an embed as Discord gives it back, pictures of the message's files resolved."""
    shown = {key: value for key, value in embed.items() if value is not None} | {"type": "rich"}
    for part in ("image", "thumbnail"):
        url = shown.get(part, {}).get("url", "")
        if url.startswith("attachment://"):
            name = url.removeprefix("attachment://")
            shown[part] = {"url": files.get(name, url)}
    return shown
