"""The process that trains gives way, is bounded, and does not outlive whoever watches over it."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import sys
from pathlib import Path

import pytest

from tests.retraining_bench import ROOT, STAND_IN

BEHAVED = """
import json, os, sys
from pathlib import Path
from bot.services.retraining.manners import give_way
give_way(1.0)
try:
    block, bounded = bytearray(1_500_000_000), False
except MemoryError:
    bounded = True
linux = sys.platform == "linux"
print(json.dumps({
    "nice": os.nice(0),
    "idle": os.sched_getscheduler(0) == os.SCHED_IDLE if linux else True,
    "first": Path("/proc/self/oom_score_adj").read_text().strip() if linux else "1000",
    "bounded": bounded,
    "torch": "torch" in sys.modules,
}))
"""

WATCHING = """
import asyncio, os, sys
from bot.services.retraining.process import Command, watch
lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
import fcntl
fcntl.flock(lock, fcntl.LOCK_EX)
command = Command([sys.executable, sys.argv[2], "leashed", sys.argv[3]], dict(os.environ))
asyncio.run(watch(command, lock, 600, lambda _: print("it trains", flush=True)))
"""


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


async def test_it_gives_way_and_takes_no_more_memory_than_it_may() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", BEHAVED),
        env=environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    told = json.loads(await process.stdout.readline())
    await process.communicate()
    assert told == {"nice": 19, "idle": True, "first": "1000", "bounded": True, "torch": False}


async def test_a_bot_that_is_killed_takes_the_training_with_it(tmp_path: Path) -> None:
    folder, lock = tmp_path / "retrainings" / "one", tmp_path / "lock"
    folder.mkdir(parents=True)
    bot = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WATCHING, str(lock), str(STAND_IN), str(folder)),
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
    )
    assert bot.stdout is not None
    assert await bot.stdout.readline() == b"it trains\n"
    descriptor = os.open(lock, os.O_RDWR)
    with pytest.raises(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    bot.kill()
    await bot.wait()
    # The training inherited the lock: this waits until it, too, is gone.
    await asyncio.to_thread(fcntl.flock, descriptor, fcntl.LOCK_EX)
    os.close(descriptor)
