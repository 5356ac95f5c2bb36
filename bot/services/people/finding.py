"""Finding the message that a person names: by its id, its link, or what "Copy ID" gives."""

from __future__ import annotations

import re

from bot.domain.errors import InputError
from bot.storage.rows import StoredMessage, Study
from bot.storage.store import Store

# .../channels/SERVER/THREAD/MESSAGE, and what "Copy ID" gives with the shift key: THREAD-MESSAGE.
_LINK = re.compile(r"/channels/(?:\d+|@me)/(?P<thread>\d+)/(?P<message>\d+)/?(?:[?#].*)?$")
_PAIR = re.compile(r"(?P<thread>\d{15,20})-(?P<message>\d{15,20})")


async def find_message(
    store: Store, study: Study, message: str, thread_id: str | None = None
) -> StoredMessage:
    """Return the message that an id or a link names; InputError if there is none, or several.

    `thread_id` is the thread of an id; a link names its own.
    """
    thread_id, given = place_named(message, thread_id)
    named = await messages_at(store, study, thread_id, given)
    if not named:
        raise _unknown(given)
    if len(named) > 1:
        raise InputError(
            f"{len(named)} threads have a message {given!r}", "give the message's link"
        )
    return named[0]


def place_named(message: str, thread_id: str | None = None) -> tuple[str | None, str]:
    """Return the thread, None where it is not named, and the id that an id or a link names."""
    given = message.strip().strip("<>")
    link = _LINK.search(given) or _PAIR.fullmatch(given)
    return (thread_id, given) if link is None else (link["thread"], link["message"])


async def messages_at(
    store: Store, study: Study, thread_id: str | None, message_id: str
) -> tuple[StoredMessage, ...]:
    """Return the stored messages of this id in a thread; None: in whichever thread."""
    if thread_id is None:
        return await store.messages.named(study.id, message_id)
    found = await store.messages.find(study.id, thread_id, message_id)
    return () if found is None else (found,)


def _unknown(message: str) -> InputError:
    return InputError(
        f"no message {message[:100]!r} is stored in this study",
        "give the link or id of one that was written while a session ran ('Copy Message Link' in "
        "its menu), or what stands in the column message_id of an export",
    )
