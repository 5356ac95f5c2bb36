"""Buttons and menus on messages, and the fields of modals, as a person can use them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.domain.errors import InputError
from bot.rehearsal.rest.component_form import SELECT
from bot.rehearsal.world.messages import Json, Message


def control(message: Message, name: str | None, kinds: Sequence[int]) -> Json:
    """Return a button or menu by custom id or label; None: the only one of these kinds.

    Raises InputError if there is none or more than one, or if it is disabled.
    """
    items: list[Json] = [
        item
        for row in message.components
        for item in row.get("components", ())
        if item["type"] in kinds
    ]
    found = [item for item in items if name in (None, item.get("custom_id"), item.get("label"))]
    if len(found) != 1:
        names = ", ".join(str(item.get("label") or item.get("custom_id")) for item in items)
        raise InputError(
            f"{len(found)} such buttons or menus for {name!r}", f"there are: {names or 'none'}"
        )
    if found[0].get("disabled"):
        raise InputError(f"{name or 'it'} is disabled", "use another")
    return found[0]


def check_chosen(menu: Json, values: Sequence[object]) -> None:
    """Raise InputError for values that a menu does not let a person choose."""
    least, most = menu.get("min_values", 1), menu.get("max_values", 1)
    if not least <= len(values) <= most:
        raise InputError(f"the menu takes {least} to {most} values", "choose as many")
    if menu["type"] != SELECT:
        return
    offered = [option["value"] for option in menu["options"]]
    for value in values:
        if value not in offered:
            raise InputError(f"the menu has no {value!r}", f"it has {', '.join(offered)}")


def filled(components: Sequence[Json], values: Mapping[str, str]) -> list[Json]:
    """Return a modal's fields as they are sent; raises InputError for values of no field."""
    left = dict(values)

    def fill(item: Json, label: str | None = None) -> Json:
        names = [item.get("custom_id"), item.get("label"), label]
        name = next((one for one in names if one in left), None)
        value = item.get("value", "") if name is None else left.pop(str(name))
        if item.get("required", True) and not value:
            raise InputError(f"field {names[1] or names[0]!r} is required", "fill it in")
        most = item.get("max_length") or 4000
        if not (item.get("min_length") or 0) <= len(value) <= most:
            raise InputError(f"field {names[0]!r} does not take {len(value)} characters", "mend")
        return {"type": item["type"], "id": 1, "custom_id": item["custom_id"], "value": value}

    sent: list[Json] = []
    for at, row in enumerate(components):
        head: Json = {"type": row["type"], "id": at + 1}
        if "component" in row:
            sent.append(head | {"component": fill(row["component"], row.get("label"))})
        else:
            sent.append(head | {"components": [fill(item) for item in row["components"]]})
    if left:
        raise InputError(f"the modal has no field {next(iter(left))!r}", "name one that it has")
    return sent
