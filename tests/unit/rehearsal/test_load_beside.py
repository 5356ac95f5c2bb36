"""Figures of what disturbs a bot under load: gaps between codings, and what belongs to a change."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.codebook import codebook_from_codes
from bot.domain.errors import IntercoderError
from bot.inference.bundle import load_bundle
from bot.rehearsal.play import load_beside
from bot.rehearsal.play.load_beside import (
    Swap,
    _other,
    longest_gap,
    median_gap,
    training_beside,
)
from bot.rehearsal.play.stand_in import stand_in


def test_gaps() -> None:
    assert longest_gap([]) == longest_gap([5.0]) == 0
    assert longest_gap([3.0, 1.0, 1.5]) == 1500
    assert median_gap([]) == 0
    assert median_gap([1.0, 1.25, 2.0, 2.5, 3.0, 3.75]) == 500


def test_a_change_lasts_from_the_asking_to_a_second_after_it() -> None:
    swap = Swap("promoted", 10.0, 12.0)
    assert [swap.around(at) for at in (9.9, 10.0, 12.9, 13.1)] == [False, True, True, False]


def test_the_other_coder_is_another_one_with_the_same_weights(tmp_path: Path) -> None:
    made = stand_in(tmp_path / "one", codebook_from_codes(["A", "B"], "book"))
    other = load_bundle(_other(made.path, tmp_path / "two"))
    assert other.manifest.files == made.manifest.files
    assert other.manifest.fingerprint != made.manifest.fingerprint


async def test_a_training_that_ends_too_early_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_beside, "_TRAIN", "raise SystemExit('no records')")
    with pytest.raises(IntercoderError, match=r"before the phase did \(no records\)"):
        async with training_beside(tmp_path / "none.csv", tmp_path) as told:
            await told["training"]
    assert told["cpu_s"] >= 0
