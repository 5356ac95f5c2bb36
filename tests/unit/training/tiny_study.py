"""A tiny base model and a tiny coded study whose codes can be read off the words."""

from __future__ import annotations

import csv
import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from transformers import BertConfig, BertModel

from bot.domain.codebook import Code, Codebook
from bot.domain.layout import COLUMNS, parse_transcript
from bot.domain.transcript import Transcript
from bot.encoding.spec import Architecture
from tests.tiny_bundle import tokenizer_json
from training.arrange import Record, arrange
from training.presets import DEFAULT, DEFAULT_PAIR, Settings

BOOK = Codebook(
    "tiny", "Tiny", "1", (*(Code(c, c) for c in ("CR", "AG", "Q")), Code("UC", "", uncoded=True))
)
_TEXTS = {
    "CR": ("that is wrong", "very unfair to kids", "bad company", "wrong", "unfair game"),
    "AG": ("i agree", "yes agree", "ok you are right", "yes", "agree it is fair"),
    "Q": ("why ?", "what do you think ?", "is it an ad ?", "who does that ?", "how ?"),
}
_CASES = {"fox": "a company did a game for kids with a fox", "ad": "a sign on the screen is an ad"}


def tiny_base(folder: Path, **changes: float) -> Path:
    """Write a random BERT checkpoint of one layer, as save_pretrained does."""
    sizes = {
        "vocab_size": 256,
        "hidden_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "max_position_embeddings": 64,
        "initializer_range": 0.3,  # as if it had learned something: words differ
    }
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BertModel(BertConfig(**{**sizes, **changes})).save_pretrained(folder)
    (folder / "tokenizer.json").write_text(tokenizer_json(), encoding="utf-8")
    return folder


def tiny_settings(architecture: Architecture, **changes: object) -> Settings:
    """Return settings that learn the tiny study in a few epochs, on any processor alike."""
    chosen = DEFAULT_PAIR if architecture is Architecture.PAIR else DEFAULT
    # A random BERT has to find the comment behind its window first: that takes longer steps.
    rate = 1e-2 if architecture is Architecture.PAIR else 3e-3
    settings = replace(
        chosen,
        window=3,
        max_tokens=64,
        scenario_tokens=40,
        epochs=3,
        step=8 if architecture is Architecture.PAIR else 2,
        learning_rate=rate,
        head_learning_rate=rate,
        precision="fp32",
        freeze_words=False,
        oversample_min=0,
        oversample_total=0,
        least_steps=0,
        average=False,
        teachers=0,
        uncoded_for_teachers=0.0,
    )
    return replace(settings, **changes)


def tiny_rows(groups: Iterable[str], messages: int = 8) -> list[list[str]]:
    """Return coded rows: each group discusses both cases; one message in each is uncoded."""
    rows = []
    for group in groups:
        chance = random.Random(group)  # noqa: S311 - reproducible, not secret
        for case, words in _CASES.items():
            for n in range(1, messages + 1):
                code = chance.choice(list(_TEXTS))
                text = chance.choice(_TEXTS[code])
                given = "UC" if n == messages else code
                rows.append(
                    ["tiny", group, case, words, str(n), f"P{n % 3}", "", text, given, "ann"]
                )
    return rows


def write_rows(path: Path, rows: Iterable[Iterable[str]]) -> Path:
    """Write rows of the import layout."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    return path


def write_verified(path: Path, rows: Iterable[Sequence[str]], gold: Collection[str] = ()) -> Path:
    """Write rows as a verified export has them, people's codes agreed; `gold` are threads."""
    columns = (*COLUMNS, "coder_kind", "basis", "gold")
    more = ((*row, "human", "agreed", str(row[1] in gold).lower()) for row in rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *more])
    return path


def transcript_of(rows: Iterable[Iterable[str]]) -> Transcript:
    """Return rows of the import layout, parsed."""
    lines = [",".join(COLUMNS), *(",".join(f'"{cell}"' for cell in row) for row in rows)]
    return parse_transcript("\n".join(lines), "rows")


def tiny_records(groups: int = 6) -> tuple[Record, ...]:
    """Return the usable records of some groups."""
    rows = tiny_rows(f"g{n}" for n in range(groups))
    return arrange(transcript_of(rows), BOOK).records
