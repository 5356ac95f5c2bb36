"""What an export says about itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counted:
    """How much went into a file. What was taken back is written, and not counted."""

    messages: int = 0
    codings: int = 0
    uncoded: int = 0

    def plus(self, codings: int) -> Counted:
        """Return the count with one more message that has `codings` codings."""
        return Counted(
            self.messages + 1, self.codings + codings, self.uncoded + (1 if codings == 0 else 0)
        )
