"""Ctrl-C and SIGTERM end work cleanly and tell it by the exit code."""

import asyncio
import io
import os
import signal
import subprocess
import sys

import pytest
import typer
from rich.console import Console

from bot.commands.signals import interruptible, run_until_signalled
from bot.domain.errors import IntercoderError


def test_the_result_comes_back():
    async def work() -> int:
        return 3

    assert run_until_signalled(work()) == 3


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_what_was_opened_is_closed_before_the_exit(number, code):
    closed = []

    async def work() -> None:
        try:
            os.kill(os.getpid(), number)
            await asyncio.Event().wait()
        finally:
            os.kill(os.getpid(), number)  # an impatient second one does not break the closing
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            closed.append(True)

    with pytest.raises(typer.Exit) as end:
        run_until_signalled(work())
    assert (end.value.exit_code, closed) == (code, [True])


HANGING = """
import asyncio, os, signal, sys, threading
from bot.commands.signals import run_until_signalled
async def work():
    threading.Thread(target=threading.Event().wait).start()  # as an engine that never answers
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.Event().wait()
try:
    run_until_signalled(work(), at_most=0.1)
finally:
    print("closed", flush=True)
"""


def test_a_thread_that_hangs_does_not_keep_the_process():
    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", HANGING], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout) == (143, "closed\n")


def test_a_cancellation_of_its_own_is_no_signal():
    async def work() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        run_until_signalled(work())


def test_errors_pass_through():
    async def work() -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        run_until_signalled(work())


def block(number: signal.Signals, then: Exception | None, out: io.StringIO, *, well: bool) -> None:
    """Get the signal, and end well, with an error, or as the signal left it."""
    with interruptible(Console(file=out), signal.SIGINT, signal.SIGTERM):
        try:
            os.kill(os.getpid(), number)
            out.write("went on")
        except KeyboardInterrupt:
            if then is not None:
                raise then from None
            if not well:
                raise


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("well", [True, False])
def test_a_signal_is_told_however_the_block_ends(number, code, well):
    before, out = signal.getsignal(number), io.StringIO()
    with pytest.raises(typer.Exit) as end:
        block(number, None, out, well=well)
    assert (end.value.exit_code, out.getvalue()) == (code, "")
    assert signal.getsignal(number) is before


def test_the_last_sentence_of_a_block_that_a_signal_ends_is_printed():
    out = io.StringIO()
    with pytest.raises(typer.Exit) as end:
        block(signal.SIGTERM, IntercoderError("there is nothing to keep."), out, well=False)
    assert (end.value.exit_code, out.getvalue()) == (143, "there is nothing to keep.\n")


def test_without_a_signal_a_block_ends_as_it_ends():
    quiet = Console(file=io.StringIO())
    with interruptible(quiet, signal.SIGTERM):
        pass
    with pytest.raises(IntercoderError, match="mine"), interruptible(quiet, signal.SIGTERM):
        raise IntercoderError("mine")
    with pytest.raises(KeyboardInterrupt), interruptible(quiet, signal.SIGTERM):
        raise KeyboardInterrupt


def test_what_is_held_runs_to_its_end_and_the_signal_is_told_then():
    done = []

    def held() -> None:
        with interruptible(Console(file=io.StringIO()), signal.SIGTERM) as hold:
            hold()
            os.kill(os.getpid(), signal.SIGTERM)
            done.append(True)

    with pytest.raises(typer.Exit) as end:
        held()
    assert (end.value.exit_code, done) == (143, [True])
