"""What an engine scores: token ids, one value per message to be coded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PairInput:
    """One sequence pair: `[CLS] first [SEP] second [SEP]`.

    `types` is 0 for the first and 1 for the second segment, as long as `ids`.
    `window` earlier comments fitted in; `cut` tells that the comment itself was cut.
    """

    ids: tuple[int, ...]
    types: tuple[int, ...]
    window: int
    cut: bool

    @property
    def tokens(self) -> int:
        """Length of the sequence."""
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class ThreadInput:
    """A message with its window, each text as a sequence `[CLS] text [SEP]` of its own.

    `messages` is oldest first and ends with the message to be coded; `same_speaker` is as
    long and tells which were written by that message's speaker (the last is always True).
    """

    scenario: tuple[int, ...]
    messages: tuple[tuple[int, ...], ...]
    same_speaker: tuple[bool, ...]
    cut: bool

    @property
    def window(self) -> int:
        """Number of earlier messages."""
        return len(self.messages) - 1

    @property
    def tokens(self) -> int:
        """Length of the message to be coded: what a warm engine has to compute."""
        return len(self.messages[-1])


EncoderInput = PairInput | ThreadInput
