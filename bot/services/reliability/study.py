"""All that there is to say of a study's reliability, as plain data that others print."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from bot.domain.codebook import Codebook
from bot.domain.errors import InputError
from bot.domain.transcript import Transcript
from bot.reliability.confusion import Confusion, confusion
from bot.reliability.measure import measure
from bot.reliability.over_time import Slice
from bot.reliability.ratings import Ratings
from bot.reliability.result import Reliability
from bot.services.people.boundary_agreement import BoundaryAgreement
from bot.services.people.unitising import Unitising
from bot.services.reliability.notes import notes
from bot.services.reliability.parts import Session, by_session, stretch_dict, stretches
from bot.services.reliability.reading import Read, Wanted, read_study, read_transcript
from bot.storage.rows import Study
from bot.storage.store import Store

RESAMPLES = 1_000
"""Bootstrap resamples behind an interval; sessions and stretches take as many."""


@dataclass(frozen=True, slots=True)
class StudyReliability:
    """Agreement of some coders in one study, or one of its sessions, or a file.

    `name` is the study's or the file's dataset; `of_units` tells whether units of analysis
    were compared instead of messages, `blind` whether only what people decided before they
    were shown any code. Intervals are drawn over threads, the groups. `over_time` are stretches
    of equal length in the study's order. `confusion` is that of two coders. `notes` are
    sentences that belong beside the figures. `unitising` is how far people agree on where
    thoughts end, always in the whole study; None of a file.
    """

    name: str
    session: str | None
    of_units: bool
    blind: bool
    left_out: tuple[str, ...]
    people: tuple[str, ...]
    models: tuple[str, ...]
    overall: Reliability
    by_session: tuple[Session, ...]
    over_time: tuple[Slice, ...]
    confusion: Confusion
    notes: tuple[str, ...]
    unitising: BoundaryAgreement | None = None

    @property
    def coders(self) -> tuple[str, ...]:
        """Who is compared."""
        return self.overall.coders

    @property
    def unitising_told(self) -> str | None:
        """The sentence on `unitising`, which is no note; None where no two people decided."""
        told = None if self.unitising is None else self.unitising.sentence
        if told is None or self.session is None:
            return told
        return f"In the whole study, not in session '{self.session}' alone: {told}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; the measures of all coders are at the top."""
        return {
            "study": self.name,
            "session": self.session,
            "unit": "unit of analysis" if self.of_units else "message",
            "blind": self.blind,
            "left_out": list(self.left_out),
            "people": list(self.people),
            "models": list(self.models),
            **self.overall.to_dict(),
            "by_session": [part.to_dict() for part in self.by_session],
            "over_time": [stretch_dict(part) for part in self.over_time],
            "confusion": self.confusion.to_dict(),
            "unitising": None if self.unitising is None else asdict(self.unitising),
            "notes": list(self.notes),
        }


async def study_reliability(  # noqa: PLR0913 - what a caller may ask for, by name
    store: Store,
    study: Study,
    *,
    session: str | None = None,
    coders: Sequence[str] | None = None,
    of_units: bool = False,
    blind: bool = False,
    leave_out: Sequence[str] = (),
    confused: tuple[str, str] | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> StudyReliability:
    """Return how far the coders of a study agree; people and model versions are coders.

    `coders` may hold "verified": what people settled on. `confused` are the two whose
    confusion is wanted; else the two that share most units. The measuring runs in a thread of
    its own, so the event loop goes on. Raises InputError, a sentence, for names that are not
    there and where there are no two coders to compare.
    """
    chosen = None if coders is None else tuple(coders)
    wanted = Wanted(session, chosen, of_units, blind, tuple(leave_out))
    read = await read_study(store, study, wanted)
    found = await asyncio.to_thread(
        measured,
        read,
        wanted,
        study.name,
        study.codebook,
        confused=confused,
        seed=seed,
        resamples=resamples,
    )
    return replace(found, unitising=await Unitising(store, study, 0).agreement())


def transcript_reliability(
    transcript: Transcript,
    name: str,
    codebook: Codebook | None,
    wanted: Wanted,
    *,
    confused: tuple[str, str] | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> StudyReliability:
    """Return how far the coders of a file agree; raises InputError as `study_reliability`."""
    read = read_transcript(transcript, wanted, codebook)
    return measured(read, wanted, name, codebook, confused=confused, seed=seed, resamples=resamples)


def measured(
    read: Read,
    wanted: Wanted,
    name: str,
    codebook: Codebook | None,
    *,
    confused: tuple[str, str] | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> StudyReliability:
    """Return what ratings that were read come to; raises InputError without two coders."""
    ratings = read.ratings
    _check_enough(ratings, name)
    for coder in confused or ():
        ratings.column(coder)
    return StudyReliability(
        name=name,
        session=wanted.session,
        of_units=wanted.of_units,
        blind=wanted.blind,
        left_out=wanted.leave_out,
        people=read.people,
        models=read.models,
        overall=measure(ratings, seed=seed, resamples=resamples),
        by_session=by_session(ratings, read.sessions, seed=seed, resamples=resamples),
        over_time=stretches(ratings, seed=seed, resamples=resamples),
        confusion=confusion(ratings, *(confused or _most_shared(ratings))),
        notes=tuple(notes(read, codebook, blind=wanted.blind)),
    )


def _check_enough(ratings: Ratings, name: str) -> None:
    if not ratings.units:
        raise InputError(
            f"nobody has coded anything in '{name}' that could be compared",
            "let two coders code the same messages, or import their codes",
        )
    if len(ratings.coders) < 2:
        only = ratings.coders[0]
        raise InputError(
            f"'{only}' is the only coder with codes in '{name}': agreement takes two",
            "let a second coder, a person or a model, code the same messages, or name two coders",
        )


def _most_shared(ratings: Ratings) -> tuple[str, str]:
    """Return the two coders that coded most units both; of equal pairs the first."""
    given = ratings.table >= 0
    pairs = list(combinations(range(len(ratings.coders)), 2))
    shared = [int(np.count_nonzero(given[:, a] & given[:, b])) for a, b in pairs]
    first, second = pairs[int(np.argmax(shared))]
    return ratings.coders[first], ratings.coders[second]
