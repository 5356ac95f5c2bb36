"""Who talks under load: full groups made of a coded file's threads, all beginning together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, cycle

from bot.domain.discussion import Discussion, Message, Scenario
from bot.domain.errors import InputError
from bot.domain.transcript import Transcript
from bot.rehearsal.play.people import aligned

GROUPS = 40
PEOPLE = 6


def load_groups(
    transcript: Transcript, scenario: Scenario, groups: int = GROUPS, people: int = PEOPLE
) -> Transcript:
    """Return `groups` groups of at most `people`, each discussing `scenario` from one moment on.

    They are the threads with the most messages; where one has fewer people, others join it
    (and talk among themselves) as long as there is room. Raises InputError for a file with too
    few threads.
    """
    if len(transcript.threads) < groups:
        raise InputError(
            f"{groups} groups are to talk and there are {len(transcript.threads)} in the file",
            "ask for fewer with --groups, or take a larger file",
        )
    talks = _by_thread(aligned(transcript))
    waiting = sorted(talks, key=lambda thread: (-len(talks[thread]), thread))
    made: list[Discussion] = []
    firsts, rest = waiting[:groups], waiting[groups:]
    for first in firsts:
        members = [first]
        room = people - _speakers(talks[first])
        for other in tuple(rest):
            if room <= 0:
                break
            if _speakers(talks[other]) <= room:
                members.append(other)
                rest.remove(other)
                room -= _speakers(talks[other])
        made.append(_together(first, [talks[member] for member in members], scenario))
    return Transcript(transcript.dataset, tuple(made), {})


def endless(transcript: Transcript) -> Iterator[Message]:
    """Yield the groups' messages in turn, one of each group, again and again."""
    return chain.from_iterable(
        zip(*(cycle(discussion.messages) for discussion in transcript.discussions), strict=True)
    )


def _by_thread(transcript: Transcript) -> dict[str, list[Message]]:
    talks: dict[str, list[Message]] = {}
    for discussion in transcript.discussions:
        talks.setdefault(discussion.thread_id, []).extend(discussion.messages)
    return talks


def _speakers(messages: list[Message]) -> int:
    return len({message.speaker for message in messages})


def _together(name: str, talks: list[list[Message]], scenario: Scenario) -> Discussion:
    """Return one discussion of several talks, in the order of time."""
    lines = [
        replace(message, speaker=f"{message.thread_id} {message.speaker}")
        for talk in talks
        for message in talk
    ]
    if all(line.sent_at is not None for line in lines):
        lines.sort(key=lambda line: (line.sent_at, line.id))
    numbered = tuple(
        replace(line, thread_id=name, scenario_id=scenario.id, sequence=number, round=1)
        for number, line in enumerate(lines, start=1)
    )
    return Discussion(name, scenario, numbered)
