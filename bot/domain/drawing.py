"""Random samples that need no memory: what is drawn follows from a salt and a name alone."""

from __future__ import annotations

import hashlib

_BITS = 53  # as many as a float holds exactly


def drawn(salt: str, *name: str) -> float:
    """Return the number from 0 (inclusive) to 1 (exclusive) that a name draws under a salt.

    Uniform over names, always the same for one name, and independent from salt to salt: the
    names below a share are a random sample of that share, and a smaller share is part of a
    larger one.
    """
    text = "\x1f".join((salt, *name))
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return (int.from_bytes(digest[:8], "big") >> (64 - _BITS)) / (1 << _BITS)
