"""In which order and when a transcript's messages are sent again."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.domain.discussion import Discussion, Message
from bot.domain.transcript import Transcript

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Step:
    """A message to be sent: the `position`-th of its thread, counted from 0.

    `due` is when it was sent, never earlier than the one before it in its thread; None where
    the thread has no time yet. `starts` tells that its discussion begins with it.
    """

    message: Message
    discussion: Discussion
    position: int
    due: datetime | None
    starts: bool


def in_order(transcript: Transcript) -> Iterator[Step]:
    """Yield every message: by time over all threads, in a thread strictly by its position.

    A thread's discussions follow each other as in the transcript. A message without a time
    goes with the one before it; without any times the threads take turns.
    """
    threads: dict[str, list[Discussion]] = {}
    for discussion in transcript.discussions:
        threads.setdefault(discussion.thread_id, []).append(discussion)
    timed = any(m.sent_at is not None for m in transcript.messages)

    def keyed(
        number: int, discussions: list[Discussion]
    ) -> Iterator[tuple[tuple[object, ...], Step]]:
        for step in _steps(discussions):
            due = step.due or _BEFORE_ALL
            order = (due, number, step.position) if timed else (step.position, number)
            yield order, step

    streams = [keyed(number, talks) for number, talks in enumerate(threads.values())]
    for _, step in heapq.merge(*streams, key=lambda pair: pair[0]):
        yield step


def _steps(discussions: list[Discussion]) -> Iterator[Step]:
    due: datetime | None = None
    position = 0
    for discussion in discussions:
        for index, message in enumerate(sorted(discussion.messages, key=lambda m: m.sequence)):
            if message.sent_at is not None:
                due = message.sent_at if due is None else max(due, message.sent_at)
            yield Step(message, discussion, position, due, starts=index == 0)
            position += 1
