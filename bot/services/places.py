"""Where a file's messages go in the threads of a study: beside what they hold already.

Each discussion of a file owns a slot of order keys, in which a message stands at its sequence.
So a file that has grown since, or goes on in a second file, finds every place again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.discussion import Discussion, Message
from bot.domain.errors import InputError
from bot.domain.transcript import Transcript
from bot.storage.rows import DiscussionRow, Place, Study
from bot.storage.store import Store

_SLOT = 1_000_000_000  # order keys: the import layout takes lower sequences alone


@dataclass(frozen=True, slots=True)
class Places:
    """The start key of every discussion of a file; `known` are (thread, id) of stored messages."""

    starts: Mapping[tuple[str, str, int], int]
    known: frozenset[tuple[str, str]]

    def order_key(self, message: Message) -> int:
        """Return where `message` stands in its thread."""
        return self.starts[message.discussion_key] + message.sequence


async def find_places(store: Store, study: Study, session: str, transcript: Transcript) -> Places:
    """Return the places of `transcript` in `study`, for a session of that name.

    Raises InputError for a discussion that stands in another session or with another scenario,
    and for whatever would not land where the file has it.
    """
    own = await store.sessions.find(study.id, session)
    stored = await store.sessions.of_threads(study.id, transcript.threads)
    messages = await store.messages.places(study.id, transcript.threads)
    finder = _Finder(study, None if own is None else own.id, transcript, messages)
    return finder.find(stored)


class _Finder:
    """Compares a transcript with the discussions and messages that its threads hold."""

    def __init__(
        self,
        study: Study,
        session_id: int | None,
        transcript: Transcript,
        messages: Mapping[tuple[str, str], Place],
    ) -> None:
        self._study = study
        self._session_id = session_id
        self._transcript = transcript
        self._messages = messages
        self._taken = set(messages.values())
        self._filled = {place.discussion_id for place in self._taken}

    def find(self, stored: tuple[DiscussionRow, ...]) -> Places:
        known = {row.key: row for row in stored}
        last: defaultdict[str, int] = defaultdict(lambda: -1)  # the highest key of each thread
        for row in stored:
            last[row.thread.id] = max(last[row.thread.id], row.start_key)
        for (thread_id, _), place in self._messages.items():
            last[thread_id] = max(last[thread_id], place.order_key)
        starts: dict[tuple[str, str, int], int] = {}
        added: dict[str, Discussion] = {}  # the first new one of each thread
        for discussion in self._transcript.discussions:
            if (own := known.get(discussion.key)) is not None:
                self._check_known(discussion, own, added.get(discussion.thread_id))
                starts[discussion.key] = own.start_key
            else:
                added.setdefault(discussion.thread_id, discussion)
                start = (last[discussion.thread_id] // _SLOT + 1) * _SLOT
                starts[discussion.key] = last[discussion.thread_id] = start
        places = Places(starts, frozenset(self._messages))
        for discussion in self._transcript.discussions:
            self._check_messages(discussion, known.get(discussion.key), places)
        return places

    def _check_known(
        self, discussion: Discussion, row: DiscussionRow, added: Discussion | None
    ) -> None:
        where = f"thread {discussion.thread_id!r}, scenario {discussion.scenario.id!r}"
        if row.session_id != self._session_id:
            raise self._refusal(
                discussion,
                f"{where} stands in another session of study {self._study.name!r} already",
                "name that session, or another study",
            )
        if row.scenario.text != discussion.scenario.text:
            raise self._refusal(
                discussion,
                f"{where} has another text than in study {self._study.name!r}",
                "send a changed file into another study",
            )
        if added is not None:
            raise self._refusal(
                added,
                f"{where} stands in study {self._study.name!r} already, and scenario "
                f"{added.scenario.id!r}, which the file has before it, does not",
                "put what is new behind, or send the file into another study",
            )

    def _check_messages(
        self, discussion: Discussion, row: DiscussionRow | None, places: Places
    ) -> None:
        """Raise InputError if a new message would not land where the file has it."""
        new: Message | None = None
        astray = row is not None and row.id in self._filled
        numbered = True  # the stored ones as in the file, and no other where a new one goes
        for message in discussion.messages:
            place = self._messages.get((message.thread_id, message.id))
            if place is None:
                new = new or message
                key = places.order_key(message)
                numbered = numbered and (row is None or Place(row.id, key) not in self._taken)
            elif row is None or place.discussion_id != row.id:
                raise self._refusal(
                    discussion,
                    f"message {message.id!r} stands in another discussion of study "
                    f"{self._study.name!r}",
                    "send a changed file into another study",
                    message,
                )
            else:
                astray = False  # they have something in common
                numbered = numbered and place.order_key == places.order_key(message)
        if new is not None and (astray or not numbered):
            raise self._refusal(
                discussion,
                f"study {self._study.name!r} lacks this message, and its place among those that "
                "stand there cannot be told: they are others, or numbered otherwise",
                "send the file into another study",
                new,
            )

    def _refusal(
        self, discussion: Discussion, problem: str, remedy: str, message: Message | None = None
    ) -> InputError:
        at = (message or discussion.messages[0]).id
        return InputError(problem, remedy, line=self._transcript.lines.get(at))
