"""What the decision about a retraining rests on, looked up."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec

from bot.domain.coding import CoderKind, Coding, verified
from bot.services.retraining.memory import free_memory
from bot.services.retraining.whether import Situation
from bot.storage.retrainings import DECIDED, Retraining
from bot.storage.rows import Study
from bot.storage.store import Store

_PACKAGES = ("torch", "transformers", "safetensors", "sklearn", "onnx")


@dataclass(frozen=True, slots=True)
class Counted:
    """Verified codes of a study, and how many of them are new since a moment."""

    verified: int
    new: int


async def situation(store: Store, url: str, study: Study) -> Situation:
    """Return how things stand for a retraining of `study`, in the store at `url`."""
    last = last_decided(await store.retrainings.of_study(study.id))
    after = None if last is None else last.started_at
    # In a thread with a connection of its own: every code of the study is looked at.
    counted = await asyncio.to_thread(_count, url, study, after)
    before = 0 if last is None else last.verified  # None: killed before that was noted
    grown = 0 if before is None else counted.verified - before
    return Situation(
        verified=counted.verified,
        new=max(counted.new, grown),  # a clock that was set back hides none
        sessions=await _sessions(store),
        missing=missing_package(),
        free=await asyncio.to_thread(free_memory),
    )


def last_decided(given: tuple[Retraining, ...]) -> Retraining | None:
    """Return the last retraining in which two coders were judged; None without any."""
    return next((row for row in reversed(given) if row.state in DECIDED), None)


def missing_package() -> str | None:
    """Return a package that training needs and that is not installed; None if all are."""
    return next((name for name in _PACKAGES if find_spec(name) is None), None)


async def count_verified(store: Store, study: Study, after: datetime | None) -> Counted:
    """Count the study's verified codes, and those that a person touched after `after`.

    Counted is what can teach, as in a verified export (exports.verified.teaching): neither deleted
    messages nor codes that the codebook no longer has. What is here and not there would be new
    every night.
    """
    teach = {code.code for code in study.codebook.codes if not code.uncoded}
    names = {row.id: row.name for row in await store.sessions.all(study.id)}
    sampling = await store.assignments.sampling(study.id)
    total = new = 0
    async with aclosing(store.ratings.stream(study.id)) as messages:
        async for found in messages:
            place = names[found.session], found.thread_id, found.message_id
            code = verified(found.codings, sampling.assigned(*place))
            if code is not None and code.code in teach and not found.deleted:
                total += 1
                new += after is None or any(_by_person_after(c, after) for c in found.codings)
    return Counted(total, new)


def _by_person_after(coding: Coding, moment: datetime) -> bool:
    return coding.kind is CoderKind.HUMAN and coding.at > moment


def _count(url: str, study: Study, after: datetime | None) -> Counted:
    async def count() -> Counted:
        async with await Store.open(url) as store:
            return await count_verified(store, study, after)

    return asyncio.run(count())


async def _sessions(store: Store) -> tuple[str, ...]:
    """Return the names of the sessions that run, of any study: they share the machine."""
    studies = {server.study_id for server in await store.servers.all()}
    found = [await store.followed.running(study) for study in sorted(studies)]
    return tuple(session.name for sessions in found for session in sessions)
