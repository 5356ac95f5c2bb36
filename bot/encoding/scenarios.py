"""Whether a coder can take in the scenarios of a transcript."""

from __future__ import annotations

from pathlib import Path

from bot.domain.errors import about
from bot.domain.transcript import Transcript
from bot.encoding.encode import Encoder


def check_scenarios(path: Path, transcript: Transcript, encoder: Encoder) -> None:
    """Raise InputError with file and line for the first scenario that is too long."""
    for discussion in transcript.discussions:
        with about(path, transcript.lines.get(discussion.messages[0].id)):
            encoder.check_scenario(discussion.scenario)
