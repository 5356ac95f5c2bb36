"""Work that Ctrl-C or SIGTERM end cleanly: cancelled, tidied up, and told by the exit code."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

import typer
from rich.console import Console
from rich.markup import escape

from bot.domain.errors import IntercoderError

Result = TypeVar("Result")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def run_until_signalled(
    work: Coroutine[Any, Any, Result], *, at_most: float | None = None
) -> Result:
    """Run `work` to its end and return its result.

    The first SIGINT or SIGTERM cancels it; once it has closed what it opened, typer.Exit is
    raised with 130 or 143 (128 + the signal, as shells count). Further ones are waited out.
    Where the process is still there `at_most` seconds after the first one, it ends as it is.
    """
    caught: list[int] = []

    async def guarded() -> Result:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def stop(number: int) -> None:
            if not caught:
                if task is not None:
                    task.cancel()
                if at_most is not None:
                    _end_after(at_most, number)
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


def _end_after(seconds: float, number: int) -> None:
    """End the process, whatever it is doing: not even a hanging thread keeps it then."""
    last = threading.Timer(seconds, os._exit, [128 + number])
    last.daemon = True
    last.start()


@contextmanager
def interruptible(console: Console, *numbers: signal.Signals) -> Iterator[Callable[[], None]]:
    """Let each of the signals in the block raise KeyboardInterrupt, as Ctrl-C does by itself.

    The block may end early and well on it (training keeps its best epoch). However it ends,
    typer.Exit follows with 128 + the first signal; a sentence that the block had to say on
    its way out is printed before. After a call of what the block is given, signals interrupt
    no more: they are noted and the block runs to its end.
    """
    caught: list[int] = []
    holding = threading.Event()

    def interrupt(number: int, _frame: FrameType | None) -> None:
        caught.append(number)
        if not holding.is_set():
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():  # others get no signals
        yield holding.set
        return
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield holding.set
    except KeyboardInterrupt:
        if not caught:
            raise
    except IntercoderError as error:
        if not caught:
            raise
        console.print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if caught:
        raise typer.Exit(128 + caught[0])
