"""Small pieces of Markdown: tables, and people's words made safe to stand in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&])")
_LONGEST = 240  # characters of a comment in a report; predictions.csv has it whole


def quoted(text: str) -> str:
    """Return `text` as one line that Markdown shows as it was written, cut if very long."""
    line = " ".join(text.split())
    if len(line) > _LONGEST:
        line = line[: _LONGEST - 1] + "…"
    return _SPECIAL.sub(r"\\\1", line)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table; the first column is text, the others are numbers."""
    lines = [_row(header), _row([":--", *["--:"] * (len(header) - 1)])]
    return [*lines, *(_row(row) for row in rows)]


def percent(share: float | None) -> str:
    """Return 0.8254 as 82.5 %, and None as a dash."""
    return "—" if share is None else f"{share:.1%}".replace("%", " %")


def decimal(value: float | None, digits: int = 2) -> str:
    """Return 0.7803 as .78 (the way kappas are printed), and None as a dash."""
    if value is None:
        return "—"
    text = f"{value:.{digits}f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
