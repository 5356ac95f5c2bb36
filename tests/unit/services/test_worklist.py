"""A message that the search finds and that is heard while it does is coded once."""

from __future__ import annotations

import dataclasses
from typing import cast

from bot.domain.discussion import Message, Scenario
from bot.services.tails import Tails
from bot.services.worklist import WorkList
from bot.storage.messages import Messages
from bot.storage.rows import Receipt, StoredMessage

SESSION = 1


def stored(number: int, revision: int = 1) -> StoredMessage:
    message = Message(
        f"m{number}", "t", "s", number, "P1", None, f"text {revision}", revision=revision
    )
    return StoredMessage(number, SESSION, 1, 0, Scenario("s", "s", "case"), message)


def searching() -> WorkList:
    """Return a work list whose search of the session is reading its page."""
    work = WorkList(Tails(cast("Messages", None), 3), lambda: None)
    work.follow(SESSION)
    assert work.take_search() == (SESSION, 0)
    return work


def test_what_the_page_holds_as_it_was_heard_is_dropped():
    work = searching()
    for number in (2, 3):
        work.hear(Receipt(stored(number), new=True))
    work.searched(SESSION, [stored(1), stored(2)])
    assert [waiting.id for waiting in work.take(10)] == [3]
    assert work.take_search() == (SESSION, 2)


def test_what_changed_after_the_page_was_read_is_kept():
    work = searching()
    renumbered = dataclasses.replace(stored(2), context=1)
    for changed in (stored(1, revision=2), renumbered):
        work.hear(Receipt(changed, new=True))
    work.searched(SESSION, [stored(1), stored(2)])
    assert work.take(10) == [stored(1, revision=2), renumbered]
