"""Segments -> token ids, and the truncation policy.

The scenario is never cut; of the window the oldest comments go first, whole; only when none
is left is the comment itself cut at its end, and the input says so.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from tokenizers import Tokenizer

from bot.domain.discussion import Scenario
from bot.domain.errors import InputError
from bot.domain.window import Window
from bot.encoding import render
from bot.encoding.inputs import EncoderInput, PairInput, ThreadInput
from bot.encoding.spec import Architecture, EncoderError, EncoderSpec

_REMEMBERED_TEXTS = 10_000


def tokenizer_hash(path: Path) -> str:
    """Return the sha-256 (hex) of a tokenizer.json, as an EncoderSpec records it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Encoder:
    """Turns windows into engine inputs by one spec; pure, and safe to share."""

    def __init__(self, tokenizer: Tokenizer, spec: EncoderSpec) -> None:
        """Use `tokenizer` (a BERT WordPiece one); its own truncation and padding are ignored."""
        self.spec = spec
        self._tokenizer = Tokenizer.from_str(tokenizer.to_str())
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._cls = self._special("[CLS]")
        self._sep = self._special("[SEP]")
        self._ids = lru_cache(maxsize=_REMEMBERED_TEXTS)(self._tokenize)

    @classmethod
    def from_file(cls, path: Path, spec: EncoderSpec) -> Encoder:
        """Load tokenizer.json; raises EncoderError if it is not the one the spec names."""
        if tokenizer_hash(path) != spec.tokenizer:
            raise EncoderError(
                f"{path}: this tokenizer is not the one that the encoder spec was made with; "
                "use the bundle as it was written."
            )
        return cls(Tokenizer.from_file(str(path)), spec)

    def encode(self, window: Window) -> EncoderInput:
        """Return the engine input of a window; no more than `spec.window` messages are read.

        Raises InputError if the scenario takes more than its share of tokens.
        """
        self.check_scenario(window.scenario)
        earlier = window.messages[-self.spec.window :] if self.spec.window else ()
        if self.spec.architecture is Architecture.PAIR:
            return self._pair(window, [m.text for m in earlier])
        own, cut = self._single(window.target.text)
        return ThreadInput(
            scenario=self._single(window.scenario.text, limit=self.spec.scenario_tokens + 2)[0],
            messages=(*(self._single(m.text)[0] for m in earlier), own),
            same_speaker=(*(m.speaker == window.target.speaker for m in earlier), True),
            cut=cut,
        )

    def check_scenario(self, scenario: Scenario) -> None:
        """Raise InputError if `scenario` is longer than the spec allows."""
        length = len(self._ids(scenario.text))
        if length > self.spec.scenario_tokens:
            name = scenario.title or scenario.id
            raise InputError(
                f"scenario {name!r} takes {length} tokens, the coder reads at most "
                f"{self.spec.scenario_tokens}",
                "shorten its text: a token is a short word, or a part of a long one",
            )

    def _pair(self, window: Window, earlier: list[str]) -> PairInput:
        head = [*self._ids(render.SCENARIO), *self._ids(window.scenario.text)]
        latest = self._ids(render.LATEST)
        comment = self._ids(window.target.text)
        room = self.spec.max_tokens - 3 - len(head) - len(latest)
        cut = len(comment) > room
        comment = comment[:room]
        first = head
        kept = 0
        for count in range(len(earlier), 0, -1):
            candidate = self._window_ids(earlier[-count:])
            if len(candidate) + len(comment) <= room:
                first, kept = [*head, *candidate], count
                break
        second = [*latest, *comment]
        ids = (self._cls, *first, self._sep, *second, self._sep)
        types = (0,) * (len(first) + 2) + (1,) * (len(second) + 1)
        return PairInput(ids, types, kept, cut)

    def _window_ids(self, earlier: list[str]) -> list[int]:
        ids = list(self._ids(render.EARLIER))
        for position, text in enumerate(earlier, start=1):
            ids += self._ids(render.numbered(position))
            ids += self._ids(text)
        return ids

    def _single(self, text: str, limit: int | None = None) -> tuple[tuple[int, ...], bool]:
        room = (limit or self.spec.max_tokens) - 2
        ids = self._ids(text)
        return (self._cls, *ids[:room], self._sep), len(ids) > room

    def _tokenize(self, text: str) -> tuple[int, ...]:
        return tuple(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _special(self, token: str) -> int:
        found = self._tokenizer.token_to_id(token)
        if found is None:
            raise EncoderError(f"the tokenizer has no {token} token: use a BERT checkpoint.")
        return int(found)
