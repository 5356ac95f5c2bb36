"""Codings as ratings: which code counts as each coder's own reading of each unit.

A coder's code of a message is their latest decision that stands. Adjudications settle what
others disagreed on and are no reading of their own: they count in the verified code alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.assignment import Sampling
from bot.domain.codebook import Codebook
from bot.domain.coding import Act, CoderKind, Coding, Seen, Verified, latest, standing, verified
from bot.domain.errors import InputError
from bot.domain.transcript import Transcript
from bot.domain.units import members
from bot.reliability.ratings import Ratings
from bot.services.reliability.collecting import Collecting
from bot.storage.rows import CodedDiscussion, Study
from bot.storage.store import Store

VERIFIED = "verified"
"""Names what people settled on as if it were a coder."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which codes are compared.

    `coders` None: everybody who gave a code; else those named, in that order, where VERIFIED
    stands for what people settled on. `of_units`: one code a unit of analysis instead of one
    a message. `blind`: of people only what they decided before they were shown any code, and
    VERIFIED is what they settled on by these decisions alone. `leave_out` are codes
    that are taken for none.
    """

    session: str | None = None
    coders: tuple[str, ...] | None = None
    of_units: bool = False
    blind: bool = False
    leave_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """Ratings in the study's order, with what is to be said of them.

    `sessions` tells each unit's session, "" for a file's. `people` and `models` are the
    coders of the table by kind; VERIFIED is neither. Of the `human` codes that people gave in
    it, `shown` were given after the person had been shown others' codes; of the `settled`
    codes of VERIFIED, `settled_shown` rest on such a one. `remarks` are what was said when a file
    was read.
    """

    ratings: Ratings
    sessions: tuple[str, ...]
    people: tuple[str, ...]
    models: tuple[str, ...]
    human: int = 0
    shown: int = 0
    settled: int = 0
    settled_shown: int = 0
    remarks: tuple[str, ...] = ()


async def read_ratings(
    store: Store,
    study: Study,
    *,
    session: str | None = None,
    coders: Iterable[str] | None = None,
    of_units: bool = False,
    blind: bool = False,
) -> Ratings:
    """Return the codes of a study's coders, a row a message or unit of analysis.

    Raises InputError for a coder that the study does not have.
    """
    names = None if coders is None else tuple(coders)
    return (await read_study(store, study, Wanted(session, names, of_units, blind))).ratings


async def read_study(store: Store, study: Study, wanted: Wanted) -> Read:
    """Return the ratings that are wanted of a study; raises InputError for unknown names."""
    known = await store.studies.coders(study.id)
    kinds = {coder.name: coder.kind for coder in known}
    chosen = _chosen(wanted.coders, (*kinds, VERIFIED), f"study {study.name!r}")
    collecting = _collecting(chosen or tuple(kinds), study.codebook)
    settled = VERIFIED in collecting.coders and VERIFIED not in kinds
    rows = await store.sessions.all(study.id)
    place = {row.name: n for n, row in enumerate(rows)}
    sampling = await store.assignments.sampling(study.id)
    human = shown = settled_codes = settled_shown = 0

    def add(given: Sequence[Coding], found: Verified | None) -> dict[str, str]:
        nonlocal human, shown, settled_codes, settled_shown
        own = own_codes(given)
        for coding in own.values():
            if coding.kind is CoderKind.HUMAN and coding.coder in collecting.coders:
                human += 1
                shown += not independent(coding)
        codes = {name: coding.code for name, coding in own.items()}
        if found is None:
            return codes
        settled_codes += 1
        settled_shown += after_sight(given, found)
        return codes | {VERIFIED: found.code}

    if wanted.of_units:
        async with aclosing(store.transcripts.stream(study.id, wanted.session)) as stream:
            number = 0  # discussions come by session and thread, messages in sequence
            async for coded in stream:
                group = coded.thread.id
                counted = _blind_alone(coded) if wanted.blind else coded
                for unit, given, code, at in _units(counted, settled=settled):
                    number += 1
                    order = (place[coded.session], at, 0, number)
                    collecting.add(f"{group}/{unit}", group, coded.session, order, add(given, code))
    else:
        names = {row.id: row.name for row in rows}
        async with aclosing(store.ratings.stream(study.id, wanted.session)) as messages:
            async for found in messages:
                group, name = found.thread_id, names[found.session]
                taken = made_blind(found.codings) if wanted.blind else found.codings
                code = None
                if settled:
                    code = verified(taken, _assigned(sampling, name, group, found.message_id))
                order = (place[name], found.sent_at, *found.place)
                unit = f"{group}/{found.message_id}"
                collecting.add(unit, group, name, order, add(taken, code))
    ratings, sessions = collecting.done(wanted.leave_out, keep=chosen is not None)
    return Read(
        ratings,
        sessions,
        tuple(c for c in ratings.coders if kinds.get(c) is CoderKind.HUMAN),
        tuple(c for c in ratings.coders if kinds.get(c) is CoderKind.MODEL),
        human,
        shown,
        settled_codes,
        settled_shown,
    )


def read_transcript(transcript: Transcript, wanted: Wanted, codebook: Codebook | None) -> Read:
    """Return the ratings of a file's coders; an empty code is none.

    Without a codebook the codes are all those in the file, also for some of its coders. Raises
    InputError for unknown names.
    """
    chosen = _chosen(wanted.coders, transcript.coders, "the file")
    in_file = {code for by in transcript.codes.values() for code in by.values() if code}
    collecting = _collecting(chosen or transcript.coders, codebook, in_file)
    threads = {thread: n for n, thread in enumerate(transcript.threads)}
    human = 0
    for discussion in transcript.discussions:
        for message in discussion.messages:
            codes = {c: code for c, code in transcript.codes.get(message.id, {}).items() if code}
            human += sum(coder in collecting.coders for coder in codes)
            group = message.thread_id
            order = (0, message.sent_at, threads[group], 0)  # in a thread as they stand there
            collecting.add(message.id, group, "", order, codes)
    ratings, sessions = collecting.done(wanted.leave_out, keep=chosen is not None)
    return Read(ratings, sessions, ratings.coders, (), human, remarks=transcript.notes)


def own_codes(codings: Sequence[Coding], *, blind: bool = False) -> dict[str, Coding]:
    """Return each coder's own reading of one message, or of one unit, by coder.

    The latest decision that stands and is no adjudication; with `blind` the latest of these
    that is `independent`.
    """
    stands = made_blind(codings) if blind else standing(codings)
    return latest(c for c in stands if c.act is not Act.ADJUDICATED)


def made_blind(codings: Iterable[Coding]) -> list[Coding]:
    """Return the decisions on one message, or one unit, that stand and are `independent`."""
    return [coding for coding in standing(codings) if independent(coding)]


def after_sight(codings: Sequence[Coding], found: Verified) -> bool:
    """Tell whether one of those who gave the verified code had been shown others' codes."""
    given = [c for c in standing(codings) if c.coder in found.coders and c.code == found.code]
    return not all(independent(coding) for coding in latest(given).values())


