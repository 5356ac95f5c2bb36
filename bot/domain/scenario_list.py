"""A study's scenarios in their order, read from TOML or CSV."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.domain.discussion import NO_SCENARIO, Scenario
from bot.domain.errors import InputError
from bot.domain.reading import decode_utf8, read_tables

_KNOWN = ("id", "title", "text")
_HEADER = "write the header title,text[,id]"
_ID_LENGTH = 40  # characters of an id made from a title


@dataclass(frozen=True, slots=True)
class _Entry:
    """One scenario as written; `number` counts from 1, `line` is its line in a CSV."""

    number: int
    line: int | None
    id: str
    title: str
    text: str


def scenario_list_from_file(name: str, data: bytes) -> tuple[Scenario, ...]:
    """Read a scenario list from the bytes of a file called `name`; see `load_scenario_list`."""
    return load_scenario_list(decode_utf8(data, name), name, name)


def load_scenario_list(
    text: str, name: str, source: str | Path | None = None
) -> tuple[Scenario, ...]:
    """Read a scenario list: CSV with title,text[,id] if `name` ends in .csv, else TOML.

    The TOML form has one [[scenarios]] table with title, text and, if wanted, id. An id that
    is not given is made from the title. Raises InputError naming `source`, what is wrong and
    the remedy.
    """
    read = _from_csv if name.lower().endswith(".csv") else _from_toml
    entries = read(text, source)
    if not entries:
        raise InputError("the list has no scenarios", "add one at least", source=source)
    taken: set[str] = set()
    titled: dict[str, _Entry] = {}
    for entry in entries:
        _check(entry, taken, source)
        taken |= {entry.id} - {""}
        _check_title(entry, titled.setdefault(entry.title.casefold(), entry), source)
    found: list[Scenario] = []
    for entry in entries:
        identity = entry.id or scenario_id(entry.title, taken)
        taken.add(identity)
        found.append(Scenario(identity, entry.title, entry.text))
    return tuple(found)


def scenario_id(title: str, taken: Collection[str] = ()) -> str:
    """Return an id for a scenario, made from its title, that is not one of `taken`.

    Letters of every script stay; what is between them becomes one hyphen.
    """
    plain = unicodedata.normalize("NFKC", title).casefold()
    base = re.sub(r"[\W_]+", "-", plain).strip("-")[:_ID_LENGTH].strip("-") or "scenario"
    reserved = {*taken, NO_SCENARIO}
    identity, number = base, 1
    while identity in reserved:
        number += 1
        identity = f"{base}-{number}"
    return identity


def _from_toml(text: str, source: str | Path | None) -> list[_Entry]:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not valid TOML ({error})", "mend that line", source=source) from None
    tables = data.get("scenarios", [])
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        raise InputError(
            "scenarios is not a list", "write one [[scenarios]] table a scenario", source=source
        )
    return [_entry(number, None, table, source) for number, table in enumerate(tables, start=1)]


def _from_csv(text: str, source: str | Path | None) -> list[_Entry]:
    header, rows = read_tables(text, source)
    missing = [name for name in ("title", "text") if name not in header]
    if missing:
        raise InputError(
            f"the header lacks {' and '.join(missing)}", _HEADER, source=source, line=1
        )
    return [_entry(number, line, row, source) for number, (line, row) in enumerate(rows, start=1)]


def _entry(
    number: int, line: int | None, table: dict[str, Any], source: str | Path | None
) -> _Entry:
    unknown = [key for key in table if key not in _KNOWN]
    if unknown:
        raise InputError(
            f"{', '.join(map(repr, unknown))} of scenario {number} is not known",
            "give each scenario a title, a text and, if you like, an id",
            source=source,
            line=line,
        )
    for key, value in table.items():
        if not isinstance(value, str):
            raise InputError(
                f"{key} = {value!r} of scenario {number} is not a text",
                "put it in quotes",
                source=source,
                line=line,
            )
    words = {key: table.get(key, "").strip() for key in _KNOWN}
    return _Entry(number, line, words["id"], words["title"], words["text"])


def _check(entry: _Entry, taken: Collection[str], source: str | Path | None) -> None:
    """Raise InputError for an entry without words, or with an id that it may not have."""
    if not entry.title or not entry.text:
        what = "text" if entry.title else "title"
        problem, remedy = f"scenario {entry.number} has no {what}", "write one"
    elif entry.id == NO_SCENARIO:
        problem = f"scenario {entry.number} has the id {NO_SCENARIO!r}"
        remedy = "choose another: this one stands for talk before any scenario"
    elif entry.id in taken:
        problem, remedy = f"scenario id {entry.id!r} stands twice", "give each scenario its own id"
    else:
        return
    raise InputError(problem, remedy, source=source, line=entry.line)


def _check_title(entry: _Entry, first: _Entry, source: str | Path | None) -> None:
    """Raise InputError if `first`, with the same title, is another entry."""
    if entry is first:
        return
    lines = "" if first.line is None else f" (lines {first.line} and {entry.line})"
    raise InputError(
        f"scenarios {first.number} and {entry.number}{lines} have the same title {entry.title!r}",
        "give each its own: commands name scenarios by their titles",
        source=source,
        line=entry.line,
    )
