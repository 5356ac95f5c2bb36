"""Progress as JSON lines on the standard output, for a program that watches another."""

from __future__ import annotations

import json
from typing import TextIO

_LONGEST = 400  # characters of a text: a line stays far below what a pipe takes at once


class JsonLines:
    """Writes one object a line: {"stage", "done", "total", "text"}, flushed at once."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def __call__(self, stage: str, text: str, done: int, total: int) -> None:
        """Tell the stage, what is being done in it, and the steps done and in all."""
        line = {"stage": stage, "done": done, "total": total, "text": text[:_LONGEST]}
        self._out.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._out.flush()
