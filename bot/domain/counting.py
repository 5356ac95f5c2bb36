"""Numbers of things, as a sentence has them."""

from __future__ import annotations


def many(count: int, noun: str) -> str:
    """Return `1 message`, `2 messages`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
