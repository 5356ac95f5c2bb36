"""Three people code blind by clicks, the bot restarts in between, and somebody settles the rest."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

from bot.domain.coding import Act, Basis, CoderKind, Seen
from bot.rehearsal.staff.interactions import Answer, Staff
from bot.storage.rows import CodedDiscussion
from bot.storage.store import Store
from tests.e2e.fault_bed import Bed
from tests.e2e.fault_room import Room, hoped
from tests.tiny import LABELS

pytest_plugins = ["tests.e2e.fault_fixtures"]

FIRST, SECOND, THIRD = LABELS[:3]
REASON = "The second half decides it."


@dataclass
class Blind:
    """A coder who clicks through the queue; whatever they are sent is judged."""

    staff: Staff
    read: list[str] = field(default_factory=list)
    now: Answer | None = None

    @property
    def shown(self) -> Answer:
        assert self.now is not None
        return self.now

    async def open(self) -> None:
        self.judge(await self.staff.slash("review next", order="sequential"))

    async def code(self, code: str) -> None:
        self.judge(await self.staff.select(self.shown, [code]), code)

    async def press(self, label: str) -> None:
        self.judge(await self.staff.click(self.shown, label))

    def judge(self, answer: Answer, own: str | None = None) -> None:
        """Fail if the answer tells a code of a message that the coder has not coded."""
        assert answer.ephemeral
        self.now = answer
        self.read.append(answer.text)
        told = answer.text.replace(f"Stored: **{own}** for message", "")
        assert not re.search(rf"\b({'|'.join(LABELS)})\b|% sure|model:|starter|C\d", told), told
        if answer.embeds:
            assert "Blind: " in told
        for item in answer.items():
            assert "✓" not in str(item)
            assert not any(option.get("default") for option in item.get("options", ()))


async def everything(bed: Bed, room: Room) -> list[CodedDiscussion]:
    async with await Store.open(bed.url) as store:
        study = await store.studies.find(room.guild.name)
        assert study is not None
        return [coded async for coded in store.transcripts.stream(study.id)]


async def assigned(room: Room) -> list[Blind]:
    """Give everything to three coders; each is to code blind."""
    people = [room.coder, *(room._staff(name, room.roles[1]) for name in ("Dora", "Emil"))]
    for one in people:
        told = await hoped(
            room.researcher.slash("review assign", coder=one.member), "6 messages now, 6 left"
        )
        assert "all messages; blind" in told.text
    return [Blind(one) for one in people]


async def test_three_code_blind_with_a_restart_and_differ_and_it_is_settled(bed: Bed) -> None:
    async with bed:
        await bed.start()
        await bed.set_up()
        room = bed.room
        await room.next()
        said = room.say(2)
        thread, speaker = room.threads[1], room.people[0]
        said.append(bed.world.say(thread, speaker, bed.text(), reply_to=said[1]["id"]))
        said += room.say(1, room.threads[0])
        await bed.settled()
        first, second, third = await assigned(room)

        await first.open()
        # Clicked twice: the second click codes nothing else.
        twice = [first.staff.select(first.shown, [FIRST]) for _ in range(2)]
        for answer in await asyncio.gather(*twice):
            first.judge(answer, FIRST)
        await first.code(FIRST)
        await second.open()
        await second.code(FIRST)
        await bed.end()
        await bed.start()
        # The messages of before the restart go on.
        await first.code(FIRST)
        for _ in range(3):
            await first.code(FIRST)
        assert "6 of 6 messages" in first.shown.text
        await second.press("Undo")
        await second.code(SECOND)
        await second.press("Skip")
        for _ in range(5):
            await second.code(FIRST)
        assert "Nothing is left for you" in second.shown.text
        await third.open()
        for _ in range(6):
            await third.code(FIRST)
        replies = [text for one in (first, second, third) for text in one.read]
        assert any("in reply to" in text for text in replies)

        # The research team settles the one on which they differ; a coder may not.
        refused = await room.coder.slash("review adjudicate")
        assert "staff of a study only" in refused.text
        told = await hoped(room.researcher.slash("review progress"), "1 disagreement")
        assert told.text.count("100 %") == 3
        case = await hoped(room.researcher.slash("review adjudicate"), SECOND)
        assert case.text.count(f"**{FIRST}**") >= 2
        await bed.end()
        await bed.start()
        asked = await room.researcher.select(case, [THIRD])
        assert asked.modal is not None
        await hoped(room.researcher.submit(asked, {"text": REASON}), f"Adjudicated: **{THIRD}**")
        await hoped(room.researcher.slash("review adjudicate"), "Nothing is left to adjudicate")
        await bed.end()
    room.check_posts()
    assert not bed.loopback.violations, bed.loopback.violations
    await judge(bed, room)


async def judge(bed: Bed, room: Room) -> None:
    """Fail unless the log holds what was clicked, once, and the rule settles it."""
    coded = await everything(bed, room)
    people = [
        coding
        for one in coded
        for codings in one.codings.values()
        for coding in codings
        if coding.kind is CoderKind.HUMAN
    ]
    readings = [c for c in people if c.act is Act.CODED]
    # One of them took a code back and coded anew: nobody had been shown anything meanwhile.
    assert readings
    assert [c.code for c in readings if c.seen is not Seen.NOTHING] == []
    assert len(readings) == 3 * 6 + 1  # one was taken back
    settled = [one.verified(m.id) for one in coded for m in one.discussion.messages]
    assert sorted((v.code, v.basis) for v in settled if v is not None) == sorted(
        [(THIRD, Basis.ADJUDICATED), *[(FIRST, Basis.AGREED)] * 5]
    )
    (decided,) = [c for c in people if c.act is Act.ADJUDICATED]
    assert (decided.note, decided.seen) == (REASON, Seen.CODES)
