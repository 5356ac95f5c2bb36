"""Identifiers that follow from what they stand for: the same data gives the same bytes."""

from __future__ import annotations

import uuid
from hashlib import sha1

_HOUSE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:intercoder:refi-qda")


class Guids:
    """GUIDs for what belongs to one study or codebook, called `owner`."""

    def __init__(self, owner: str) -> None:
        self._space = _named(_HOUSE.bytes, owner).bytes

    def of(self, kind: str, *parts: str) -> str:
        """Return the GUID of a thing of `kind` with the given names, lower-case and bare."""
        # With lengths: ("a", "b/c") and ("a/b", "c") are two things.
        return str(_named(self._space, "".join(f"{len(p)}:{p}" for p in (kind, *parts))))


def _named(space: bytes, name: str) -> uuid.UUID:
    """Return RFC 9562's UUID of version 5, also of a name that UTF-8 cannot hold."""
    digest = sha1(space + name.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
    return uuid.UUID(bytes=digest[:16], version=5)
