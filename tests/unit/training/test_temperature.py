"""Temperature scaling: it finds what was done to the logits, and is 1 where nothing can be told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bot.inference.local import softmax
from training.metrics import Scored, evaluate
from training.temperature import fit_temperature, tempered


def sampled(scale: float, n: int = 4000, labels: int = 5) -> Scored:
    """Return a coder whose logits are `scale` times those that its codes were drawn by."""
    chance = np.random.default_rng(5)
    logits = chance.normal(0, 2, (n, labels))
    true = softmax(logits).astype(np.float64)
    gold = (true.cumsum(1) < chance.random((n, 1))).sum(1).clip(0, labels - 1)
    return Scored(
        tuple(map(str, range(n))),
        tuple(f"g{i % 40}" for i in range(n)),
        gold.astype(np.int64),
        softmax(scale * logits),
        tuple("ABCDE"[:labels]),
        ("",) * n,
    )


@pytest.mark.parametrize("scale", [0.6, 1.0, 1.8])
def test_it_finds_by_how_much_a_coder_is_too_sure(scale: float) -> None:
    scored = sampled(scale)
    found = fit_temperature(scored)
    assert found.note is None
    assert found.value == pytest.approx(scale, rel=0.05)
    after = evaluate(tempered(scored, found.value), resamples=2).ece
    assert after is not None
    assert after < 0.025


def test_no_code_changes_and_the_way_back_is_the_inverse() -> None:
    scored = sampled(1.8)
    cooler = tempered(scored, 1.7)
    assert (cooler.predicted == scored.predicted).all()
    back = tempered(cooler, 1 / 1.7)
    np.testing.assert_allclose(back.probabilities, scored.probabilities, atol=1e-5)


def cut(scored: Scored, n: int) -> Scored:
    return Scored(
        scored.message_ids[:n],
        scored.groups[:n],
        scored.gold[:n],
        scored.probabilities[:n],
        scored.labels,
        scored.comments[:n],
    )


def test_what_the_other_codes_get_does_not_move_it() -> None:
    scored = sampled(1.0)
    best = scored.probabilities.max(axis=1)
    lumped = np.full_like(scored.probabilities, 1e-3)  # all but the given code's goes to one other
    rows = np.arange(len(best))
    lumped[rows, scored.probabilities.argmin(axis=1)] = 1 - best - 3e-3
    lumped[rows, scored.predicted] = best
    sure = best > 0.5  # else that other would be the code given
    coder = replace(
        scored,
        probabilities=lumped,
        gold=np.where(sure, scored.gold, -1),
        unknown=("NEW",) * int((~sure).sum()),
    )
    found = fit_temperature(coder)
    assert found.value == pytest.approx(1.0, abs=0.1)


def test_few_records_leave_it_at_1_with_a_note() -> None:
    found = fit_temperature(cut(sampled(1.8), 49))
    assert found.value == 1
    assert found.note == "confidence is not calibrated: 49 records to do it by, 50 are needed"
    assert fit_temperature(cut(sampled(1.8), 0)).value == 1


@pytest.mark.parametrize("right", [True, False])
def test_a_coder_that_is_always_right_or_always_wrong_keeps_1(right: bool) -> None:
    scored = sampled(1.0, 200)
    gold = scored.predicted if right else scored.probabilities.argmin(axis=1)
    found = fit_temperature(replace(scored, gold=gold.astype(np.int64)))
    assert found.value == 1
    assert "no temperature from 0.2 to 5 suits" in (found.note or "")


def test_codes_that_the_coder_does_not_know_have_no_say() -> None:
    scored = sampled(1.8)
    gold = scored.gold.copy()
    gold[:1000] = -1
    unknown = replace(scored, gold=gold, unknown=("NEW",) * 1000)
    rest = Scored(
        scored.message_ids[1000:],
        scored.groups[1000:],
        scored.gold[1000:],
        scored.probabilities[1000:],
        scored.labels,
        scored.comments[1000:],
    )
    assert fit_temperature(unknown) == fit_temperature(rest)


def test_a_certainty_that_float32_cannot_hold_does_no_harm() -> None:
    scored = sampled(60.0, 300)
    assert (scored.probabilities == 0).any()
    assert np.isfinite(fit_temperature(scored).value)