def independent(coding: Coding) -> bool:
    """Tell whether a coder decided without having been shown others' codes of the message.

    Models are shown none. Where it is not known what a person had seen, a code of their own
    (from a file) is taken for independent, and a confirmation or correction is not: there is
    something that it confirms or corrects.
    """
    if coding.kind is CoderKind.MODEL or coding.seen is Seen.NOTHING:
        return True
    return coding.seen is None and coding.act is Act.CODED


def _collecting(
    coders: tuple[str, ...], codebook: Codebook | None, otherwise: Collection[str] = ()
) -> Collecting:
    if codebook is None:
        return Collecting(coders, tuple(sorted(otherwise)))
    uncoded = frozenset(c.code for c in codebook.codes if c.uncoded)
    return Collecting(coders, tuple(c.code for c in codebook.codes), uncoded)


def _blind_alone(coded: CodedDiscussion) -> CodedDiscussion:
    made = {message: tuple(made_blind(given)) for message, given in coded.codings.items()}
    return replace(coded, codings=made)


def _units(
    coded: CodedDiscussion, *, settled: bool
) -> Iterator[tuple[str, tuple[Coding, ...], Verified | None, datetime | None]]:
    """Yield each unit of a discussion: its name, codings, verified code if wanted, and time."""
    times = {m.id: m.sent_at for m in coded.discussion.messages}
    for unit, ids in members({m: coded.unit_of(m) for m in times}).items():
        # `of_unit` looks at the whole discussion: asked where there is something to join.
        alone = len(ids) == 1
        given = coded.codings.get(unit, ()) if alone else coded.of_unit(unit)
        if not given:
            continue
        found = None
        if settled:
            found = coded.verified(unit) if alone else coded.verified_unit(unit)
        yield unit, given, found, times[unit]


def _assigned(
    sampling: Sampling, session: str, thread_id: str, message_id: str
) -> frozenset[str] | None:
    if not sampling.assignments:
        return None
    return sampling.assigned(session, thread_id, message_id)


def _chosen(
    wanted: tuple[str, ...] | None, known: Sequence[str], place: str
) -> tuple[str, ...] | None:
    if wanted is None:
        return None
    names = tuple(dict.fromkeys(wanted))
    for name in names:
        if name not in known:
            there = ", ".join(f"'{k}'" for k in dict.fromkeys(known)) or "none"
            comma = "; a name that holds a comma goes in double quotes"
            more = comma if any("," in k for k in known) else ""
            raise InputError(f"{place} has no coder '{name}'", f"there are {there}{more}")
    return names
