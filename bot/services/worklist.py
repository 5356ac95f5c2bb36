"""What is to be coded next: messages in memory, and sessions to be searched in the log.

The log is the truth: whatever is not kept here is found again by its missing coding.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from bot.services.ingest import Edited, Event
from bot.services.tails import Tails
from bot.storage.rows import Receipt, StoredMessage

_REMEMBERED = 10_000  # messages waiting in memory; beyond that the database remembers them


class WorkList:
    """Listens to ingest for the sessions followed; its length is the messages in memory."""

    def __init__(
        self,
        tails: Tails,
        stir: Callable[[], None],
        owns: Callable[[int], bool] = lambda _: True,
    ) -> None:
        """Keep `tails` true to what is heard; call `stir` whenever there is something to do.

        Messages of discussions (their rows) that are not ours by `owns` are not taken.
        """
        self._tails = tails
        self._stir = stir
        self._owns = owns
        self._followed: set[int] = set()
        self._queue: deque[StoredMessage] = deque()
        self._searches: dict[int, int] = {}  # session -> row up to which its search has come

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def followed(self) -> frozenset[int]:
        """The sessions that are listened to."""
        return frozenset(self._followed)

    def follow(self, session_id: int) -> None:
        """Search what is pending in a session, and listen to it from now on."""
        self._followed.add(session_id)
        self._search(session_id)

    def hear(self, event: Event) -> None:
        """Take note of a change of the log."""
        if isinstance(event, Receipt):
            if event.moved:
                self._reopened(event.stored)
            elif event.stored.deleted_at is None:
                self._add(event.stored)
        elif isinstance(event, Edited) and event.reopened:
            self._reopened(event.stored)
        elif isinstance(event, Edited):
            self._tails.forget(event.stored.discussion_id)
            self._drop(lambda waiting: waiting.id == event.stored.id)
            if event.stored.deleted_at is None:
                self._add(event.stored)
        elif event.moved:
            self._tails.clear()  # also that of the discussion which lost its end
            self._drop(lambda waiting: waiting.message.thread_id == event.discussion.thread.id)
            for session_id in self._followed:
                self._search(session_id)

    def take(self, count: int) -> list[StoredMessage]:
        """Remove and return the next messages in memory, up to `count`."""
        return [self._queue.popleft() for _ in range(min(count, len(self._queue)))]

    def take_search(self) -> tuple[int, int] | None:
        """Remove and return a session to search and the row to go on after, if there is one.

        What arrives from now on is kept in memory; found by the search as well, it is still
        coded once.
        """
        return self._searches.popitem() if self._searches else None

    def searched(self, session_id: int, page: Sequence[StoredMessage]) -> None:
        """Go on with a search later, after `page`; one begun anew meanwhile stays.

        What was heard while the page was read, and stands in it as it was heard, is dropped.
        """
        found = {_state(stored) for stored in page}
        self._drop(lambda waiting: _state(waiting) in found)
        self._searches.setdefault(session_id, page[-1].id)

    def _add(self, stored: StoredMessage) -> None:
        session_id = stored.session_id
        if session_id not in self._followed or not self._owns(stored.discussion_id):
            return
        if session_id in self._searches:  # it will come to it, if need be from further back
            self._searches[session_id] = min(self._searches[session_id], stored.id - 1)
        elif len(self._queue) >= _REMEMBERED:
            self._search(session_id)
        else:
            self._queue.append(stored)
            self._stir()

    def _reopened(self, changed: StoredMessage) -> None:
        """Forget what is known of a discussion in which `changed` made others pending again."""
        self._tails.forget(changed.discussion_id)
        self._drop(lambda waiting: waiting.discussion_id == changed.discussion_id)
        if changed.session_id in self._followed and self._owns(changed.discussion_id):
            self._search(changed.session_id)

    def _drop(self, unwanted: Callable[[StoredMessage], bool]) -> None:
        self._queue = deque(waiting for waiting in self._queue if not unwanted(waiting))

    def _search(self, session_id: int) -> None:
        self._searches[session_id] = 0
        self._stir()


def _state(stored: StoredMessage) -> tuple[int, int, int]:
    """Return what a decision is on: an edited or renumbered message is to be coded again."""
    return (stored.id, stored.message.revision, stored.context)
