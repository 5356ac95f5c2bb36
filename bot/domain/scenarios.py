"""The study's list of scenarios, read from TOML or CSV."""

from __future__ import annotations

import tomllib
from pathlib import Path

from bot.domain.discussion import Scenario
from bot.domain.errors import InputError
from bot.domain.reading import read_tables, read_utf8


def load_scenarios(path: Path) -> tuple[Scenario, ...]:
    """Read scenarios from a .toml file ([[scenarios]] id, title, text) or .csv (title,text).

    Where no id is given, the position in the list serves. Raises InputError.
    """
    return parse_scenarios(read_utf8(path), path)


def parse_scenarios(text: str, path: Path) -> tuple[Scenario, ...]:
    """Parse the list; the suffix of `path` tells the form, and errors name it."""
    if path.suffix.lower() == ".csv":
        _, tables = read_tables(text, path)
    else:
        try:
            tables = tomllib.loads(text).get("scenarios", [])
        except tomllib.TOMLDecodeError as error:
            raise InputError(f"not valid TOML ({error})", "mend that line", source=path) from None
        if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
            raise InputError(
                "scenarios is not a list", "write one [[scenarios]] table each", source=path
            )
    found: dict[str, Scenario] = {}
    for number, table in enumerate(tables, start=1):
        title, words = str(table.get("title") or ""), str(table.get("text") or "")
        title, words = title.strip(), words.strip()
        identity = str(table.get("id") or number).strip()
        if not title or not words:
            raise InputError(
                f"scenario number {number} lacks a title or a text", "write both", source=path
            )
        if identity in found:
            raise InputError(
                f"scenario id {identity!r} stands twice", "give each its own", source=path
            )
        found[identity] = Scenario(identity, title, words)
    if not found:
        raise InputError("there are no scenarios", "add at least one", source=path)
    return tuple(found.values())
