"""What the bot registered, as Discord offers it to a person, and values as it takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from discord import AppCommandOptionType, AppCommandType

from bot.domain.errors import InputError
from bot.rehearsal.staff.resolved import Resolved
from bot.rehearsal.world.accounts import Member, Role, User
from bot.rehearsal.world.channels import Channel
from bot.rehearsal.world.messages import Json, Message, Upload
from bot.rehearsal.world.permissions import channel_permissions
from bot.rehearsal.world.world import World

SLASH = AppCommandType.chat_input.value
MENU = AppCommandType.message.value
Kind = AppCommandOptionType
NESTS = (Kind.subcommand.value, Kind.subcommand_group.value)
Value = str | int | float | bool | Member | User | Role | Channel | Upload | Message


@dataclass
class Offer:
    """One command as registered; for a slash command, down to its last subcommand."""

    command: Json
    # Names and kinds of groups and subcommands below the command.
    path: list[tuple[str, int]] = field(default_factory=list)
    options: list[Json] = field(default_factory=list)

    def data(self, options: list[Json], resolved: Json) -> Json:
        """Return what an interaction says of the command's use."""
        for name, kind in reversed(self.path):
            options = [{"name": name, "type": kind, "options": options}]
        data: Json = {
            "id": self.command["id"],
            "name": self.command["name"],
            "type": self.command["type"],
        }
        if "guild_id" in self.command:
            data["guild_id"] = self.command["guild_id"]
        if options:
            data["options"] = options
        if resolved:
            data["resolved"] = resolved
        return data


class Offers:
    """The commands of a guild: its own before those for all guilds."""

    def __init__(self, world: World, guild_id: str) -> None:
        self._world = world
        self._guild_id = guild_id

    def slash(self, line: str) -> Offer:
        """Return the slash command of a line as "scenario start"; raises InputError."""
        name, *rest = line.split()
        command = self._named(name, SLASH)
        offer = Offer(command, options=command.get("options", []))
        for word in rest:
            found = [one for one in offer.options if one["name"] == word and one["type"] in NESTS]
            if not found:
                names = ", ".join(one["name"] for one in offer.options) or "none"
                raise InputError(f"/{line} has no part {word!r}", f"it has {names}")
            offer.path.append((word, found[0]["type"]))
            offer.options = found[0].get("options", [])
        if any(one["type"] in NESTS for one in offer.options):
            names = ", ".join(one["name"] for one in offer.options)
            raise InputError(f"/{line} is not a whole command", f"add one of {names}")
        return offer

    def menu(self, name: str) -> Offer:
        """Return the context menu of messages with a name; raises InputError."""
        return Offer(self._named(name, MENU))

    def check(self, offer: Offer, member: Member, channel: Channel) -> None:
        """Raise InputError if Discord does not show the command to a member in a channel."""
        guild = self._world.guilds[self._guild_id]
        allowed = channel_permissions(guild, member, channel)
        raw = offer.command.get("default_member_permissions")
        needed = 0 if raw is None else int(raw)
        hidden = raw == "0" or needed & ~allowed.value
        if not allowed.use_application_commands or (hidden and not allowed.administrator):
            raise InputError(
                f"Discord does not offer {offer.command['name']!r} to {member.name} here",
                "give the person's role the permissions that the command was registered with",
            )

    def _named(self, name: str, kind: int) -> Json:
        commands: list[Json] = [
            *self._world.commands.get(self._guild_id, ()),
            *self._world.commands.get(None, ()),
        ]
        for command in commands:
            if (command["name"], command["type"]) == (name, kind):
                return command
        names = ", ".join(sorted(one["name"] for one in commands if one["type"] == kind))
        raise InputError(
            f"the bot registered no command {name!r}", f"it registered {names or 'none'}"
        )


def encode(
    offer: Offer, given: Mapping[str, Value], resolved: Resolved, focused: str | None = None
) -> list[Json]:
    """Return options as an interaction carries them.

    Raises InputError for options that the command does not have, or lacks (not while `focused`
    is being typed), and for values of another type.
    """
    known = {option["name"]: option for option in offer.options}
    for name in given:
        if name not in known:
            names = ", ".join(known) or "none"
            raise InputError(f"the command has no option {name!r}", f"it has {names}")
    encoded: list[Json] = []
    for name, option in known.items():
        if name not in given:
            if option.get("required") and focused is None:
                raise InputError(f"option {name!r} of the command is required", "give it")
            continue
        kind = option["type"]
        value = given[name] if name == focused else _value(option, given[name], resolved)
        entry: Json = {"name": name, "type": kind, "value": value}
        if name == focused:
            entry["focused"] = True
        encoded.append(entry)
    return encoded


def _value(option: Json, value: Value, resolved: Resolved) -> str | int | float | bool:
    name, kind = option["name"], Kind(option["type"])
    wrong = InputError(f"option {name!r} takes a {kind.name}, not {type(value).__name__}", "mend")
    if kind is Kind.string:
        if not isinstance(value, str):
            raise wrong
        _check_text(option, value)
        return value
    if kind is Kind.boolean:
        if not isinstance(value, bool):
            raise wrong
        return value
    if kind in (Kind.integer, Kind.number):
        whole = kind is Kind.integer
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
            raise wrong
        _check_number(option, value)
        return value
    taken = {
        Kind.user: (Member, User),
        Kind.channel: (Channel,),
        Kind.role: (Role,),
        Kind.mentionable: (Member, User, Role),
        Kind.attachment: (Upload,),
    }[kind]
    if not isinstance(value, taken):
        raise wrong
    kinds = option.get("channel_types")
    if isinstance(value, Channel) and kinds and value.type not in kinds:
        raise InputError(f"option {name!r} takes no channel of type {value.type}", "give another")
    return resolved.add(value)


def _check_text(option: Json, value: str) -> None:
    """Refuse what Discord's own field refuses."""
    least, most = option.get("min_length", 0), option.get("max_length", 6000)
    if not least <= len(value) <= most:
        raise InputError(
            f"option {option['name']!r} takes {least} to {most} characters, not {len(value)}",
            "give as many",
        )
    _check_choice(option, value)


def _check_number(option: Json, value: float) -> None:
    if not option.get("min_value", value) <= value <= option.get("max_value", value):
        raise InputError(f"option {option['name']!r} does not take {value}", "stay within bounds")
    _check_choice(option, value)


def _check_choice(option: Json, value: str | float) -> None:
    values = [choice["value"] for choice in option.get("choices", ())]
    if values and value not in values:
        listed = ", ".join(str(one) for one in values)
        raise InputError(f"option {option['name']!r} has no choice {value!r}", f"give {listed}")
