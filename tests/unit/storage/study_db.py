"""A small stored study for the tests of storage."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bot.domain.codebook import codebook_from_codes
from bot.domain.discussion import Scenario, Thread
from bot.storage.rows import Arrival, NewCoding, SessionRow, StoredMessage, Study
from bot.storage.sessions import Start
from bot.storage.store import Store
from bot.storage.studies import NewBundle

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
BOOK = codebook_from_codes(["A", "B"], "book")


def arrival(key: int, text: str = "words") -> Arrival:
    return Arrival("t1", f"m{key}", key, "ann", text, AT)


def files_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


async def begin(store: Store) -> tuple[Study, SessionRow]:
    """Open a study with one session and one discussion."""
    study = await store.studies.open("study", BOOK)
    session = await store.sessions.begin(study.id, "monday")
    scenario = Scenario("prices", "Prices", "Is it fair?")
    await store.sessions.start(Start(study.id, session.name, Thread("t1", "Group 1"), scenario, 0))
    return study, session


async def fill(store: Store, messages: int) -> list[StoredMessage]:
    """Store a study with `messages` messages, all coded by a model."""
    study, session = await begin(store)
    bundle = NewBundle("f" * 64, "starter", "thread", BOOK, {})
    model = await store.studies.model(study.id, bundle)
    waiting = [store.messages.receive(study.id, arrival(k)) for k in range(1, messages + 1)]
    stored = [(await w).stored for w in waiting]
    await store.codings.append(
        [
            NewCoding(s.id, model.id, study.codebook_id, "A", AT, revision=1, context=0)
            for s in stored
        ]
    )
    await store.codings.advance(model.id, session.id)
    return stored
