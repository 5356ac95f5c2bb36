"""The whole path, replay -> window -> code -> SQLite: messages a second, and how they hold.

`python -m training.bench_path --json OUT` measures the path alone, with an engine that
answers by hash; `--bundle B` measures it with a trained coder.
"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from bot.domain.codebook import codebook_from_codes
from bot.domain.discussion import Discussion, Message, Scenario
from bot.domain.errors import IntercoderError
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

MARKS = (1_000, 10_000, 100_000)  # messages stored when a measurement begins
BLOCK = 1_000  # messages a block: several commits, and short beside the marks
BLOCKS = 5  # blocks a mark: enough for a median
_TALK = 60  # messages a discussion, about what a group of five writes on a scenario
_WORDS = ("i", "think", "the", "price", "ad", "is", "fair", "not", "really", "why", "ok", "lie")


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
    bundle: Path | None, messages: int, tell: Callable[[int], None] | None = None
) -> PathFigures:
    """Replay synthetic messages into a new database file and return the rates at the marks.

    Five blocks follow the last mark that `messages` reaches. `tell` hears how many are coded.
    """
    marks = [mark for mark in MARKS if mark <= messages]
    total = max((marks[-1] if marks else 0) + BLOCK * BLOCKS, messages)
    passed: dict[int, float] = {}
    began = time.perf_counter()

    def note(step: Step) -> None:
        if step.coded and step.coded % BLOCK == 0 and step.coded not in passed:
            passed[step.coded] = time.perf_counter()
            if tell is not None:
                tell(step.coded)

    with tempfile.TemporaryDirectory() as folder:
        async with _coder(bundle) as (manifest, encoder, engine), Batcher(engine) as batcher:
            url = sqlite_url(Path(folder) / "bench.db")
            async with await Store.open(url) as store:
                study = await open_study(store, "bench", manifest.codebook)
                coder = await register_bundle(store, study, manifest)
                ingest = Ingest(store, study)
                live = LiveCoder(ingest, encoder, batcher, coder, manifest.labels)
                await live.start()
                try:
                    await Replay(ingest, live, synthetic(total), "bench", progress=note).run()
                finally:
                    await live.close()
            seconds = time.perf_counter() - began
            rates = tuple(_rate(mark, passed) for mark in marks)
            ratio = rates[-1].median / rates[0].median if rates else 1.0
            return PathFigures(engine.name, total, seconds, rates, ratio)


def _rate(mark: int, passed: dict[int, float]) -> Rate:
    ends = range(mark + BLOCK, mark + BLOCK * (BLOCKS + 1), BLOCK)
    blocks = tuple(BLOCK / (passed[end] - passed[end - BLOCK]) for end in ends)
    return Rate(mark, blocks, min(blocks), median(blocks))


@asynccontextmanager
async def _coder(bundle: Path | None) -> AsyncIterator[tuple[Manifest, Encoder, Engine]]:
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
        manifest, encoder, engine = opened.manifest, opened.encoder(), open_engine(opened)
    try:
        yield manifest, encoder, engine
    finally:
        engine.close()


def report(figures: PathFigures) -> Table:
    """Return the figures as a table."""
    table = Table(
        title=f"replay -> code -> SQLite, {figures.engine}, messages a second", min_width=60
    )
    for column in ("stored", "min", "median"):
        table.add_column(column, justify="right")
    for rate in figures.rates:
        table.add_row(f"{rate.stored:,}", f"{rate.minimum:,.0f}", f"{rate.median:,.0f}")
    table.caption = f"median at the last mark / at the first: {figures.ratio:.2f}"
    return table


def main(
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the figures here.")] = None,
    bundle: Annotated[Path | None, typer.Option(help="A trained coder; none: path alone.")] = None,
    messages: Annotated[int, typer.Option(min=1_000, help="Messages to store.")] = 100_000,
) -> None:
    """Measure the whole path as the database grows."""
    console = Console()
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task("messages coded", total=messages)
            figures = asyncio.run(
                measure(bundle, messages, lambda done: bar.update(task, completed=done))
            )
    except IntercoderError as error:
        Console(stderr=True).print(str(error), style="red", markup=False)
        raise typer.Exit(2) from None
    console.print(report(figures))
    if json_out is not None:
        json_out.write_text(json.dumps(asdict(figures), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
