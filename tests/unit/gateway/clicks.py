"""Clicks on answers, as the library hands them on from a message that another process sent."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import discord
from asking import Asking
from staff_room import RESEARCHER, Room


def button(asking: Asking, label: str) -> Any:
    view: discord.ui.View = asking.answer["view"]
    items: list[Any] = list(view.children)
    return next(i for i in items if getattr(i.item, "label", None) == label)


def labels(asking: Asking) -> list[str]:
    view = asking.answer["view"]
    return [i.item.label for i in view.children if isinstance(i.item, discord.ui.Button)]


def select(asking: Asking) -> Any:
    return asking.answer["view"].children[0]


async def use(
    room: Room,
    component: Any,
    *,
    on: int = 1,
    number: int = 42,
    roles: tuple[int, ...] = (RESEARCHER,),
) -> Asking:
    """Click on a component of message `on`; the person's roles are asked for as they click."""
    asking = Asking(room.client, *roles, guild=room.guild, number=number)
    asking.message = SimpleNamespace(id=on)
    kind = type(component)
    match = kind.__discord_ui_compiled_template__.fullmatch(component.custom_id)
    item = await kind.from_custom_id(asking, component.item, match)
    if await item.interaction_check(asking):
        await item.callback(asking)
    return asking


async def choose(room: Room, shown: Asking, code: str, **given: Any) -> Asking:
    component = select(shown)
    assert code in [option.value for option in component.item.options]
    component.item._values = [code]
    return await use(room, component, **given)


async def submit(
    room: Room,
    asked: Asking,
    text: str,
    *,
    number: int = 42,
    roles: tuple[int, ...] = (RESEARCHER,),
) -> Asking:
    """Send the form that a click opened."""
    asking = Asking(
        room.client,
        *roles,
        guild=room.guild,
        kind=discord.InteractionType.modal_submit,
        number=number,
    )
    field = {"type": 4, "custom_id": "text", "value": text}
    components = [{"type": 18, "component": field}]
    asking.data = {"custom_id": asked.answer["modal"].custom_id, "components": components}
    asking.message = SimpleNamespace(id=1)
    await room.review.on_interaction(asking)  # type: ignore[arg-type]
    return asking


def embed(asking: Asking) -> discord.Embed:
    (found,) = asking.answer["embeds"]
    return found  # type: ignore[no-any-return]


def everything(asking: Asking) -> str:
    """Return all that can be read of the last answer, and what its components hold."""
    view, given = asking.answer.get("view"), asking.answer
    embeds = [e.to_dict() for e in given.get("embeds", ())]
    return str([given.get("content"), embeds, None if view is None else view.to_components()])
