"""Tails: a cache that never outlives what it was read from."""

from __future__ import annotations

from typing import cast

from table import ENCODER, LABELS, Scorer

from bot.domain.discussion import Message, Scenario
from bot.services.decide import Decider, Decision
from bot.services.tails import Tails
from bot.storage.messages import Messages
from bot.storage.rows import StoredMessage

CASE = Scenario("s", "s", "case")


def stored(sequence: int, text: str = "words", discussion: int = 1) -> StoredMessage:
    message = Message(f"m{sequence}", "t", "s", sequence, "ann", None, text)
    return StoredMessage(sequence, 1, discussion, 0, CASE, message)


class Log:
    """Stands for storage.messages; `meanwhile` happens while history is being read."""

    def __init__(self) -> None:
        self.texts = {n: f"words {n}" for n in range(1, 20)}
        self.reads = 0
        self.meanwhile = lambda: None

    async def before(self, _discussion: int, sequence: int, limit: int) -> tuple[Message, ...]:
        self.reads += 1
        found = [stored(n, self.texts[n]).message for n in range(1, sequence)]
        self.meanwhile()
        return tuple(found[-limit:])


def tails(log: Log, length: int = 3) -> Tails:
    return Tails(cast("Messages", log), length)


async def test_the_next_message_needs_no_reading() -> None:
    log = Log()
    kept = tails(log)
    for n in range(1, 8):
        earlier = await kept.before(stored(n))
        assert [m.sequence for m in earlier] == list(range(max(1, n - 3), n))
        kept.follow(earlier, stored(n))
    assert log.reads == 0


async def test_a_gap_or_something_forgotten_is_read_again() -> None:
    log = Log()
    kept = tails(log)
    kept.follow((), stored(1))
    earlier = await kept.before(stored(4))
    assert [m.sequence for m in earlier] == [1, 2, 3]
    kept.follow(earlier, stored(4))
    kept.forget(1)
    await kept.before(stored(5))
    assert log.reads == 2


async def test_a_change_while_history_is_read_is_not_missed() -> None:
    log = Log()
    kept = tails(log)
    decider = Decider(ENCODER, Scorer(), LABELS, kept)

    def edited() -> None:
        log.texts[1] = "other words"
        kept.forget(1)

    log.meanwhile = edited
    assert isinstance((await decider.decide([stored(2)]))[0], Decision)
    log.meanwhile = lambda: None
    assert [m.text for m in await kept.before(stored(3))] == ["other words", "words 2"]


async def test_tails_are_bounded() -> None:
    log = Log()
    kept = tails(log)
    for discussion in range(1, 1_002):
        kept.follow((), stored(1, discussion=discussion))
    await kept.before(stored(2, discussion=1_001))
    assert log.reads == 0
    await kept.before(stored(2, discussion=1))
    assert log.reads == 1


async def test_without_a_window_nothing_is_kept() -> None:
    log = Log()
    kept = tails(log, length=0)
    kept.follow((), stored(1))
    assert kept._tails == {}
