"""Faults in any order while people talk, change what they said, and scenarios change."""

from __future__ import annotations

import asyncio
import random
from functools import partial

import pytest

from tests.e2e.fault_bed import Bed
from tests.e2e.fault_kinds import (
    doubled,
    dropped,
    forgotten,
    invalidated,
    late,
    reconnected,
    refused,
    shuffled,
    stopped,
    swallowed,
    undisturbed,
)
from tests.e2e.fault_room import SCENARIOS

pytest_plugins = ["tests.e2e.fault_fixtures"]

STRIKES = (
    doubled,
    dropped,
    forgotten,
    invalidated,
    late,
    reconnected,
    refused,
    shuffled,
    stopped,
    swallowed,
    undisturbed,
)


def change_something(bed: Bed, chance: random.Random, known: list[str]) -> None:
    """Let people say something, edit or delete."""
    room, world = bed.room, bed.world
    room.say(chance.randint(1, 4), *chance.sample(room.threads, chance.randint(1, 2)))
    for _ in range(chance.randint(0, 3)):
        if not known:
            return
        message = chance.choice(known)
        match chance.randrange(4):
            case 0:
                known.remove(message)
                world.delete(message)
            case 1:
                world.embed_only_edit(message)
            case _:
                world.edit(message, bed.text())


# 14: an edit is heard and held, a later one is lost, and history has the later one.
@pytest.mark.parametrize("seed", [0, 1, 14])
async def test_whatever_happens_all_is_stored_once_and_coded_as_it_stands(
    seed: int, bed: Bed
) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same faults each time
    known: list[str] = []
    async with bed:
        await bed.start()
        await bed.set_up()
        room = bed.room
        for scenario in (None, *SCENARIOS):
            change = None
            if scenario is not None:
                change = asyncio.create_task(room.next())
                await room.posted(scenario, 1)
            for _ in range(4):
                strike = chance.choice(STRIKES)
                if strike is stopped and change is not None:
                    await change
                await strike(bed, partial(change_something, bed, chance, known))
            if change is not None:
                await change
            await bed.settled()
            known = [line.id for lines in room.truth().values() for line in lines]
            known = [message for message in known if not bed.world.messages[message].deleted]
        await bed.end()
    await bed.judge()
