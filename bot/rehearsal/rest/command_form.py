"""Discord's limits for application commands."""

from __future__ import annotations

import re

from discord import AppCommandOptionType, AppCommandType

from bot.rehearsal.rest.form import Form, Path
from bot.rehearsal.world.messages import Json

SLASH = AppCommandType.chat_input.value
SUBCOMMAND = AppCommandOptionType.subcommand.value
GROUP = AppCommandOptionType.subcommand_group.value
CHOOSABLE = (
    AppCommandOptionType.string.value,
    AppCommandOptionType.integer.value,
    AppCommandOptionType.number.value,
)
# A command's or option's name: letters and digits of any writing, "-", "_" and "'".
NAME = re.compile(r"^[-_'\w]{1,32}$")
# Commands of each kind that one place may have.
MOST = {
    SLASH: 100,
    AppCommandType.user.value: 5,
    AppCommandType.message.value: 5,
}
# Characters of names, descriptions and choices of one command with all its options.
COMMAND_TOTAL = 8000


def check_commands(commands: list[Json]) -> None:
    """Raise Discord's refusal of commands that break a limit."""
    form = Form()
    names: set[tuple[int, str]] = set()
    for at, command in enumerate(commands):
        kind, name = command.get("type") or SLASH, str(command.get("name"))
        _command(form, (at,), command, kind)
        if (kind, name) in names:
            message = "Application command names must be unique"
            form.fault((at, "name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
        names.add((kind, name))
    for kind, most in MOST.items():
        if sum(one == kind for one, _ in names) > most:
            message = f"Max number of application commands reached ({most})"
            form.fault((), "APPLICATION_COMMAND_TOO_MANY", message)
    form.check()


def _command(form: Form, path: Path, command: Json, kind: int) -> None:
    if kind != SLASH:
        # Context menus may have spaces and capitals, and have neither text nor options.
        form.required((*path, "name"), command.get("name"), 32)
        if command.get("description"):
            message = "Context menu commands cannot have description"
            form.fault((*path, "description"), "APPLICATION_COMMAND_INVALID_DESCRIPTION", message)
        if command.get("options"):
            message = "Context menu commands cannot have options"
            form.fault((*path, "options"), "APPLICATION_COMMAND_INVALID_OPTIONS", message)
        return
    _named(form, path, command)
    _options(form, path, command.get("options") or [])
    if _size(command) > COMMAND_TOTAL:
        message = f"Command exceeds maximum size ({COMMAND_TOTAL})"
        form.fault(path, "APPLICATION_COMMAND_TOO_LARGE", message)


def _named(form: Form, path: Path, item: Json) -> None:
    name = str(item.get("name") or "")
    if not NAME.match(name) or name != name.lower():
        message = "Command name is invalid"
        form.fault((*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", message)
    form.required((*path, "description"), item.get("description"), 100)


def _options(form: Form, path: Path, options: list[Json]) -> None:
    form.bounded((*path, "options"), options, 25)
    names: set[str] = set()
    optional = False
    for at, option in enumerate(options):
        where = (*path, "options", at)
        _named(form, where, option)
        name = str(option.get("name"))
        if name in names:
            message = "Option names must be unique"
            form.fault(where, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", message)
        names.add(name)
        if option.get("type") in (SUBCOMMAND, GROUP):
            _options(form, where, option.get("options") or [])
            continue
        if option.get("required") and optional:
            message = "Required options must be placed before non-required options"
            form.fault(where, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        optional = optional or not option.get("required")
        _choices(form, where, option)


def _choices(form: Form, path: Path, option: Json) -> None:
    choices = option.get("choices")
    form.bounded((*path, "choices"), choices, 25)
    if choices and option.get("autocomplete"):
        message = "Option cannot have both choices and autocomplete"
        form.fault(path, "APPLICATION_COMMAND_INVALID_AUTOCOMPLETE", message)
    if (choices or option.get("autocomplete")) and option.get("type") not in CHOOSABLE:
        message = "Only texts and numbers may have choices"
        form.fault(path, "APPLICATION_COMMAND_INVALID_CHOICES", message)
    for at, choice in enumerate(choices or []):
        form.required((*path, "choices", at, "name"), choice.get("name"), 100)
        if isinstance(choice.get("value"), str):
            form.required((*path, "choices", at, "value"), choice.get("value"), 100)


def check_choices(choices: list[Json]) -> None:
    """Raise Discord's refusal of what autocomplete suggests: at most 25, 100 characters each."""
    form = Form()
    form.bounded(("data", "choices"), choices, 25)
    for at, choice in enumerate(choices):
        form.required(("data", "choices", at, "name"), choice.get("name"), 100)
        if isinstance(choice.get("value"), str):
            form.length(("data", "choices", at, "value"), choice["value"], 100)
    form.check()


def _size(item: Json) -> int:
    own = len(str(item.get("name") or "")) + len(str(item.get("description") or ""))
    choices = item.get("choices") or []
    own += sum(len(str(one.get(key) or "")) for one in choices for key in ("name", "value"))
    return own + sum(_size(option) for option in item.get("options") or [])
