"""One server of a bed: its groups and their talk, its staff, and what has to be in its log."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Any

import tomli_w

from bot.domain.codebook import codebook_from_codes
from bot.domain.discussion import Scenario
from bot.inference.fake import fake_bundle
from bot.rehearsal.staff.interactions import Answer, Staff
from bot.rehearsal.world.accounts import Member
from bot.rehearsal.world.channels import Channel
from bot.rehearsal.world.messages import Json, Upload
from bot.services.announcing import END, WARNING, words
from bot.services.desk import Desk
from bot.storage.rows import SessionRow
from exports.codebooks.codebook_toml import codebook_text
from tests.e2e.fault_truth import Truth, differences, stored, truth
from tests.tiny import LABELS

if TYPE_CHECKING:  # it is made of rooms
    from tests.e2e.fault_bed import Bed

BOOK = codebook_from_codes(LABELS, "tiny")
SCENARIOS = (
    Scenario("fox", "The fox", "A company made a game with a fox."),
    Scenario("bridge", "The bridge", "@everyone: who should repair the old bridge?"),
)


class Room:
    """One server: its channel of groups, its people, its staff."""

    def __init__(self, bed: Bed, number: int) -> None:
        self.bed = bed
        self.guild = bed.world.add_guild(f"lab {number}")
        self.roles = (self.guild.add_role("researcher"), self.guild.add_role("coder"))
        self.staff_channel = self.guild.add_channel("staff", visible_to=self.roles)
        self.channel = self.guild.add_channel("groups")
        self.threads = [self.channel.add_thread(f"group {n}") for n in (1, 2)]
        self.people = [self.guild.add_member(f"Person{number}{n}{self.guild.id}") for n in range(3)]
        self.researcher = self._staff("Rita", self.roles[0])
        self.coder = self._staff("Carl", self.roles[1])
        self.corrected: set[tuple[str, str]] = set()
        self.perhaps: set[tuple[str, str]] = set()  # corrections whose answer was not seen
        self.unseen: set[str] = set()  # messages that were deleted before the bot could hear them
        self.since = 0
        self._turn = 0
        self._known: tuple[object, Truth] | None = None  # until something happens

    def _staff(self, name: str, role: Any) -> Staff:
        member = self.guild.add_member(name, [role])
        return Staff(self.bed.loopback, self.guild, self.channel, member)

    async def set_up(self) -> None:
        listed = [{"id": s.id, "title": s.title, "text": s.text} for s in SCENARIOS]
        owner = Staff(self.bed.loopback, self.guild, self.channel, self.guild.owner)
        await hoped(
            owner.slash(
                "study setup",
                codebook=Upload("codebook.toml", codebook_text(BOOK).encode()),
                scenarios=Upload("list.toml", tomli_w.dumps({"scenarios": listed}).encode()),
                staff_channel=self.staff_channel,
                researcher_role=self.roles[0],
                coder_role=self.roles[1],
                audit_share=0,  # every code can be looked at
            ),
            "is set up",
        )

    async def begin(self) -> None:
        answer = await hoped(self.researcher.slash("session start", name="day one"), "has begun")
        self.since = int(answer.call.id)

    async def next(self) -> Answer:
        """Start the next scenario of the list."""
        return await hoped(self.researcher.slash("scenario next"), "runs in")

    def say(self, count: int, *threads: Channel) -> list[Json]:
        """Let people say `count` messages in each thread, in turns."""
        return [
            self.bed.world.say(thread, self._speaker(), self.bed.text())
            for _ in range(count)
            for thread in threads or self.threads
        ]

    def _speaker(self) -> Member:
        self._turn += 1
        return self.people[self._turn * self._turn % len(self.people)]

    def truth(self) -> Truth:
        state = (self.bed.events, tuple(t.id for t in self.threads), len(self.unseen))
        if self._known is None or self._known[0] != state:
            coder, world = fake_bundle(self.bed.bundle), self.bed.world
            found = truth(world, self.threads, self.since, SCENARIOS, coder, self.unseen)
            self._known = state, {thread: lines for thread, lines in found.items() if lines}
        return self._known[1]

    @property
    def desk(self) -> Desk:
        desk = self.bed.client.desks.of(self.guild.id)
        assert desk is not None
        return desk

    async def session(self) -> SessionRow:
        return await self.desk.conduct.session()

    async def wrong(self) -> list[str]:
        """Return what is not in the log as it has to be."""
        if not self.bed.quick.client.done() or self.bed.client.desks.of(self.guild.id) is None:
            return ["the bot is not there"]
        return differences(self.truth(), await stored(self.desk.ingest.store, self.desk.study.id))

    async def told(self, part: str) -> None:
        """Wait until the staff channel has a message of the bot with `part` in it."""

        async def missing() -> Sequence[str]:
            said = [m.content for m in self.bed.world.said(self.staff_channel)]
            return () if any(part in content for content in said) else (f"{part!r} in {said}",)

        await self.bed.until(missing)

    def posts(self, scenario: Scenario) -> list[str]:
        """Return the threads in which the scenario stands, once for each post of it."""
        text, own = words("start", scenario), self.bed.world.bot.id
        return [
            t.id
            for t in self.threads
            for m in self.bed.world.said(t)
            if m.author.id == own and m.content == text
        ]

    async def posted(self, scenario: Scenario, threads: int) -> None:
        """Wait until a scenario stands in so many threads."""

        async def missing() -> Sequence[str]:
            there = len(self.posts(scenario))
            return () if there >= threads else (f"{there} posts of {scenario.title}",)

        await self.bed.until(missing)

    def check_posts(self) -> None:
        """Fail if participants read anything of the bot but scenarios, each once at most."""
        allowed = {words("start", s) for s in SCENARIOS} | {END, WARNING}
        for thread in (self.channel, *self.threads):
            own = [m for m in self.bed.world.said(thread) if m.author.id == self.bed.world.bot.id]
            assert {m.content for m in own} <= allowed
            assert len({m.content for m in own}) == len(own)
            assert not any(m.embeds or m.components for m in own)
        for place in (self.staff_channel, self.channel, *self.threads):
            own = [m for m in self.bed.world.said(place) if m.author.id == self.bed.world.bot.id]
            assert not any(m.mentions or m.mention_roles or m.mention_everyone for m in own)


async def hoped(answered: Awaitable[Answer], part: str) -> Answer:
    """Return an answer that has `part` in it, and is for the asker's eyes."""
    answer = await answered
    assert part in answer.text
    assert answer.ephemeral
    return answer
