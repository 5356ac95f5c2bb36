"""Talk of an exact length in tokens, made of the sample study's own words."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

import training
from bot.domain.discussion import Discussion, Message, Scenario
from bot.domain.layout import load_transcript
from bot.domain.window import Window, windows

SAMPLE = Path(training.__file__).with_name("sample_study") / "discussions.csv"

_SPECIAL = 3  # [CLS] and two [SEP]
_LABELS = 5  # "scenario:" is two tokens, "latest comment:" three
_EARLIER = 3  # "earlier comments:"
_NUMBER = 3  # "comment 1:"


@dataclass(frozen=True, slots=True)
class Shape:
    """How a window that takes `tokens` tokens as a pair is made up."""

    tokens: int
    scenario_words: int
    earlier: int

    @property
    def message_words(self) -> int:
        """Words of each message, the one to be coded among them."""
        fixed = _SPECIAL + _LABELS + (_EARLIER + _NUMBER * self.earlier if self.earlier else 0)
        return (self.tokens - fixed - self.scenario_words) // (self.earlier + 1)

    @property
    def spare_words(self) -> int:
        """Words left over by the division; the scenario gets them."""
        fixed = _SPECIAL + _LABELS + (_EARLIER + _NUMBER * self.earlier if self.earlier else 0)
        rest = self.tokens - fixed - self.scenario_words
        return rest - self.message_words * (self.earlier + 1)


SHAPES = (Shape(20, 4, 0), Shape(160, 60, 4), Shape(480, 140, 12))


class TextMaker:
    """Draws words that are one token each, so that lengths come out exactly. Seeded."""

    def __init__(self, tokenizer: Tokenizer, seed: int = 0) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - no secret
        found = {
            word
            for message in load_transcript(SAMPLE).messages
            for word in message.text.lower().split()
            if word.isalpha()
        }
        self._words = sorted(
            word for word in found if len(tokenizer.encode(word, add_special_tokens=False)) == 1
        )

    def talk(self, shape: Shape, count: int) -> list[Window]:
        """Return `count` full windows of one discussion: each has one message the last had not."""
        scenario = Scenario("bench", "", self._text(shape.scenario_words + shape.spare_words))
        messages = tuple(
            Message(str(n), "t", "bench", n, f"P{n % 5}", None, self._text(shape.message_words))
            for n in range(1, count + shape.earlier + 1)
        )
        return windows(Discussion("t", scenario, messages), shape.earlier)[shape.earlier :]

    def _text(self, words: int) -> str:
        return " ".join(self._chance.choices(self._words, k=words))
