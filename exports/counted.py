"""What an export says about itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.domain.coding import standing
from bot.domain.counting import many
from bot.storage.rows import CodedDiscussion


@dataclass(frozen=True, slots=True)
class Counted:
    """How much went into a file. What was taken back is written, and not counted.

    `cut` is the number of cells that were too long for the form and were cut at their end.
    """

    messages: int = 0
    codings: int = 0
    uncoded: int = 0
    cut: int = 0

    def plus(self, codings: int) -> Counted:
        """Return the count with one more message that has `codings` codings."""
        uncoded = self.uncoded + (1 if codings == 0 else 0)
        return Counted(self.messages + 1, self.codings + codings, uncoded, self.cut)

    def including(self, coded: CodedDiscussion) -> Counted:
        """Return the count with all messages of a discussion."""
        found = self
        for message in coded.discussion.messages:
            found = found.plus(len(standing(coded.codings.get(message.id, ()))))
        return found

    def with_cut(self, cut: int) -> Counted:
        """Return the count with `cut` more cells that were cut."""
        return replace(self, cut=self.cut + cut)

    def sentence(self, study: str | None = None) -> str:
        """Return what was written, for people; `study` is named where it is given."""
        of_study = "" if study is None else f" of study {study!r}"
        told = (
            f"{many(self.messages, 'message')}{of_study} with {many(self.codings, 'coding')}; "
            f"{self.uncoded} without any."
        )
        if not self.cut:
            return told
        were = "was" if self.cut == 1 else "were"
        return (
            f"{told} {many(self.cut, 'cell')} {were} too long for this form and cut at the end, "
            "marked [cut]: csv, jsonl and parquet hold them whole."
        )
