"""The scenarios of a study and of a session: which there are, which comes next."""

from __future__ import annotations

import math
from typing import Literal

from bot.domain.discussion import NO_SCENARIO, Scenario
from bot.domain.errors import InputError
from bot.domain.scenario_list import scenario_id
from bot.services.ingest import storable
from bot.services.standing import Standing, unsaid
from bot.storage.rows import SessionRow
from bot.storage.store import Store

State = Literal["started", "running", "waiting"]

LONGEST = 24 * 60  # minutes


async def next_scenario(store: Store, session: SessionRow) -> Scenario:
    """Return the first of the study's list that has not been started in the session.

    Raises InputError if the study has no list or none of it is left.
    """
    listed = await store.scenario_lists.of(session.study_id)
    if not listed:
        raise InputError(
            "the study has no scenario list", "upload one with /study setup scenarios:"
        )
    begun = _states(await Standing.read(store, session.id))
    for scenario in listed:
        if scenario.id not in begun:
            return scenario
    raise InputError(
        f"all {len(listed)} scenarios of the list have been started in {session.name!r}",
        "start one again with /scenario start title:",
    )


async def scenarios(
    store: Store, study_id: int, session: SessionRow | None
) -> tuple[tuple[Scenario, State], ...]:
    """Return the study's list, then what else was started, each with its state."""
    found = {s.id: s for s in await store.scenario_lists.of(study_id)}
    begun: dict[str, State] = {}
    if session is not None:
        standing = await Standing.read(store, session.id)
        for run in standing.runs:
            found.setdefault(run.scenario.id, run.scenario)
        begun = _states(standing)
    return tuple((scenario, begun.get(key, "waiting")) for key, scenario in found.items())


async def meant_by(store: Store, study_id: int, title: str, text: str | None) -> Scenario:
    """Return the scenario that a title (or id) and a text mean.

    Without a text it is one of the study's list; with one it has these words, under the id
    that the list has for the title. Raises InputError if there is neither.
    """
    title = storable(title).strip()
    listed = await store.scenario_lists.of(study_id)
    wanted = title.casefold()
    named = [s for s in listed if wanted in (s.title.casefold(), s.id.casefold())]
    if text is not None and text.strip():
        identity = named[0].id if named else scenario_id(title, [s.id for s in listed])
        return Scenario(identity, named[0].title if named else title, storable(text).strip())
    if named:
        return named[0]
    raise InputError(
        f"the study's list has no scenario {title!r}",
        "give its text, too, or see /scenario list",
    )


def checked(scenario: Scenario, minutes: float | None) -> Scenario:
    """Return the scenario as it can be stored.

    Raises InputError for one that nobody could discuss, or a time that it cannot take.
    """
    if not scenario.text.strip():
        raise InputError(f"scenario {scenario.title!r} has no text", "write one")
    if scenario.id == NO_SCENARIO:
        raise InputError(
            f"{NO_SCENARIO!r} stands for talk before any scenario", "choose another id"
        )
    if minutes is not None and not (math.isfinite(minutes) and 0 < minutes <= LONGEST):
        raise InputError(
            f"a scenario cannot take {minutes:g} minutes",
            f"give a number above 0 and up to {LONGEST}",
        )
    return Scenario(scenario.id, storable(scenario.title), storable(scenario.text))


def _states(standing: Standing) -> dict[str, State]:
    """Return the state of every scenario that was announced somewhere, or is about to be."""
    states: dict[str, State] = {}
    for run in standing.runs:
        posts = standing.of(run, "start")
        if run.ended_at is None and standing.on(run):
            states[run.scenario.id] = "running"
        elif any(p.external_id for p in posts) or unsaid(posts):
            states.setdefault(run.scenario.id, "started")
    return states
