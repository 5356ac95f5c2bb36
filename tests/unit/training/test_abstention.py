"""Sharing the work with people: the curve, its price, and thresholds on groups of their own."""

from __future__ import annotations

import numpy as np
import pytest

from bot.reliability.risk_control import HeldOut
from tests.unit.training.report_of import scored_of
from training.abstention import curve, needed, reached


def test_the_curve_sends_the_least_certain_first_and_ends_at_certainty() -> None:
    sure = np.array([0.9, 0.2, 0.6, 0.4])
    right = np.array([True, False, True, False])
    found = curve(sure, right)
    assert len(found) == 21
    assert (found[0].share, found[0].agreement, found[0].below) == (0, 0.5, None)
    quarter = next(s for s in found if s.share == 0.25)
    assert (quarter.agreement, quarter.below) == (0.75, 0.2)
    assert next(s.agreement for s in found if s.share >= 0.5) == 1.0
    assert found[-1].share == 1
    assert curve(np.zeros(0), np.zeros(0, dtype=bool)) == ()


def test_the_price_of_an_agreement_is_the_smallest_share_that_reaches_it() -> None:
    sure = np.linspace(0, 0.99, 100)
    right = np.arange(100) >= 20  # the twenty least certain are wrong
    found = needed(sure, right, 0.89)
    assert found is not None
    assert (found.share, found.agreement) == (0.09, 0.89)
    nothing = needed(sure, right, 0.8)
    assert nothing is not None
    assert (nothing.share, nothing.below) == (0, None)
    assert needed(np.zeros(0), np.zeros(0, dtype=bool), 0.89) is None


def test_a_threshold_is_judged_by_group_and_by_message() -> None:
    scored = scored_of(4, messages=90, groups=9)
    lone = [HeldOut(np.array([0.5, 0.9]), np.array([False, True]))] * 30
    found = reached(lone, 0.1, scored)
    assert found is not None
    assert found.threshold.below == pytest.approx(0.501)
    sent = scored.confidence < found.threshold.below
    wrong = ~scored.right & ~sent
    assert found.sent == pytest.approx(sent.mean())
    assert found.error_of_messages == pytest.approx(wrong.mean())
    groups = np.array(scored.groups)
    means = [wrong[groups == g].mean() for g in sorted(set(scored.groups))]
    assert found.error == pytest.approx(np.mean(means))
    assert found.error > 0
