"""The audit trail of a study: JSON lines, one a message on which people did something."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from bot.services.people.trail import trails
from bot.storage.rows import StoredMessage, Study
from bot.storage.store import Store
from exports.writing import replacing


async def write_trails(
    store: Store,
    study: Study,
    path: Path,
    session: str | None = None,
    told: Callable[[int, int], None] | None = None,
) -> int:
    """Write each message's trail to `path`, discussion by discussion; return how many there are.

    Messages that only models coded are left out: their codings are all in the transcript.
    `told` is called with the number written so far, and with their number.
    """
    written = 0
    with replacing(path) as file:
        handled = await store.trails.handled(study.id, session)
        by_discussion: dict[int, list[StoredMessage]] = defaultdict(list)
        for stored in handled:
            by_discussion[stored.discussion_id].append(stored)
        for wanted in by_discussion.values():
            for found in await trails(store, study, wanted):
                line = json.dumps(
                    found.to_dict(), ensure_ascii=False, sort_keys=True, allow_nan=False
                )
                file.write(line + "\n")
            written += len(wanted)
            if told is not None:
                told(written, len(handled))
    return written
