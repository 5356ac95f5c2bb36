"""Torch and ONNX compared: another code counts, a tie that fell the other way does not."""

from __future__ import annotations

import numpy as np
import pytest

from training.gate import Parity
from training.parity import parity
from training.scored import Scored


def scored(rows: list[list[float]]) -> Scored:
    n = len(rows)
    names = tuple(f"m{i}" for i in range(n))
    table = np.array(rows, dtype=np.float32).reshape(n, 3)
    return Scored(names, names, np.zeros(n, dtype=np.int64), table, ("A", "B", "C"), names)


def test_rounding_is_measured_and_changes_no_code():
    found = parity(scored([[0.7, 0.2, 0.1]]), scored([[0.70001, 0.19999, 0.1]]))
    assert found.largest == pytest.approx(1e-5, rel=0.1)
    assert found.changed == 0


def test_another_code_is_counted():
    onnx = scored([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1]])
    torch = scored([[0.2, 0.7, 0.1], [0.1, 0.8, 0.1]])
    assert parity(onnx, torch).changed == 1
    assert parity(onnx, torch).largest == pytest.approx(0.5)


def test_a_tie_may_fall_either_way():
    onnx, torch = scored([[0.40002, 0.39998, 0.2]]), scored([[0.39998, 0.40002, 0.2]])
    assert parity(onnx, torch).changed == 0


def test_no_messages_differ_in_nothing():
    assert parity(scored([]), scored([])) == Parity(0.0, 0)
