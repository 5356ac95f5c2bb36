"""What a description of Discord's interface is asked; bot.rehearsal.contract.openapi has one.

Apart from it, so that rehearsing without a description needs no JSON Schema library.
"""

from __future__ import annotations

from typing import Any, Protocol


class Description(Protocol):
    """Tells, in sentences, where what travels is not as described."""

    def request(self, method: str, route: str, content: Any) -> list[str]:
        """Return what is wrong with the body of a request ("/channels/{channel_id}/...")."""
        ...

    def query(self, method: str, route: str, query: dict[str, str]) -> list[str]:
        """Return what is wrong with the query of a request."""
        ...

    def response(self, method: str, route: str, status: int, body: Any) -> list[str]:
        """Return what is wrong with an answer; `body` is bytes of JSON, or empty."""
        ...

    def object(self, schema: str, payload: Any, where: str) -> list[str]:
        """Return what is wrong with an object, as one of the named schema."""
        ...
