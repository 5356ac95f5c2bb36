"""Names and labels as SPSS allows them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

TEXT_LIMIT = 32_767
"""Bytes of a string in UTF-8 (SPSS's limit)."""
NAME_LIMIT, LABEL_LIMIT, VALUE_LABEL_LIMIT = 64, 256, 120
"""Bytes of a variable's name and label, and of a value's label (SPSS's limits)."""
CUT = " [cut]"
"""Stands at the end of a text that was too long."""

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_]")


def spss_names(wanted: Iterable[str]) -> tuple[str, ...]:
    """Return a variable name for each wanted one: ASCII, 64 bytes, unique also in lower case.

    What SPSS does not take becomes "_"; a name that is taken then gets a number. Where nothing
    would be left of a coder's name, the coder's place stands for it (`code_3`). The variable's
    label keeps the true name.
    """
    found: list[str] = []
    taken: set[str] = set()
    places: Counter[str] = Counter()
    for name in wanted:
        clean = _NOT_IN_NAMES.sub("_", name)
        kind, _, of = clean.partition("_")
        places[kind] += bool(of)
        if of and not of.strip("_"):
            clean = f"{kind}_{places[kind]}"
        clean = clean if clean[:1].isalpha() else f"v{clean}"
        number = 1
        while True:
            ending = "" if number == 1 else f"_{number}"
            candidate = clean[: NAME_LIMIT - len(ending)].rstrip("_") + ending
            if candidate.lower() not in taken:
                break
            number += 1
        taken.add(candidate.lower())
        found.append(candidate)
    return tuple(found)


def fitted(text: str, limit: int = TEXT_LIMIT) -> tuple[str, bool]:
    """Return `text` in at most `limit` bytes of UTF-8, and whether it was cut (and marked)."""
    raw = text.encode()
    if len(raw) <= limit:
        return text, False
    return raw[: limit - len(CUT)].decode(errors="ignore") + CUT, True
