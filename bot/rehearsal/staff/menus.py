"""What a person reads off a menu that the bot shows: its select, and the option to take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bot.domain.errors import InputError
from bot.rehearsal.world.messages import Json

_SELECT = 3  # component type of a select with texts of its own


def select_of(components: Sequence[Json]) -> Json:
    """Return the first select among a message's components; raises InputError without one."""
    for component in _all(components):
        if component.get("type") == _SELECT:
            return component
    raise InputError("the bot's answer has no menu", "look at what it answered instead")


def option_of(select: Json, code: str | None) -> str:
    """Return the value of the option for `code`, else of the first that is not chosen already."""
    options: list[dict[str, Any]] = select["options"]
    for option in options:
        if code is not None and code in (
            option["value"],
            option["label"].split(" ")[0].rstrip(":,"),
        ):
            return str(option["value"])
    free = [option for option in options if not option.get("default")]
    return str((free or options)[0]["value"])


def _all(components: Sequence[Json]) -> Iterator[Json]:
    for component in components:
        yield component
        yield from _all(component.get("components", ()))
