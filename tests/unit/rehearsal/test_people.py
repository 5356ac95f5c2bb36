from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.discussion import Discussion, Message, Scenario
from bot.domain.errors import InputError
from bot.domain.transcript import Transcript
from bot.rehearsal.play.latencies import latencies, quantile
from bot.rehearsal.play.load_groups import endless, load_groups
from bot.rehearsal.play.people import People, aligned
from bot.rehearsal.world.world import World

FOX = Scenario("fox", "The fox", "a fox")
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def talk(group: str, *lines: tuple[str, str], day: int = 0) -> Discussion:
    messages = tuple(
        Message(
            f"{group}-{n}",
            group,
            FOX.id,
            n,
            speaker,
            BEGAN + timedelta(days=day, seconds=10 * n),
            text,
        )
        for n, (speaker, text) in enumerate(lines, start=1)
    )
    return Discussion(group, FOX, messages)


def transcript(*talks: Discussion, deleted: frozenset[str] = frozenset()) -> Transcript:
    return Transcript("test", talks, {}, deleted=deleted)


def company(given: Transcript) -> tuple[World, People]:
    world = World()
    guild = world.add_guild("test")
    channel = guild.add_channel("talk")
    people = People(world, {group: channel.add_thread(group) for group in given.threads})
    people.arrive(guild, given)
    return world, people


def test_groups_of_other_days_begin_together() -> None:
    given = aligned(transcript(talk("a", ("P1", "x")), talk("b", ("P1", "y"), day=3)))
    assert [m.sent_at for m in given.messages] == [BEGAN + timedelta(seconds=10)] * 2


async def test_people_say_what_stands_in_the_transcript_each_in_their_thread() -> None:
    given = transcript(
        talk("a", ("P1", "one"), ("P2", "two"), ("P1", "  ")),
        talk("b", ("P1", "x" * 3000)),
        deleted=frozenset({"a-2"}),
    )
    world, people = company(given)
    await people.talk(given, None)
    assert [said.text[:3] for said in people.said] == ["one", "xxx", "two"]
    assert len(people.said[1].text) == 2000  # as much as Discord takes
    authors = [world.messages[said.id].author.name for said in people.said]
    assert len(set(authors)) == 3  # P1 of one group is not P1 of the other
    assert world.messages[people.said[2].id].deleted


async def test_a_reply_is_one_in_the_world_too() -> None:
    first, second = talk("a", ("P1", "one"), ("P2", "two")).messages
    second = Message("a-2", "a", "fox", 2, "P2", second.sent_at, "two", reply_to=first.id)
    given = transcript(Discussion("a", FOX, (first, second)))
    world, people = company(given)
    await people.talk(given, None)
    reference = world.messages[people.said[1].id].reference
    assert reference is not None
    assert reference["message_id"] == people.said[0].id


def test_a_group_under_load_is_filled_up_with_others_and_talks_in_the_order_of_time() -> None:
    four = talk("a", *((f"P{n}", "x") for n in range(4)))
    two = talk("b", ("P1", "y"), ("P2", "y"), ("P1", "y"), day=9)
    three = talk("c", *((f"P{n}", "z") for n in range(3)), day=2)
    made = load_groups(transcript(two, three, four), FOX, groups=1)
    (discussion,) = made.discussions
    assert discussion.thread_id == "a"
    assert len({m.speaker for m in discussion.messages}) == 6
    assert [m.text for m in discussion.messages] == list("xyxyxyx")
    assert [m.sequence for m in discussion.messages] == list(range(1, 8))


def test_too_few_groups_are_a_sentence() -> None:
    with pytest.raises(InputError, match="40 groups are to talk and there are 1"):
        load_groups(transcript(talk("a", ("P1", "x"))), FOX)


def test_the_groups_talk_in_turn_without_end() -> None:
    given = transcript(talk("a", ("P1", "1"), ("P1", "2")), talk("b", ("P1", "3")))
    lines = endless(given)
    assert [next(lines).text for _ in range(6)] == ["1", "3", "2", "3", "1", "3"]


def test_quantiles_are_values_that_occurred() -> None:
    ordered = [float(n) for n in range(1, 101)]
    assert (quantile(ordered, 0.5), quantile(ordered, 0.99)) == (50.0, 99.0)
    assert quantile([7.0], 0.99) == 7.0


async def test_latency_is_from_said_to_coded() -> None:
    given = transcript(talk("a", ("P1", "one"), ("P2", "two")))
    _, people = company(given)
    await people.talk(given, None)
    took = latencies(people.said, {said.id: said.at + 0.25 for said in people.said})
    assert (took.messages, round(took.p50), round(took.longest)) == (2, 250, 250)
