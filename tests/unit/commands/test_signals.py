"""Ctrl-C and SIGTERM end work cleanly and tell it by the exit code."""

import asyncio
import os
import signal

import pytest
import typer

from bot.commands.signals import run_until_signalled


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
