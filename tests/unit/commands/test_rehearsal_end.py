"""What is printed at the end of a rehearsal says no more than was looked at."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from bot.commands.rehearsal_end import RehearsalEnd
from bot.rehearsal.play.verdict import Verdict

VERDICT = Verdict(5, 5, 5, 1, 0, (), (), (), ())


def printed(*, described: bool, violations: tuple[str, ...] = (), heartbeats: int = 1) -> str:
    console = Console(file=io.StringIO(), width=80)
    RehearsalEnd(VERDICT, described, violations, 40, 0.004, heartbeats, 1.5).print(console)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("described", "violations", "told"),
    [(True, (), True), (False, (), False), (False, ("gateway: closed with 4009",), True)],
)
def test_discords_description_is_told_of_where_there_was_one(
    described: bool, violations: tuple[str, ...], told: bool
) -> None:
    text = printed(described=described, violations=violations)
    assert ("not as Discord describes it" in text) is told
    assert all(violation in text for violation in violations)


def test_one_heartbeat_is_one() -> None:
    assert "latest of 1 heartbeat " in printed(described=False)
    assert "latest of 2 heartbeats " in printed(described=False, heartbeats=2)
