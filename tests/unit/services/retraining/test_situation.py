"""What is new since the last decision, and who is at work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.coding import Act
from bot.services.ingest import Ingest
from bot.services.retraining.situation import count_verified, missing_package, situation
from bot.storage.retrainings import Cause, End, State
from bot.storage.sqlite import sqlite_url
from exports.verified.write import write_verified
from tests.coded_study import BOOK, START, CodedStudy


@pytest.fixture
async def coded(tmp_path: Path) -> AsyncIterator[CodedStudy]:
    made = await CodedStudy.open(tmp_path / "study.db")
    await made.talk("monday", "t", 6)
    yield made
    await made.store.close()


async def test_only_what_people_settled_on_counts(coded: CodedStudy) -> None:
    await coded.code("t-1", "starter", "AG")  # a model's own code never does
    await coded.code("t-2", "ann", "AG")
    await coded.code("t-3", "ann", "AG")
    await coded.code("t-3", "bob", "DIS")  # not settled
    await coded.code("t-4", "ann", "UC")  # settled that it has no code
    await coded.code("t-5", "ann", "OF", Act.CORRECTED)
    found = await count_verified(coded.store, coded.study, None)
    assert (found.verified, found.new) == (2, 2)


async def test_what_is_counted_is_what_can_teach(coded: CodedStudy, tmp_path: Path) -> None:
    """More would be new every night, and the coder retrained for nothing."""
    for n, code in enumerate(("AG", "AG", "DIS", "OF"), 1):
        await coded.code(f"t-{n}", "ann", code)
    await Ingest(coded.store, coded.study).deleted("t", "t-1", START)
    book = replace(BOOK, version="2", codes=tuple(c for c in BOOK.codes if c.code != "DIS"))
    study = await coded.store.studies.open(coded.study.name, book)
    found = await count_verified(coded.store, study, None)
    written = await write_verified(coded.store, [study], tmp_path / "verified.csv")
    assert found.verified == found.new == written.verified == 2


async def test_what_was_corrected_since_then_is_new_again(coded: CodedStudy) -> None:
    for n in (1, 2, 3):
        await coded.code(f"t-{n}", "ann", "AG")
    then = START + timedelta(days=1, minutes=3)
    assert (await count_verified(coded.store, coded.study, then)).new == 0
    await coded.code("t-2", "ann", "DIS", Act.CORRECTED)
    await coded.code("t-4", "starter", "DIS")
    found = await count_verified(coded.store, coded.study, then)
    assert (found.verified, found.new) == (3, 1)


async def test_new_is_since_the_last_decision_not_since_a_failure(
    coded: CodedStudy, tmp_path: Path
) -> None:
    store, url = coded.store, sqlite_url(tmp_path / "study.db")
    for n in (1, 2):
        await coded.code(f"t-{n}", "ann", "AG")
    assert (await situation(store, url, coded.study)).new == 2
    store.connections.clock = lambda: START + timedelta(days=2)
    row = await store.retrainings.begin(coded.study.id, Cause.NIGHTLY, tmp_path / "one")
    await store.retrainings.end(row.id, End(State.FAILED, "It failed."))
    assert (await situation(store, url, coded.study)).new == 2
    row = await store.retrainings.begin(coded.study.id, Cause.NIGHTLY, tmp_path / "two")
    await store.retrainings.end(row.id, End(State.KEPT, "No better.", verified=2))
    found = await situation(store, url, coded.study)
    assert (found.verified, found.new, found.sessions) == (2, 0, ())
    # Given while the clock was set back: by its time it is old, by the number it is not.
    await coded.code("t-3", "ann", "AG")
    assert (await situation(store, url, coded.study)).new == 1
    assert found.free > 0


async def test_a_row_that_has_ended_stays_as_it_is(coded: CodedStudy, tmp_path: Path) -> None:
    rows = coded.store.retrainings
    row = await rows.begin(coded.study.id, Cause.ASKED, tmp_path / "one")
    assert (row.state, row.ended_at, await rows.running()) == (State.RUNNING, None, (row,))
    ended = await rows.end(row.id, End(State.KEPT, "No better.", challenger="f" * 64))
    assert ended.challenger_id is None  # never registered: it codes nowhere
    assert await rows.end(row.id, End(State.FAILED, "Killed.")) == ended
    assert await rows.running() == ()


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing_package() is None
    monkeypatch.setattr("bot.services.retraining.situation._PACKAGES", ("torch", "no_such_thing"))
    assert missing_package() == "no_such_thing"
