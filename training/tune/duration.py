"""Times as people give and read them: 8h, 90m, 1h30m."""

from __future__ import annotations

import re

_FORM = re.compile(r"(?:(\d{1,4})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s)?")


def seconds_of(text: str) -> float:
    """Return the seconds of a time such as 8h, 90m, 45s or 1h30m.

    Raises ValueError, whose text is the remedy.
    """
    found = _FORM.fullmatch(text.strip().lower().replace(" ", ""))
    hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    total = hours * 3600 + minutes * 60 + seconds
    if total <= 0:
        raise ValueError("give a time such as 8h, 90m or 1h30m")
    return float(total)


def told(seconds: float) -> str:
    """Return a time as people read it, to two units: 8 h 5 min, 12 min 3 s, 4 s."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{rest} s"
