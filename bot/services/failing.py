"""What could not be coded, so that it is tried again without a restart."""

from __future__ import annotations

from collections.abc import Iterable

from bot.storage.rows import StoredMessage


class Failing:
    """Messages that failed and have not been coded since; its length counts them."""

    def __init__(self) -> None:
        self._sessions: dict[int, int] = {}  # row of a message -> its session

    def __len__(self) -> int:
        return len(self._sessions)

    def add(self, messages: Iterable[StoredMessage]) -> None:
        """Note messages that could not be coded."""
        self._sessions.update((stored.id, stored.session_id) for stored in messages)

    def coded(self, messages: Iterable[StoredMessage]) -> None:
        """Forget messages that are coded now."""
        if self._sessions:
            for stored in messages:
                self._sessions.pop(stored.id, None)

    def take(self) -> set[int]:
        """Forget all, and return the sessions in which they are found again."""
        sessions = set(self._sessions.values())
        self._sessions.clear()
        return sessions
