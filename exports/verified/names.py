"""What threads and messages are called in a file of several studies: no two alike."""

from __future__ import annotations

from bot.domain.layout import place_id


def thread_name(study: str, thread_id: str) -> str:
    """Return what a thread is called beside those of other studies: `study/thread`, escaped."""
    return place_id(study, thread_id)


class Names:
    """Names of one study's threads and messages; of a study alone they stay as they are.

    A message's id is its thread's alone, but a file takes each once: where a second thread
    has it, too, the thread is put before it. Discussions must come in the same order for the
    same names.
    """

    def __init__(self, study: str, *, several: bool) -> None:
        self._study = study
        self._several = several
        self._given: dict[tuple[str, str], str] = {}
        self._taken: set[str] = set()

    def thread(self, thread_id: str) -> str:
        """Return the thread's name in the file."""
        return thread_name(self._study, thread_id) if self._several else thread_id

    def message(self, thread_id: str, message_id: str) -> str:
        """Return the message's name in the file."""
        if self._several:
            return place_id(self._study, thread_id, message_id)
        key = (thread_id, message_id)
        if key not in self._given:
            name = message_id
            while name in self._taken:
                name = place_id(thread_id, name)
            self._taken.add(name)
            self._given[key] = name
        return self._given[key]
