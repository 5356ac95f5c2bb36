"""A server's desk: its study with all that works on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.domain.codebook import Code, Codebook
from bot.domain.discussion import Scenario
from bot.inference.pool import Pool
from bot.services.conduct import Conduct
from bot.services.decide import Decision
from bot.services.holding import Holding
from bot.services.ingest import Ingest
from bot.services.numbers import Numbers
from bot.services.people.abstaining import Abstaining
from bot.services.people.adjudication import Adjudication
from bot.services.people.assigning import Assigning
from bot.services.people.queue import CodingQueue
from bot.services.people.review import Review
from bot.services.people.unitising import Unitising
from bot.services.people.workload import Workload
from bot.services.seated_coders import Seat
from bot.services.seats import Seats
from bot.services.serving import Serving
from bot.storage.live_rows import Server
from bot.storage.rows import Coder, Study
from bot.storage.store import Store

_WINDOW = 12  # earlier messages that are shown where no model reads any: the default coder's


@dataclass(frozen=True, slots=True)
class Setup:
    """How a server is to be set up; None: as it is.

    `name` is what its study is called, if it is made now. `deleted_text` is "keep" or "remove".
    `audit_share` is the share, 0 to 1, of the messages that are everybody's blind audit.
    `target_error` is the share of the final transcript that may be wrong; 0 takes it away.
    """

    name: str
    codebook: Codebook | None = None
    scenarios: tuple[Scenario, ...] | None = None
    staff_channel: str | None = None
    researcher_role: str | None = None
    coder_role: str | None = None
    deleted_text: str | None = None
    audit_share: float | None = None
    target_error: float | None = None


class Desk:
    """One server's study, its one door, and what codes, conducts, reviews and counts.

    The door stays the same as long as the desk. Without a model, or with one whose codes the
    codebook lacks, `coder` is None and `problem` says why; messages are stored.
    """

    ingest: Ingest
    holding: Holding
    conduct: Conduct
    review: Review
    queue: CodingQueue
    assigning: Assigning
    abstaining: Abstaining
    adjudication: Adjudication
    unitising: Unitising
    numbers: Numbers

    def __init__(self, store: Store, server: Server, study: Study, pool: Pool | None) -> None:
        """Sit down at a server's study; nothing is coded before `open`."""
        self.server = server
        self.ingest = Ingest(store, study)
        self.holding = Holding()
        self._store = store
        self._seats = Seats(self.ingest, pool)
        self._serving = Serving(self.ingest, pool, self._seats)
        # Shared by all who decide here: what counts is read, then the decision written.
        self._deciding = asyncio.Lock()
        self.conduct = Conduct(self.ingest, self._seats, self.holding)
        self.numbers = Numbers(self._store, self.ingest, self._seats)
        self._review()

    @property
    def study(self) -> Study:
        """The study as it is set up now."""
        return self.ingest.study

    @property
    def keep_deleted(self) -> bool:
        """Whether the words of deleted messages stay in the log."""
        return self.study.keeps_deleted

    @property
    def codes(self) -> tuple[Code, ...]:
        """The codes of the study's codebook."""
        return self.study.codebook.codes

    @property
    def problem(self) -> str | None:
        """Why messages are stored and not coded, as a sentence; None if they are coded."""
        return self._serving.problem

    @property
    def coder(self) -> Coder | None:
        """The model coder of what begins."""
        return self._seats.coder

    @property
    def coders(self) -> tuple[Seat, ...]:
        """Every model coder that has something to do here, the one of what begins first."""
        return self._seats.all()

    @property
    def live(self) -> Seats | None:
        """What codes, all coders together; None if there is none."""
        return self._seats if self._seats.all() else None

    @property
    def lost(self) -> tuple[str, ...]:
        """What waits for an earlier coder that cannot be loaded, a sentence each."""
        return self._seats.lost

    async def open(self) -> None:
        """Begin to code: what runs, and what ended before it was all coded."""
        await self._seats.open()
        await self._serving.begin()
        self._review()
        await self._seats.recall()

    async def look(self) -> tuple[str, ...]:
        """Carry out what was decided about the coder since the last look.

        What is there is coded on by the coder before, what begins from then on by the new one.
        Return what the staff is to be told, in sentences.
        """
        before = self._serving.window
        await self._serving.look()
        if self._serving.window != before:
            self._review()
        return self._seats.news()

    async def change(self, server: Server, study: Study) -> None:
        """Go on with other settings: running sessions are coded on as they were."""
        self.server = server
        other = study.codebook.hash != self.study.codebook.hash
        self.ingest.study = study
        if other:
            await self._serving.fit()
            self._review()

    def check(self, scenarios: Iterable[Scenario]) -> None:
        """Raise InputError for a scenario that is too long for the coder of what begins."""
        self._serving.check(scenarios)

    def listen(self, listener: Callable[[Decision], None]) -> None:
        """Call `listener` with every decision of a model here; it must return at once."""
        self._seats.listen(listener)

    async def close(self) -> None:
        """Stop coding; what waits stays pending for the next start. May be called again."""
        self.numbers.close()
        self.holding.drop()
        await self._serving.close()

    def _review(self) -> None:
        """Lay out what people work with, for the codebook and the window as they are now."""
        window = _WINDOW if self._serving.window is None else self._serving.window
        store, study, deciding = self._store, self.study, self._deciding
        self.review = Review(store, study, window, deciding)
        workload = Workload(store, study)
        self.queue = CodingQueue(store, study, window, deciding, workload)
        self.assigning = Assigning(store, study, workload)
        self.abstaining = Abstaining(store, study)
        self.adjudication = Adjudication(store, study, window, deciding)
        self.unitising = Unitising(store, study, window)
