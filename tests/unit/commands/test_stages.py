"""Stages have bars of their own; a call that gets no further is a remark that stays."""

import io

from rich.console import Console

from bot.commands.stages import stages


def test_a_new_total_is_a_new_stage_and_remarks_are_kept():
    out = io.StringIO()
    with stages(Console(file=out), "training") as told:
        told("epoch 1 of 1", 1, 2)
        told("epoch 1 of 1", 2, 2)
        told("epoch 1: 50.0% right", 2, 2)
        told("judging", 3, 3)
    assert out.getvalue().splitlines() == [
        "training: 0 of 2",
        "training: 2 of 2, about 0 s left",
        "  epoch 1: 50.0% right",
        "judging: 0 of 3",
        "judging: 3 of 3, about 0 s left",
    ]


def test_a_terminal_keeps_one_bar_a_stage():
    out = io.StringIO()
    with stages(Console(file=out, force_terminal=True, width=100), "training") as told:
        told("epoch 1 of 1", 2, 2)
        told("judging", 3, 3)
    assert "2/2" in out.getvalue()
    assert "judging" in out.getvalue()
    assert "3/3" in out.getvalue()
