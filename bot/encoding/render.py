"""Window -> text segments. Changing a word here means raising spec.RENDERING."""

from __future__ import annotations

SCENARIO = "scenario:"
EARLIER = "earlier comments:"
LATEST = "latest comment:"


def numbered(position: int) -> str:
    """Return what stands before the earlier comment at `position`, counted from 1, oldest first."""
    return f"comment {position}:"


def pair_text(scenario: str, earlier: list[str], comment: str) -> tuple[str, str]:
    """Return the two sentences of the paper's input as text, uncut.

    The first holds the scenario and the numbered window, the second the latest comment.
    """
    parts = [SCENARIO, scenario]
    if earlier:
        parts.append(EARLIER)
        for position, text in enumerate(earlier, start=1):
            parts += [numbered(position), text]
    return " ".join(parts), f"{LATEST} {comment}"
