"""The whole path, replay -> window -> code -> SQLite: messages a second, and how they hold."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from rich.table import Table
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from bot.domain.codebook import codebook_from_codes
from bot.domain.discussion import Discussion, Message, Scenario
from bot.domain.transcript import Transcript
from bot.encoding.encode import Encoder
from bot.encoding.spec import Architecture, EncoderSpec
from bot.inference.batcher import Batcher
from bot.inference.bundle import Manifest, load_bundle
from bot.inference.engine import Engine
from bot.inference.fake import fake_engine
from bot.inference.open import open_engine
from bot.services.ingest import Ingest
from bot.services.live import LiveCoder
from bot.services.replay import Progress as Step
from bot.services.replay import Replay
from bot.services.study import open_study, register_bundle
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store

BLOCKS = 5  # blocks a mark: enough for a median
_TALK = 60  # messages a discussion, about what a group of five writes on a scenario
_WORDS = ("i", "think", "the", "price", "ad", "is", "fair", "not", "really", "why", "ok", "lie")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is stored when a measurement begins (`marks`), and messages a block of it."""

    marks: tuple[int, ...]
    block: int

    @property
    def total(self) -> int:
        """Messages in all: five blocks follow the last mark."""
        return self.marks[-1] + self.block * BLOCKS


WHOLE = Sizes((1_000, 10_000, 100_000), 1_000)  # a block: several commits, short beside the marks
QUICK = Sizes((200, 1_000), 100)


@dataclass(frozen=True, slots=True)
class Rate:
    """Messages a second over the blocks that began at `stored` messages."""

    stored: int
    blocks: tuple[float, ...]
    minimum: float
    median: float


@dataclass(frozen=True, slots=True)
class PathFigures:
    """What a run measured; `ratio` is the last mark's median over the first's."""

    engine: str
    messages: int
    seconds: float
    rates: tuple[Rate, ...]
    ratio: float


def synthetic(messages: int, seed: int = 0) -> Transcript:
    """Return a transcript of random short comments in groups of five; the same for a seed."""
    chance = random.Random(seed)  # noqa: S311 - made-up comments need no secrecy
    scenario = Scenario("s", "s", "A shop changes its prices by the hour. Is that fair?")
    start = datetime(2026, 1, 1, tzinfo=UTC)
    discussions = []
    for first in range(0, messages, _TALK):
        thread = f"group-{first // _TALK}"
        said = tuple(
            Message(
                id=f"bench/{thread}/s/{n}",
                thread_id=thread,
                scenario_id="s",
                sequence=n,
                speaker=f"P{chance.randint(1, 5)}",
                # One group after the other, as in a study of many sessions.
                sent_at=start + timedelta(seconds=first + n),
                text=" ".join(chance.choices(_WORDS, k=chance.randint(1, 15))),
            )
            for n in range(1, min(_TALK, messages - first) + 1)
        )
        discussions.append(Discussion(thread, scenario, said))
    return Transcript("bench", tuple(discussions), {})


async def measure(
    sizes: Sizes = WHOLE,
    bundle: Path | None = None,
    threads: int | None = None,
    tell: Callable[[int], None] = lambda _coded: None,
) -> PathFigures:
    """Replay synthetic messages into a new database file and return the rates at the marks.

    The trained coder in `bundle` codes on `threads` (None: every core); without one the fake
    engine does, which takes no time. `tell` hears how many are coded. Raises IntercoderError.
    """
    passed: dict[int, float] = {}
    began = time.perf_counter()

    def note(step: Step) -> None:
        if step.coded and step.coded % sizes.block == 0 and step.coded not in passed:
            passed[step.coded] = time.perf_counter()
            tell(step.coded)

    with tempfile.TemporaryDirectory() as folder:
        async with _coder(bundle, threads) as coded, Batcher(coded[2]) as batcher:
            manifest, encoder, engine = coded
            url = sqlite_url(Path(folder) / "bench.db")
            async with await Store.open(url) as store:
                study = await open_study(store, "bench", manifest.codebook)
                coder = await register_bundle(store, study, manifest)
                ingest = Ingest(store, study)
                live = LiveCoder(ingest, encoder, batcher, coder, manifest.labels)
                await live.start()
                try:
                    await Replay(ingest, live, synthetic(sizes.total), "bench", progress=note).run()
                finally:
                    await live.close()
            seconds = time.perf_counter() - began
            rates = tuple(_rate(mark, sizes.block, passed) for mark in sizes.marks)
            ratio = rates[-1].median / rates[0].median
            return PathFigures(engine.name, sizes.total, seconds, rates, ratio)


def _rate(mark: int, block: int, passed: dict[int, float]) -> Rate:
    ends = range(mark + block, mark + block * (BLOCKS + 1), block)
    blocks = tuple(block / (passed[end] - passed[end - block]) for end in ends)
    return Rate(mark, blocks, min(blocks), median(blocks))


@asynccontextmanager
async def _coder(
    bundle: Path | None, threads: int | None
) -> AsyncIterator[tuple[Manifest, Encoder, Engine]]:
    engine: Engine
    if bundle is None:
        vocabulary = {t: i for i, t in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *_WORDS])}
        tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))  # noqa: S106 - a token id
        tokenizer.pre_tokenizer = Whitespace()
        spec = EncoderSpec(Architecture.THREAD, 12, 128, 64, "0" * 64)
        book = codebook_from_codes([f"C{n:02}" for n in range(16)], "bench")
        manifest = Manifest("fake", "", spec, tuple(book.by_code), book)
        encoder, engine = Encoder(tokenizer, spec), fake_engine(tuple(book.by_code))
    else:
        opened = load_bundle(bundle)
        engine = open_engine(opened, threads=threads)
        manifest, encoder = opened.manifest, opened.encoder()
    try:
        yield manifest, encoder, engine
    finally:
        engine.close()


def report(figures: PathFigures) -> Table:
    """Return what `measure` found as a table."""
    table = Table(
        title=f"replay -> code -> SQLite, {figures.engine}, messages a second", min_width=60
    )
    for column in ("stored", "min", "median"):
        table.add_column(column, justify="right")
    for rate in figures.rates:
        table.add_row(f"{rate.stored:,}", f"{rate.minimum:,.0f}", f"{rate.median:,.0f}")
    table.caption = f"median at the last mark / at the first: {figures.ratio:.2f}"
    return table
