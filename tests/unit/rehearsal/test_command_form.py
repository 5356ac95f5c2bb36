from typing import Any

import pytest

from bot.rehearsal.rest.command_form import check_choices, check_commands
from bot.rehearsal.rest.errors import RefusedError


def slash(name: str = "code", **more: Any) -> dict[str, Any]:
    return {"name": name, "description": "A command", **more}


def option(name: str = "message", **more: Any) -> dict[str, Any]:
    return {"name": name, "description": "An option", "type": 3, **more}


def menu(name: str) -> dict[str, Any]:
    return {"name": name, "type": 3}


@pytest.mark.parametrize(
    ("commands", "code"),
    [
        ([slash("Code")], "APPLICATION_COMMAND_INVALID_NAME"),
        ([slash("show code")], "APPLICATION_COMMAND_INVALID_NAME"),
        ([slash("x" * 33)], "APPLICATION_COMMAND_INVALID_NAME"),
        ([slash(description="")], "BASE_TYPE_REQUIRED"),
        ([slash(description="d" * 101)], "BASE_TYPE_MAX_LENGTH"),
        ([slash(options=[option(f"o{n}") for n in range(26)])], "BASE_TYPE_BAD_LENGTH"),
        (
            [slash(options=[option("a"), option("b", required=True)])],
            "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
        ),
        (
            [slash(options=[option(choices=[{"name": "n", "value": "v"}] * 26)])],
            "BASE_TYPE_BAD_LENGTH",
        ),
        (
            [slash(options=[option(autocomplete=True, choices=[{"name": "n", "value": "v"}])])],
            "APPLICATION_COMMAND_INVALID_AUTOCOMPLETE",
        ),
        ([slash(), slash()], "APPLICATION_COMMANDS_DUPLICATE_NAME"),
        ([menu(f"Menu {n}") for n in range(6)], "APPLICATION_COMMAND_TOO_MANY"),
        (
            [
                slash(
                    options=[
                        option(f"o{n}", choices=[{"name": f"{m:0100}", "value": f"{m:0100}"}])
                        for n in range(25)
                        for m in [n]
                    ]
                )
                | {"description": "x" * 100}
            ],
            None,
        ),
    ],
)
def test_commands_are_held_to_discords_limits(
    commands: list[dict[str, Any]], code: str | None
) -> None:
    if code is None:
        check_commands(commands)
        return
    with pytest.raises(RefusedError) as caught:
        check_commands(commands)
    assert code in str(caught.value.payload["errors"])


def test_proper_commands_pass() -> None:
    group = slash("scenario", options=[{**option("start"), "type": 1, "options": [option()]}])
    check_commands([group, menu("Correct code"), menu("Show code")])


def test_suggestions_are_at_most_25() -> None:
    check_choices([{"name": "n", "value": "v"}] * 25)
    with pytest.raises(RefusedError):
        check_choices([{"name": "n", "value": "v"}] * 26)
    with pytest.raises(RefusedError):
        check_choices([{"name": "n" * 101, "value": "v"}])
