"""Timings are lines of JSON, one a coding, each desk heard once."""

import json
import time
from types import SimpleNamespace
from typing import Any

import pytest

from bot.commands.timings import Timings
from bot.domain.errors import InputError


class Desk:
    def __init__(self) -> None:
        self.listeners: list[Any] = []
        self.listen = self.listeners.append


def test_every_coding_is_a_line(tmp_path):
    file, began = tmp_path / "t.jsonl", time.time()
    desk: Any = Desk()
    with Timings(file) as timings:
        timings.hear(desk)
        timings.hear(desk)
        (listener,) = desk.listeners
        for n in range(3):
            listener(SimpleNamespace(stored=SimpleNamespace(message=SimpleNamespace(id=str(n)))))
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["message"] for line in lines] == ["0", "1", "2"]
    assert all(began <= line["at"] <= time.time() for line in lines)


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        Timings(tmp_path / "no" / "t.jsonl")
