"""A command line that cannot be understood, as one sentence: option, value, what is allowed."""

from __future__ import annotations

from typing import Any

import typer
from pydantic import ValidationError

_ALLOWED = {  # by pydantic's kind of error, with what it tells of the bounds
    "greater_than_equal": "{number} from {bound} up",
    "less_than_equal": "{number} up to {bound}",
    "int_parsing": "a whole number",
    "float_parsing": "a number",
    "bool_parsing": "true or false",
}


def usage_sentence(error: typer.TyperException) -> str:
    """Return what `error` says of the command line, and where help is.

    It is empty where help has been shown already: a command was called without anything.
    """
    problem = _problem(error).rstrip(".")
    context: typer.Context | None = getattr(error, "ctx", None)
    if not problem or context is None:
        return f"{problem}." if problem else ""
    return f"{problem}; see `{context.command_path} --help`."


def _problem(error: typer.TyperException) -> str:
    cause = error.__cause__
    if not isinstance(error, typer.BadParameter) or not isinstance(cause, ValidationError):
        return error.format_message()
    first: dict[str, Any] = {**cause.errors(include_url=False)[0]}
    hint = "" if error.param is None else error.param.get_error_hint().replace("'", "")
    return f"{hint} {first['input']} cannot be used: give {_allowed(first)}"


def _allowed(first: dict[str, Any]) -> str:
    if (known := _ALLOWED.get(first["type"])) is not None:
        bound = next(iter(first.get("ctx", {}).values()), None)
        number = "a number" if isinstance(bound, float) else "a whole number"
        return known.format(number=number, bound=bound)
    _, found, choices = str(first["msg"]).rpartition(" is not one of ")
    return f"one of {choices.replace(chr(39), '')}" if found else str(first["msg"])
