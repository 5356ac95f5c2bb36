"""Texts as Discord takes them: cut to its limits, shown as they were written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from discord.utils import escape_markdown

CONTENT = 2_000
"""Characters of a plain answer."""
FIELD = 1_024
"""Characters of one field of an embed."""
CHOICE = 100
"""Characters of the name or value of a choice, and of a select's label, value or description."""
PAGE = 25
"""Choices in one select, or one autocomplete."""

_ELLIPSIS = "…"
_BLANK = "-"  # Discord refuses empty fields


def size(text: str) -> int:
    """Return the length of `text` in UTF-16 units: what Discord counts is never more."""
    return len(text) + sum(c > "\uffff" for c in text)


def clip(text: str, limit: int) -> str:
    """Return `text` in at most `limit` characters, marked where it was cut; never empty."""
    text = text.strip() or _BLANK
    if size(text) <= limit:
        return text
    room = limit - len(_ELLIPSIS)
    kept: list[str] = []
    for character in text[:limit]:
        room -= size(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + _ELLIPSIS


def quoted(text: str, limit: int) -> str:
    """Return what somebody wrote so that it shows as written, on one line, in `limit`."""
    # Cut before it is escaped: no escape is torn, and the work does not grow with the text.
    line = escape_markdown(clip(" ".join(text.split()), limit))
    return clip(line, limit)


def lines(given: Sequence[str], limit: int, more: str = "and {} more") -> str:
    """Return as many of the first lines as fit into `limit`, and how many are left out."""
    return _fitting(given, limit, more, newest=False)


def last_lines(given: Sequence[str], limit: int, more: str = "{} earlier ones") -> str:
    """Return as many of the last lines as fit into `limit`, and how many are left out."""
    return _fitting(given, limit, more, newest=True)


def _fitting(given: Sequence[str], limit: int, more: str, *, newest: bool) -> str:
    if not given:
        return _BLANK
    room = limit - size(more.format(len(given))) - 1
    kept: list[str] = []
    ordered: Iterable[str] = reversed(given) if newest else given
    for line in ordered:
        line = clip(line, max(limit // 2, 2))  # noqa: PLW2901 - one line never takes all
        room -= size(line) + 1
        if room < 0:
            break
        kept.append(line)
    left = len(given) - len(kept)
    rest = [f"*{more.format(left)}*"] if left else []
    return clip("\n".join([*rest, *reversed(kept)] if newest else [*kept, *rest]), limit)


def percent(share: float | None) -> str:
    """Return a share from 0 to 1 as `83 %`; a dash where there is none."""
    return _BLANK if share is None else f"{share * 100:.0f} %"


def milliseconds(value: float | None) -> str:
    """Return a time in ms, in seconds where it is long; a dash where there is none."""
    if value is None:
        return _BLANK
    return f"{value:.0f} ms" if value < 10_000 else f"{value / 1000:.1f} s"


def mention(channel: str | int) -> str:
    """Return what Discord shows as a link to a thread or channel; it alerts nobody."""
    return f"<#{channel}>"


def link(home: str, server: str | int, channel: str | int, message: str | int) -> str:
    """Return the address of a message; `home` is where people reach the server's pages."""
    return f"{home}/channels/{server}/{channel}/{message}"
