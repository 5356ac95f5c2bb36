from __future__ import annotations

import pytest

from bot.rehearsal.faults import Fault, Faults


def test_a_fault_happens_as_often_as_it_was_ordered_and_on_its_routes_only() -> None:
    faults = Faults()
    faults.storm(r"POST /channels/\d+/messages", 2, retry_after=0.5)
    faults.failing("GET", 503, 1)
    assert faults.before("PUT", "/x") is None
    assert faults.before("POST", "/channels/1/messages") == Fault(429, 0.0, 0.5)
    assert faults.before("GET", "/channels/1/messages") == Fault(503)
    assert faults.before("POST", "/channels/1/messages") is not None
    assert faults.before("POST", "/channels/1/messages") is None
    assert (faults.happened, faults.waiting) == (3, 0)


def test_a_slow_answer_is_still_an_answer() -> None:
    faults = Faults()
    faults.slow("GET", 0.2, 1)
    assert faults.before("GET", "/x") == Fault(None, 0.2)


def test_orders_can_be_forgotten() -> None:
    faults = Faults()
    faults.slow("GET", 0.2, 5)
    faults.clear()
    assert faults.before("GET", "/x") is None


def test_what_is_no_fault_cannot_be_ordered() -> None:
    with pytest.raises(ValueError, match="status 200"):
        Faults().failing("GET", 200, 1)
    with pytest.raises(ValueError, match="count 0"):
        Faults().slow("GET", 0.1, 0)
