"""The encoder's settings as data, with a fingerprint that a bundle is held to."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from bot.domain.errors import IntercoderError

RENDERING = 1
"""Raised whenever render.py writes anything differently: old bundles then refuse to load."""


class Architecture(StrEnum):
    """`pair` is the paper's sequence pair; `thread` encodes each message once."""

    PAIR = "pair"
    THREAD = "thread"


class EncoderError(IntercoderError):
    """An encoder spec or an input that the encoder cannot serve."""


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """Everything that turns a Window into token ids.

    `window` is the largest number of earlier messages (0: the message alone). `max_tokens`
    is, for `pair`, the budget of the whole sequence and, for `thread`, of each message.
    `scenario_tokens` is the most that the scenario's text may take; it is never cut.
    `tokenizer` is the sha-256 of tokenizer.json.
    """

    architecture: Architecture
    window: int
    max_tokens: int
    scenario_tokens: int
    tokenizer: str
    rendering: int = RENDERING

    def __post_init__(self) -> None:
        if self.window < 0:
            raise EncoderError(f"window = {self.window}: give 0 or more messages.")
        if not 16 <= self.max_tokens <= 512 or not 8 <= self.scenario_tokens <= 510:
            raise EncoderError(
                f"max_tokens = {self.max_tokens}, scenario_tokens = {self.scenario_tokens}: "
                "BERT reads 16 to 512 tokens, of which a scenario may take 8 to 510."
            )
        # Eight tokens frame a pair's texts, and a comment needs some to be a comment.
        if self.architecture is Architecture.PAIR and self.scenario_tokens > self.max_tokens - 16:
            raise EncoderError(
                f"scenario_tokens = {self.scenario_tokens} leaves no room for a comment in "
                f"max_tokens = {self.max_tokens}: lower it."
            )

    @property
    def fingerprint(self) -> str:
        """Sha-256 (hex) over all settings."""
        canonical = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return the plain form for the bundle's manifest."""
        return {**asdict(self), "architecture": str(self.architecture)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> EncoderSpec:
        """Read the plain form; raises EncoderError for one of another version."""
        try:
            spec = cls(**{**data, "architecture": Architecture(data["architecture"])})
        except (TypeError, KeyError, ValueError) as error:
            raise EncoderError(f"encoder spec {data!r} is not readable: {error}.") from None
        if spec.rendering != RENDERING:
            raise EncoderError(
                f"the encoder spec has rendering {spec.rendering}, this version writes "
                f"{RENDERING}: train the bundle again, or use the version that made it."
            )
        return spec
