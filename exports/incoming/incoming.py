"""What a file from elsewhere turned out to be; the class is `bot.domain.incoming`'s."""

from __future__ import annotations

from bot.domain.incoming import LAYOUT, Incoming

__all__ = ["LAYOUT", "Incoming"]
