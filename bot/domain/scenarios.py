"""The study's list of scenarios, read from TOML or CSV."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

from bot.domain.discussion import Scenario
from bot.domain.errors import InputError


def load_scenarios(path: Path) -> tuple[Scenario, ...]:
    """Read scenarios from a .toml file ([[scenarios]] id, title, text) or .csv (title,text).

    Where no id is given, the position in the list serves. Raises InputError.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError("there is no such file", "check the path", source=path) from None
    except UnicodeDecodeError as error:
        raise InputError(
            f"byte {error.start} is not UTF-8", "save the list as UTF-8", source=path
        ) from None
    return parse_scenarios(text, path)


def parse_scenarios(text: str, path: Path) -> tuple[Scenario, ...]:
    """Parse the list; the suffix of `path` tells the form, and errors name it."""
    if path.suffix.lower() == ".csv":
        tables: list[dict[str, str]] = list(csv.DictReader(text.splitlines()))
    else:
        try:
            tables = tomllib.loads(text).get("scenarios", [])
        except tomllib.TOMLDecodeError as error:
            raise InputError(f"not valid TOML ({error})", "mend that line", source=path) from None
    found: dict[str, Scenario] = {}
    for number, table in enumerate(tables, start=1):
        title, words = str(table.get("title") or ""), str(table.get("text") or "")
        identity = str(table.get("id") or number)
        if not title or not words:
            raise InputError(
                f"scenario number {number} lacks a title or a text", "write both", source=path
            )
        if identity in found:
            raise InputError(
                f"scenario id {identity!r} stands twice", "give each its own", source=path
            )
        found[identity] = Scenario(identity, title, words.strip())
    if not found:
        raise InputError("there are no scenarios", "add at least one", source=path)
    return tuple(found.values())
