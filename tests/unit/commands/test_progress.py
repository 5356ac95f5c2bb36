"""Progress in a log: seldom, with an estimate, and the end told once."""

import io

from rich.console import Console

from bot.commands.progress import progresses


def test_lines_are_few_and_estimate_what_is_left():
    out, now = io.StringIO(), [0.0]
    with progresses(Console(file=out), ("stored", "coded"), 10, lambda: now[0]) as (stored, coded):
        stored(1)  # too soon after the beginning
        now[0] = 2.0
        stored(2)
        stored(3)  # too soon after the last
        stored(10)
        stored(10)
        coded(10)
    assert out.getvalue().splitlines() == [
        "stored: 0 of 10",
        "coded: 0 of 10",
        "stored: 2 of 10, about 8 s left",
        "stored: 10 of 10, about 0 s left",
        "coded: 10 of 10, about 0 s left",
    ]


def test_a_terminal_gets_bars():
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100)
    with progresses(console, ("stored", "coded"), 10) as (stored, coded):
        stored(10)
        coded(4)
    assert "10/10" in out.getvalue()
    assert " 4/10" in out.getvalue()
