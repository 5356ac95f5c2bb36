"""Work that Ctrl-C or SIGTERM end cleanly: cancelled, tidied up, and told by the exit code."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

import typer

Result = TypeVar("Result")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def run_until_signalled(work: Coroutine[Any, Any, Result]) -> Result:
    """Run `work` to its end and return its result.

    The first SIGINT or SIGTERM cancels it; once it has closed what it opened, typer.Exit is
    raised with 130 or 143 (128 + the signal, as shells count). Further ones are waited out.
    """
    caught: list[int] = []

    async def guarded() -> Result:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def stop(number: int) -> None:
            if not caught and task is not None:
                task.cancel()
            caught.append(number)

        if threading.current_thread() is threading.main_thread():  # others get no signals
            for number in _SIGNALS:
                loop.add_signal_handler(number, stop, number)
        return await work

    try:
        return asyncio.run(guarded())
    except asyncio.CancelledError:
        if not caught:
            raise
        raise typer.Exit(128 + caught[0]) from None
