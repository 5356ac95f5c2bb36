"""The moments at which faults strike, and what is played around them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from bot.rehearsal.staff.interactions import Answer, NoAnswerError
from bot.rehearsal.staff.menus import select_of
from tests.e2e.fault_bed import Bed
from tests.e2e.fault_kinds import Fault
from tests.e2e.fault_room import SCENARIOS, hoped

FOX, BRIDGE = SCENARIOS


async def idle(bed: Bed, fault: Fault) -> None:
    fault.before(bed)
    await fault.strikes(bed, lambda: bed.room.say(3))


async def mid_burst(bed: Bed, fault: Fault) -> None:
    first = bed.room.say(8)
    # By now the bot has read what came before; what follows is on its way.
    await bed.room.coder.slash("code show", message=first[0]["id"])
    fault.before(bed)
    bed.room.say(4)
    await fault.strikes(bed, lambda: bed.room.say(4))


async def mid_change(bed: Bed, fault: Fault) -> None:
    room = bed.room
    fault.before(bed)
    # Its post stands in the second thread before the bot knows of it.
    bed.faults.slow(f"^POST /channels/{room.threads[1].id}/messages", 0.2, 1)
    change = asyncio.create_task(room.next())
    await room.posted(BRIDGE, 1)
    room.say(2)
    await fault.strikes(bed, lambda: room.say(2))
    await _answered(change, dies=fault.apart)
    await room.posted(BRIDGE, len(room.threads))


async def mid_correction(bed: Bed, fault: Fault) -> None:
    room = bed.room
    lines = room.truth()[room.threads[0].id]
    first, second = lines[-1], lines[-2]
    fault.before(bed)
    menu = await room.coder.at(room.threads[0]).context_menu("Correct code", first.id)
    other = await room.coder.at(room.threads[0]).context_menu("Correct code", second.id)
    choosing = asyncio.create_task(_choose(bed, other, second.id, second.code, 1))
    await asyncio.sleep(0)  # the choice is on its way
    await fault.strikes(bed, lambda: room.say(3))
    await _answered(choosing, dies=fault.apart)
    await _choose(bed, menu, first.id, first.code, 2)  # a menu of before works on


MOMENTS = {
    "idle": idle,
    "mid-burst": mid_burst,
    "mid-scenario change": mid_change,
    "mid-correction": mid_correction,
}


async def play(bed: Bed, moment: Callable[[Bed, Fault], Awaitable[None]], fault: Fault) -> None:
    """Let the groups talk, the fault strike, and the groups talk on, until all is stored."""
    await bed.start(apart=fault.apart)
    await bed.set_up()
    bed.room.say(2)
    await bed.room.next()
    bed.room.say(3)
    if fault.apart:
        await _shown(bed)
    else:
        await bed.settled()
    await moment(bed, fault)
    bed.room.say(2)
    await bed.settled()
    await bed.end()


async def _shown(bed: Bed) -> None:
    """Wait until the bot, which is elsewhere, has coded the last message of each thread."""
    for lines in bed.room.truth().values():
        async with asyncio.timeout(20):
            while (
                lines[-1].code
                not in (await bed.room.coder.slash("code show", message=lines[-1].id)).text
            ):
                pass


async def _choose(bed: Bed, menu: Answer, message: str, present: str, step: int) -> None:
    codes = [code.code for code in bed.bundle.manifest.codebook.codes]
    code = codes[(codes.index(present) + step) % len(codes)]
    select = select_of(menu.components)
    option = next(o["value"] for o in select["options"] if code == o["description"].split(":")[0])
    bed.room.perhaps.add((message, code))
    await hoped(bed.room.coder.select(menu, [option], select["custom_id"]), "Noted")
    bed.room.corrected.add((message, code))


async def _answered(task: asyncio.Task[object], *, dies: bool) -> None:
    """Wait for an answer; the bot that died gives none."""
    if dies:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, NoAnswerError, AssertionError):
            await task
    else:
        await task
