"""The codebook's CSV form -> the tables that its TOML form has, each with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.domain.errors import InputError
from bot.domain.reading import read_tables

NEEDED = ("code", "title")
OPTIONAL = ("definition", "examples", "uncoded")
_HEADER = "write the header code,title,definition[,examples][,uncoded]"
_MARKS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False, "": False}


def codes_from_csv(text: str, source: str | Path | None) -> list[tuple[int, dict[str, Any]]]:
    """Return one (line, table) a code; examples are separated by |.

    Raises InputError for what is no CSV, for a column that is missing or not known, and for
    an `uncoded` that says neither yes nor no.
    """
    header, rows = read_tables(text, source)
    missing = [name for name in NEEDED if name not in header]
    if missing:
        raise InputError(
            f"the header lacks {' and '.join(missing)}", _HEADER, source=source, line=1
        )
    unknown = [name for name in header if name not in NEEDED + OPTIONAL]
    if unknown:
        raise InputError(
            f"column {', '.join(map(repr, unknown))} is not known",
            f"take it out, or {_HEADER}",
            source=source,
            line=1,
        )
    return [(line, _table(row, source, line)) for line, row in rows]


def _table(row: dict[str, str], source: str | Path | None, line: int) -> dict[str, Any]:
    mark = row.get("uncoded", "").strip()
    if mark.lower() not in _MARKS:
        raise InputError(
            f"uncoded {mark!r} is neither true nor false",
            "write true or false (yes or no, 1 or 0), or leave it empty",
            source=source,
            line=line,
        )
    return {
        "code": row["code"],
        "title": row["title"],
        "definition": row.get("definition", ""),
        "examples": [e.strip() for e in row.get("examples", "").split("|") if e.strip()],
        "uncoded": _MARKS[mark.lower()],
    }
