"""The process that trains for a search: a crash in it costs one trial, not the night."""

from __future__ import annotations

import signal
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from bot.domain.errors import IntercoderError
from training.tune.messages import Judged, Refused, Step, Task


def work(connection: Connection, task: Task) -> None:
    """Answer settings with trials of `task` until the search is gone.

    First the facts of the task go out, or why there are none. Whatever a trial tells is
    answered: False ends it.
    """
    for number in (signal.SIGINT, signal.SIGTERM):  # both may go to both; the search decides
        signal.signal(number, signal.SIG_IGN)
    _first_to_go()
    from training.tune.trainer import Trainer  # noqa: PLC0415 - torch: in this process alone

    try:
        try:
            trainer = Trainer(task)
        except IntercoderError as error:
            connection.send(Refused(str(error)))
            return
        connection.send(trainer.facts)

        def told(message: Step | Judged) -> bool:
            connection.send(message)
            return bool(connection.recv())

        while True:
            connection.send(trainer.run(connection.recv(), told))
    except (EOFError, OSError):  # the search was killed: nobody is left to train for
        return


def _first_to_go() -> None:
    """Let Linux end this process, not the search, when memory runs out."""
    score = Path("/proc/self/oom_score_adj")
    if score.exists():
        with suppress(OSError):  # some containers forbid it: then the system chooses
            score.write_text("1000", encoding="ascii")
