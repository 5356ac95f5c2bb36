"""When each coding was on disk, for measuring: one JSON line a coding, written by a thread."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Self, TextIO
from weakref import WeakSet

from bot.domain.errors import InputError
from bot.services.decide import Decision
from bot.services.desk import Desk


class Timings:
    """Listens to the coders of every desk that it is shown; writes off the event loop."""

    def __init__(self, path: Path) -> None:
        """Write to `path`, anew. Raises InputError if that cannot be."""
        try:
            self._file: TextIO = path.open("w", encoding="utf-8")
        except OSError as error:
            raise InputError(
                f"the timings cannot be written ({error.strerror})",
                "name a file in a folder that you may write to",
                source=path,
            ) from None
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._heard: WeakSet[Desk] = WeakSet()
        self._writer = threading.Thread(target=self._write, name="timings")

    def __enter__(self) -> Self:
        self._writer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lines.put(None)
        self._writer.join()

    def hear(self, desk: Desk) -> None:
        """Listen to the desk's coders, once."""
        if desk not in self._heard:
            self._heard.add(desk)
            desk.listen(self._note)

    def _note(self, decision: Decision) -> None:
        line = {"message": decision.stored.message.id, "at": time.time()}
        self._lines.put(json.dumps(line))

    def _write(self) -> None:
        with self._file:
            while (line := self._lines.get()) is not None:
                self._file.write(line + "\n")
                self._file.flush()
