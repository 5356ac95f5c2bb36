"""The summary of a session: how far the model and people agree on what people decided."""

from __future__ import annotations

import pytest
from table import LABELS, START, WINDOW, Table, expected

from bot.domain.agreement import agreement
from bot.domain.discussion import Thread
from bot.services.ingest import Account, Arrival
from bot.services.people.review import Review
from bot.services.study import open_study
from bot.services.summary import SessionSummary, summary
from bot.storage.live_rows import Joining


async def test_agreement_is_of_the_models_own_code_with_the_one_people_settled_on(
    table: Table,
) -> None:
    joining = Joining(Thread("t1", "Group 1"), 0)
    session = await table.ingest.begin_session("monday", [joining], [])
    await table.live.start([session.id])
    who = Account("discord", "9")
    for key in range(1, 11):
        await table.ingest.receive(Arrival("t1", f"m{key}", key, who, f"point {key}", START))
    await table.live.drain()
    before = await summary(table.store, table.study, session, table.coder)
    assert before == SessionSummary(10, 10, 0, 0, None, None, 0, 0)
    model = expected(await table.log())
    review = Review(table.store, table.study, WINDOW)
    ann = await review.coder(Account("discord", "70"))
    people = {f"m{key}": model[f"m{key}"] for key in range(1, 7)}
    for key in (1, 2):
        people[f"m{key}"] = next(x for x in LABELS if x != model[f"m{key}"])
    for message, code in people.items():
        await review.decide(await review.find(message), ann, code)
    await review.undo(await review.find("m2"), ann)
    del people["m2"]  # a slip that was taken back is nobody's code, and confirms nothing
    await review.decide(await review.find("m3"), ann, next(x for x in LABELS if x != model["m3"]))
    await review.undo(await review.find("m3"), ann)  # it is confirmed, as before
    found = await summary(table.store, table.study, session, table.coder)
    wanted = agreement([model[m] for m in people], list(people.values()))
    assert found == SessionSummary(10, 10, 1, 4, 4 / 5, wanted.kappa, 5, 0)
    for key in (1, 3, 4, 5, 6):
        await review.undo(await review.find(f"m{key}"), ann)
    assert await summary(table.store, table.study, session, table.coder) == before
    unmanned = await summary(table.store, table.study, session, None)
    assert (unmanned.coded, unmanned.n, unmanned.agreement) == (0, 0, None)


async def test_another_studys_session_is_a_mistake_of_the_caller(table: Table) -> None:
    session = await table.ingest.start_session("monday")
    other = await open_study(table.store, "other", table.study.codebook)
    with pytest.raises(ValueError, match="not one of study"):
        await summary(table.store, other, session, None)
