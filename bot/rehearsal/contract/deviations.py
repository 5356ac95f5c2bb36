"""Where Discord, or discord.py with Discord's consent, is not as the description says.

Each entry is what a violation's sentence looks like, and why it is none.
"""

from __future__ import annotations

import re

KNOWN: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"request: \$.*\.attachments\[\d+\]\.id: against type string"),
        "new files are named by their number in the form; Discord documents that it takes numbers",
    ),
    (
        re.compile(r"response 400: \$\.errors\..*_errors"),
        "the codes of a form's faults are names, as BASE_TYPE_REQUIRED, not numbers",
    ),
)


def known(sentence: str) -> bool:
    """Tell whether a violation is none, for a reason given here."""
    return any(pattern.search(sentence) for pattern, _ in KNOWN)
