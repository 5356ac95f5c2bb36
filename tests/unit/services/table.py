"""What the tests of services sit at: a store, a model that answers by hash, a discussion."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.pre_tokenizers import BertPreTokenizer

from bot.domain.codebook import Codebook, codebook_from_codes
from bot.domain.coding import Prediction
from bot.domain.discussion import Discussion, Message, Scenario
from bot.domain.transcript import Transcript
from bot.domain.window import windows
from bot.encoding.encode import Encoder
from bot.encoding.inputs import EncoderInput
from bot.encoding.spec import Architecture, EncoderSpec
from bot.inference.fake import fake_engine
from bot.inference.manifest import Manifest
from bot.services.ingest import Ingest
from bot.services.live import LiveCoder
from bot.services.study import open_study, register_bundle
from bot.storage.rows import Coder, Study
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store

LABELS = ("A", "B", "C", "D")
BOOK = codebook_from_codes(LABELS, "book")
WINDOW = 3
START = datetime(2026, 3, 1, 10, tzinfo=UTC)


def _encoder() -> Encoder:
    characters = [chr(c) for c in range(33, 127)]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *characters, *(f"##{c}" for c in characters)]
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))  # noqa: S106 - a token id
    tokenizer.pre_tokenizer = BertPreTokenizer()
    return Encoder(tokenizer, EncoderSpec(Architecture.THREAD, WINDOW, 64, 32, "t" * 64))


ENCODER = _encoder()
ENGINE = fake_engine(LABELS)


class Scorer:
    """Answers one input at a time; `seen` are the inputs; `broken` while the engine fails.

    It answers while `gate` is open, and sets `asked` with every input.
    """

    def __init__(self) -> None:
        self.seen: list[EncoderInput] = []
        self.broken: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = asyncio.Event()

    async def score(self, given: EncoderInput, /) -> NDArray[np.float32]:
        self.seen.append(given)
        self.asked.set()
        await self.gate.wait()
        await asyncio.sleep(0)
        if self.broken is not None:
            raise self.broken
        row: NDArray[np.float32] = ENGINE.score([given])[0]
        return row


class Table:
    """An open study with its door and its model."""

    url: str
    store: Store
    study: Study
    ingest: Ingest
    coder: Coder
    scorer: Scorer
    live: LiveCoder

    @classmethod
    async def open(cls, folder: Path, book: Codebook = BOOK) -> Table:
        table = cls()
        table.url = sqlite_url(folder / "study.db")
        table.store = await Store.open(table.url)
        try:
            table.study = await open_study(table.store, "study", book)
            manifest = Manifest("starter", "2026-01-01", ENCODER.spec, LABELS, BOOK)
            table.coder = await register_bundle(table.store, table.study, manifest)
        except BaseException:
            await table.store.close()
            raise
        table.ingest = Ingest(table.store, table.study)
        table.scorer = Scorer()
        table.live = LiveCoder(table.ingest, ENCODER, table.scorer, table.coder, LABELS)
        return table

    async def close(self) -> None:
        await self.live.close()
        await self.store.close()

    async def codes(self) -> dict[str, list[str]]:
        """Return every code that the model gave, by message, in order."""
        return {
            message: [c.code for c in given if c.coder == self.coder.name]
            async for coded in self.store.transcripts.stream(self.study.id)
            for message, given in coded.codings.items()
        }

    async def log(self) -> list[Discussion]:
        return [d.discussion async for d in self.store.transcripts.stream(self.study.id)]


def expected(discussions: Sequence[Discussion]) -> dict[str, str]:
    """Return the codes that follow from the log alone: window, encode, score."""
    found: dict[str, str] = {}
    for discussion in discussions:
        for each in windows(discussion, WINDOW):
            row = ENGINE.score([ENCODER.encode(each)])[0]
            found[each.target.id] = Prediction.of(row.tolist(), LABELS).code
    return found


def transcript(
    threads: int = 3, scenarios: int = 2, messages: int = 8, *, timed: bool = True
) -> Transcript:
    """Return discussions whose times interleave, coded by two people."""
    discussions: list[Discussion] = []
    codes: dict[str, dict[str, str]] = {}
    for t in range(threads):
        moment = START + timedelta(seconds=t)
        for s in range(scenarios):
            scenario = Scenario(f"s{s}", f"s{s}", f"case {s}")
            said: list[Message] = []
            for n in range(1, messages + 1):
                identity = f"set/t{t}/s{s}/{n}"
                moment += timedelta(seconds=7)
                sent = moment if timed else None
                words = f"point {n} of {t} {s}"
                said.append(Message(identity, f"t{t}", f"s{s}", n, f"P{n % 3}", sent, words))
                codes[identity] = {"ann": LABELS[n % 4], "bob": LABELS[n % 2] if n > 1 else ""}
            discussions.append(Discussion(f"t{t}", scenario, tuple(said)))
    return Transcript("set", tuple(discussions), codes)
