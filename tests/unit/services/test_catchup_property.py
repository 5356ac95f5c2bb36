"""Whatever is lost, late or doubled: after catching up log and codes are the undisturbed ones."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from stage import CLOCK, FOX, GROUPS, Set
from table import START, Table, expected

from bot.services.catchup import catch_up
from bot.services.conduct import Conduct
from bot.storage.check import check

Fate = str  # of an event: heard, lost, twice, or late: while history is read
FATES = st.sampled_from(["heard", "lost", "twice", "late"])


class Disturbed:
    """A stage whose events reach the bot as their fates say."""

    def __init__(self, stage: Set) -> None:
        self.stage = stage
        self.late: list[tuple[int, Callable[[], None]]] = []
        self.tasks: list[asyncio.Task[bool]] = []

    def tell(self, fate: Fate, key: int, act: Callable[[], None]) -> None:
        if fate == "late":
            self.late.append((key, act))
        for _ in range({"heard": 1, "twice": 2}.get(fate, 0)):
            self.stage.holding.admit("11", key, act)

    def say(self, fate: Fate) -> int:
        arrival = self.stage.platform.say("11")
        ingest = self.stage.table.ingest
        self.tell(fate, arrival.order_key, lambda: ingest.submit(arrival) and None)
        return arrival.order_key

    def edit(self, fate: Fate, key: int) -> None:
        text = f"point {key} again"
        self.stage.platform.edit("11", key, text)
        change = self.stage.table.ingest.edited
        self._change(fate, key, lambda: change("11", str(key), text, START))

    def delete(self, fate: Fate, key: int) -> None:
        self.stage.platform.delete("11", key)
        change = self.stage.table.ingest.deleted
        self._change(fate, key, lambda: change("11", str(key), START, keep_text=False))

    def _change(self, fate: Fate, key: int, change: Callable[[], object]) -> None:
        self.tell(fate, key, lambda: self.tasks.append(asyncio.create_task(change())))  # type: ignore[arg-type]

    async def settle(self) -> None:
        while self.tasks:
            await self.tasks.pop()
        await self.stage.log()


# An example plays two whole sessions: shrinking one that fails would take minutes.
@settings(max_examples=6, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(data=st.data())
def test_after_catching_up_everything_is_as_if_nothing_had_happened(data: st.DataObject) -> None:
    async def play(folder: Path, *, disturbed: bool) -> tuple[object, object]:
        table = await Table.open(folder)
        try:
            stage = Set(table)
            stage.conduct = Conduct(table.ingest, table.live, stage.holding)
            await table.live.start()
            world = Disturbed(stage)
            session = await stage.begin("monday", GROUPS[0])
            known: dict[int, bool] = {}  # key -> whether the bot hears of it at once
            for op, target, fate in script:
                how = fate if disturbed else "heard"
                if op == "say":
                    known[world.say(how)] = fate in ("heard", "twice")
                elif op in ("fox", "clock"):
                    scenario = FOX if op == "fox" else CLOCK
                    await stage.conduct.start_scenario(session, scenario, stage.platform)
                elif known:
                    key = list(known)[target % len(known)]
                    seen = known.pop(key)
                    if op == "edit":
                        world.edit(how, key)
                    elif seen:  # what was never seen would be a gap
                        world.delete(how, key)
            await world.settle()
            if disturbed:
                await away(world, session, [world.late[i] for i in order if i < len(world.late)])
            await table.live.drain()
            log = await table.log()
            codes = {m: given[-1] for m, given in (await table.codes()).items() if given}
            still = {str(s.key) for s in stage.platform.said.get("11", []) if not s.own}
            wanted = {m: code for m, code in expected(log).items() if m in still}
            assert {m: code for m, code in codes.items() if m in still} == wanted
            said = [
                (d.scenario.id, d.round, m.sequence, m.id, m.text)
                for d in log
                for m in d.messages
                if m.text
            ]
            assert [m[3] for m in said] == sorted(still)
            return said, {m: codes[m] for m in still}
        finally:
            await table.close()
            assert await check(table.url) == []

    op = st.sampled_from(["say"] * 6 + ["edit", "delete", "fox", "clock"])
    script = data.draw(st.lists(st.tuples(op, st.integers(0, 20), FATES), max_size=16))
    order = data.draw(st.permutations(range(16)))
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        disturbed = asyncio.run(play(Path(one), disturbed=True))
        undisturbed = asyncio.run(play(Path(other), disturbed=False))
    assert texts(disturbed[0]) == texts(undisturbed[0])


def texts(said: object) -> object:
    """Return what was said without sequences: unseen messages that are gone have none."""
    return [(scenario, message, text) for scenario, _, _, message, text in said]  # type: ignore[attr-defined]


async def away(
    world: Disturbed, session: object, late: list[tuple[int, Callable[[], None]]]
) -> None:
    """Catch up twice; what is late comes while history is read."""
    stage = world.stage

    async def reading(_key: int) -> None:
        if late:
            key, act = late.pop()
            stage.holding.admit("11", key, act)

    stage.platform.reading = reading
    for _ in range(2):
        counted = stage.platform.deleted.get("11", 0)
        ingest, history = stage.table.ingest, stage.platform.history("11")
        found = await catch_up(ingest, stage.holding, session, "11", history, counted)  # type: ignore[arg-type]
        assert found.gap is None
        await world.settle()
