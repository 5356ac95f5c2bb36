"""Descriptions that people read in other programs and that we read back exactly.

One `key: value` a line; a value's further lines are indented by two spaces:

    title: Supportive argument
    definition: Gives a reason
      that speaks for the action.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from exports.refi.plain import escape, unescape

Fields = tuple[tuple[str, str], ...]
_INDENT = "  "


def fields_text(fields: Iterable[tuple[str, str]]) -> str:
    """Return the text for keys (without colons) and any values, in their order."""
    return "\n".join(f"{key}: {_indented(value)}" for key, value in fields)


def parse_fields(text: str | None, keys: Collection[str]) -> Fields | None:
    """Return the fields of a text that `fields_text` wrote, None for any other text.

    The text is not one of ours if a line has none of `keys`.
    """
    found: list[tuple[str, list[str]]] = []
    for line in (text or "").split("\n"):
        key, colon, value = line.partition(":")
        if colon and key in keys:
            found.append((key, [value.removeprefix(" ")]))
        elif found and (line.startswith(_INDENT) or not line):
            found[-1][1].append(line.removeprefix(_INDENT))
        else:
            return None
    try:
        return tuple((key, unescape("\n".join(lines))) for key, lines in found)
    except ValueError:
        return None


def _indented(value: str) -> str:
    return escape(value).replace("\n", f"\n{_INDENT}")
