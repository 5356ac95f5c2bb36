"""A transcript back in the import layout: the file that `load_transcript` reads to the same."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from bot.domain.discussion import Discussion, Message
from bot.domain.layout import COLUMNS
from bot.domain.transcript import Transcript
from exports.writing import replacing

NOBODY = "nobody"
"""Stands as coder, beside an empty code, where no coder saw a message."""


def layout_text(transcript: Transcript) -> str:
    """Return the CSV text, one row a message and coder.

    Nothing is neutralised: this is a file for our own commands, which read every cell as it
    stands. What leaves for a spreadsheet is written by `write_csv`.
    """
    text = io.StringIO(newline="")
    # Line ends of two characters: only then does the writer quote a comment with either alone.
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for discussion in transcript.discussions:
        for message in discussion.messages:
            given = transcript.codes.get(message.id) or {NOBODY: ""}
            for coder, code in given.items():
                writer.writerow(_row(transcript.dataset, discussion, message, code, coder))
    return text.getvalue()


def write_layout(transcript: Transcript, path: Path) -> None:
    """Write the transcript to `path`; raises WritingError."""
    with replacing(path) as file:
        file.write(layout_text(transcript))


def _row(
    dataset: str, discussion: Discussion, message: Message, code: str, coder: str
) -> tuple[str, ...]:
    return (
        dataset,
        message.thread_id,
        message.scenario_id,
        discussion.scenario.text,
        str(message.sequence),
        message.speaker,
        "" if message.sent_at is None else message.sent_at.isoformat(),
        message.text,
        code,
        coder,
    )
