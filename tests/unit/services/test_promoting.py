"""What stands of a study's promotions, whatever was taken back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.services.promoting import standing
from bot.storage.promotions import Promotion, PromotionAct


def history(acts: str) -> list[Promotion]:
    """Return a history: a letter promotes that bundle, < rolls back, ! refuses."""
    kinds = {"<": PromotionAct.ROLLED_BACK, "!": PromotionAct.REFUSED}
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        Promotion(n, 1, 1, act, "f", Path(act), kinds.get(act, PromotionAct.PROMOTED), at, None, "")
        for n, act in enumerate(acts, 1)
    ]


@pytest.mark.parametrize(
    ("acts", "left"),
    [
        ("", ""),
        ("a", "a"),
        ("ab", "ab"),
        ("ab<", "a"),
        ("ab<<", ""),
        ("ab<c", "ac"),
        ("ab<c<", "a"),
        ("ab!", "a"),
        ("ab<!", "ab"),  # the rollback could not be carried out: b goes on
        ("ab!!", ""),  # nor could what was put back
        ("abc!!", "a"),
        ("a!!", ""),
        ("<", ""),
    ],
)
def test_what_stands(acts: str, left: str) -> None:
    assert "".join(p.name for p in standing(history(acts))) == left
