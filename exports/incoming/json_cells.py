"""JSON from elsewhere: parsed within bounds, its values as the cells that tables have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bot.domain.errors import InputError
from bot.domain.layout_cells import Cells
from bot.domain.layout_rows import FIELD_LIMIT
from bot.services.ingest import storable

Object = Mapping[str, Any]

_UNSEEN = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")  # in names and ids nobody means them
_SOUND = "export it again with the program that it comes from"


def parse_json(text: str, source: str | Path, line: int | None = None) -> object:
    """Return what a JSON text says; `line` is that of a file of JSON lines.

    Raises InputError for what is no JSON, for NaN and infinities, for numbers without end and
    for nesting deeper than the interpreter reads.
    """
    where: int | None
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        where = line if line is not None else error.lineno
        ended = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        what = "it breaks off there" if ended else "something else is to stand there"
        problem = f"not valid JSON: {what} (column {error.colno})"
    except RecursionError:
        where, problem = line, "it is nested too deeply"
    except ValueError as error:
        where, problem = line, f"not valid JSON ({error})"
    raise InputError(problem, _SOUND, source=source, line=where)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")


def objects(value: object, what: str, source: str | Path, line: int | None) -> list[Object]:
    """Return a list of objects; raises InputError if `value`, called `what`, is none."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise InputError(f"{what} is not a list of objects", _SOUND, source=source, line=line)
    return value


def an_object(value: object, what: str, source: str | Path, line: int | None) -> Object:
    """Return an object; raises InputError if `value`, called `what`, is none."""
    if not isinstance(value, dict):
        raise InputError(f"{what} is not an object", _SOUND, source=source, line=line)
    return value


def a_text(value: object, what: str, source: str | Path, line: int | None) -> str:
    """Return a text, "" for null; raises InputError if `value`, called `what`, is another thing."""
    if value is not None and not isinstance(value, str):
        raise InputError(f"{what} is not a text", _SOUND, source=source, line=line)
    return value or ""


def cells(
    given: Object,
    columns: Mapping[str, str],
    source: str | Path,
    line: int,
    free: Iterable[str] = (),
) -> Cells:
    """Return the values of an object as the cells of a row, by column; `columns` maps to keys.

    A key that is not there makes no cell, null an empty one. In the columns that are `free`
    (what people wrote) every character may stand; half ones become U+FFFD. Raises InputError for
    a list, an object or a fraction where a text is wanted.
    """
    found = {column: given[key] for column, key in columns.items() if key in given}
    anything = set(free)
    return Cells(
        {
            column: _cell(columns[column], value, source, line, free=column in anything)
            for column, value in found.items()
        },
        source,
        line,
    )


def _cell(key: str, value: object, source: str | Path, line: int, *, free: bool) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case int():
            return str(value) if abs(value) < 10**20 else "a number without end"
        case str() if len(value) > FIELD_LIMIT:
            raise InputError(
                f"{key} has {len(value):,} characters",
                f"shorten it to {FIELD_LIMIT:,}",
                source=source,
                line=line,
            )
        case str() if free:
            return storable(value)
        case str():
            if unseen := _UNSEEN.search(value):
                raise InputError(
                    f"{key} holds the character U+{ord(unseen.group()):04X}",
                    "remove it: the file was damaged on its way",
                    source=source,
                    line=line,
                )
            return value
    shown = repr(value)
    raise InputError(
        f"{key} {shown[:40]} is not a text", "write it in quotes", source=source, line=line
    )
