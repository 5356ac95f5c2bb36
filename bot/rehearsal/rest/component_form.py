"""Discord's limits for buttons, select menus and the fields of modals."""

from __future__ import annotations

from discord import ComponentType

from bot.rehearsal.rest.form import Form, Path
from bot.rehearsal.world.messages import Json

ROW = ComponentType.action_row.value
BUTTON = ComponentType.button.value
SELECT = ComponentType.select.value
INPUT = ComponentType.text_input.value
LABEL = ComponentType.label.value
# The menus of users, roles, both, and channels.
ENTITY_SELECTS = (5, 6, 7, 8)
ROW_LIMIT = 5
BUTTON_LIMIT = 5
OPTION_LIMIT = 25
LINK_STYLE = 5


def check_rows(form: Form, path: Path, rows: list[Json], *, modern: bool = False) -> None:
    """Note what is wrong with a message's components; `modern`: of the second version."""
    form.bounded(path, rows, 40 if modern else ROW_LIMIT)
    seen: set[str] = set()
    for at, row in enumerate(rows):
        if row.get("type") != ROW:
            if not modern:
                form.choice((*path, at, "type"), row.get("type"), (ROW,))
            continue
        items = row.get("components") or []
        where = (*path, at, "components")
        form.bounded(where, items, BUTTON_LIMIT, 1)
        if len(items) > 1 and any(item.get("type") != BUTTON for item in items):
            form.fault(where, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 1 in length.")
        for index, item in enumerate(items):
            _item(form, (*where, index), item, seen)


def check_modal(form: Form, path: Path, modal: Json) -> None:
    """Note what is wrong with a modal: its title, its fields and their names."""
    form.required((*path, "title"), modal.get("title"), 45)
    form.required((*path, "custom_id"), modal.get("custom_id"), 100)
    rows = modal.get("components") or []
    form.bounded((*path, "components"), rows, 5, 1)
    seen: set[str] = set()
    for at, row in enumerate(rows):
        where = (*path, "components", at)
        if row.get("type") == LABEL:
            form.required((*where, "label"), row.get("label"), 45)
            form.length((*where, "description"), row.get("description"), 100)
            _item(form, (*where, "component"), row.get("component") or {}, seen)
            continue
        for index, item in enumerate(row.get("components") or []):
            _item(form, (*where, "components", index), item, seen)


def _item(form: Form, path: Path, item: Json, seen: set[str]) -> None:
    kind = item.get("type")
    if not (kind == BUTTON and item.get("style") == LINK_STYLE):
        custom_id = item.get("custom_id")
        form.required((*path, "custom_id"), custom_id, 100)
        if custom_id in seen:
            message = "Component custom id cannot be duplicated"
            form.fault((*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", message)
        seen.add(str(custom_id))
    if kind == BUTTON:
        form.length((*path, "label"), item.get("label"), 80)
    elif kind == SELECT:
        _select(form, path, item)
    elif kind == INPUT:
        form.length((*path, "label"), item.get("label"), 45)
        form.length((*path, "placeholder"), item.get("placeholder"), 100)
        form.length((*path, "value"), item.get("value"), item.get("max_length") or 4000)
    elif kind in ENTITY_SELECTS:
        form.length((*path, "placeholder"), item.get("placeholder"), 150)


def _select(form: Form, path: Path, menu: Json) -> None:
    form.length((*path, "placeholder"), menu.get("placeholder"), 150)
    options = menu.get("options") or []
    form.bounded((*path, "options"), options, OPTION_LIMIT, 1)
    values: set[str] = set()
    for at, option in enumerate(options):
        where = (*path, "options", at)
        form.required((*where, "label"), option.get("label"), 100)
        form.required((*where, "value"), option.get("value"), 100)
        form.length((*where, "description"), option.get("description"), 100)
        if option.get("value") in values:
            message = "The specified option value is already used"
            form.fault((*where, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message)
        values.add(str(option.get("value")))
