"""A server's desk: its study with all that works on it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cached_property

from bot.domain.codebook import Code, Codebook
from bot.domain.discussion import Scenario
from bot.domain.errors import InputError
from bot.encoding.encode import Encoder
from bot.inference.batcher import Batcher
from bot.inference.bundle import Bundle
from bot.services.conduct import Conduct
from bot.services.holding import Holding
from bot.services.ingest import Ingest
from bot.services.live import LiveCoder
from bot.services.numbers import Numbers
from bot.services.people.adjudication import Adjudication
from bot.services.people.assigning import Assigning
from bot.services.people.queue import CodingQueue
from bot.services.people.review import Review
from bot.services.people.unitising import Unitising
from bot.services.people.workload import Workload
from bot.services.study import check_labels, register_bundle
from bot.storage.live_rows import Server
from bot.storage.rows import Coder, Study
from bot.storage.store import Store

_WINDOW = 12  # earlier messages that are shown where no model reads any: the default coder's


@dataclass(frozen=True)
class Model:
    """The coder of every desk, with the one batcher that all of them share."""

    bundle: Bundle
    batcher: Batcher

    @cached_property
    def encoder(self) -> Encoder:
        """How the coder reads windows, loaded once."""
        return self.bundle.encoder()

    def load(self) -> None:
        """Load what is needed to code, which takes a moment; raises BundleError."""
        _ = self.encoder


@dataclass(frozen=True, slots=True)
class Setup:
    """How a server is to be set up; None: as it is.

    `name` is what its study is called, if it is made now. `deleted_text` is "keep" or "remove".
    `audit_share` is the share, 0 to 1, of the messages that are everybody's blind audit.
    """

    name: str
    codebook: Codebook | None = None
    scenarios: tuple[Scenario, ...] | None = None
    staff_channel: str | None = None
    researcher_role: str | None = None
    coder_role: str | None = None
    deleted_text: str | None = None
    audit_share: float | None = None


class Desk:
    """One server's study, its one door, and what codes, conducts, reviews and counts.

    The door stays the same as long as the desk. Without a model, or with one whose codes the
    codebook lacks, `live` and `coder` are None and `problem` says why; messages are stored.
    """

    ingest: Ingest
    holding: Holding
    live: LiveCoder | None = None
    coder: Coder | None = None
    problem: str | None = None
    conduct: Conduct
    review: Review
    queue: CodingQueue
    assigning: Assigning
    adjudication: Adjudication
    unitising: Unitising
    numbers: Numbers

    def __init__(self, store: Store, server: Server, study: Study, model: Model | None) -> None:
        """Sit down at a server's study; nothing is coded before `open`."""
        self.server = server
        self.ingest = Ingest(store, study)
        self.holding = Holding()
        self._store = store
        self._model = model
        # Shared by all who decide here: what counts is read, then the decision written.
        self._deciding = asyncio.Lock()
        self._furnish()

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

    async def open(self) -> None:
        """Begin to code: what runs, and what ended before it was all coded."""
        await self._seat()

    async def change(self, server: Server, study: Study) -> None:
        """Go on with other settings: running sessions are coded on as they were."""
        self.server = server
        other = study.codebook.hash != self.study.codebook.hash
        self.ingest.study = study
        if other:
            await self._seat()
            self._review()

    async def close(self) -> None:
        """Stop coding; what waits stays pending for the next start. May be called again."""
        self.numbers.close()
        if self.live is not None:
            await self.live.close()

    async def _seat(self) -> None:
        """Have the model code here if its codes are the codebook's, or else not."""
        self.problem = _problem(self._model, self.study.codebook)
        if self.problem is not None and self.live is not None:
            await self.close()
            self.live = self.coder = None
            self._furnish()
        elif self.problem is None and self.live is None and self._model is not None:
            self.coder = await register_bundle(self._store, self.study, self._model.bundle.manifest)
            self.live = _live(self._model, self.ingest, self.coder)
            self._furnish()
            await self._begin(self.live, self.coder)

    async def _begin(self, live: LiveCoder, coder: Coder) -> None:
        await live.start()
        # Asked only now: what begins from here on is followed by its conductor.
        running = [s.id for s in await self._store.followed.running(self.study.id)]
        left = await self._store.codings.unfinished(coder.id, self.study.id)
        for session_id in (*running, *left):
            live.follow(session_id)

    def _furnish(self) -> None:
        self.conduct = Conduct(self.ingest, self.live, self.holding)
        self._review()
        self.numbers = Numbers(self._store, self.ingest, self.live, self.coder)

    def _review(self) -> None:
        """Lay out what people work with, for the codebook as it is now."""
        window = _WINDOW if self._model is None else self._model.bundle.manifest.spec.window
        store, study, deciding = self._store, self.study, self._deciding
        self.review = Review(store, study, window, deciding)
        workload = Workload(store, study)
        self.queue = CodingQueue(store, study, window, deciding, workload)
        self.assigning = Assigning(store, study, workload)
        self.adjudication = Adjudication(store, study, window, deciding)
        self.unitising = Unitising(store, study, window)


def _live(model: Model, ingest: Ingest, coder: Coder) -> LiveCoder:
    labels = model.bundle.manifest.labels
    return LiveCoder(ingest, model.encoder, model.batcher, coder, labels)


def _problem(model: Model | None, codebook: Codebook) -> str | None:
    """Return why the model cannot code with a codebook, as a sentence; None if it can."""
    if model is None:
        return "no model is loaded: name one in INTERCODER_MODEL__BUNDLE and start again."
    try:
        check_labels(model.bundle.manifest, codebook)
    except InputError as error:
        return str(error)
    return None
