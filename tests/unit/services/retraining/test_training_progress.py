"""Lines of progress, and the file that keeps the last one."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.retraining.noting import noting
from bot.services.retraining.progress import Kept, Progress, keep, kept_in, parse

NOW = datetime(2026, 3, 2, 3, tzinfo=UTC)


def test_a_line_is_read():
    line = b'{"stage": "training", "done": 3, "total": 9, "text": "step", "more": 1}'
    assert parse(line) == Progress("training", 3, 9, "step")
    assert parse(b'{"stage": "gold", "done": 0, "total": 0}') == Progress("gold", 0, 0, "")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"[" * 9_000,
        b'{"stage": "a", "done": -1, "total": 2}',
        b'{"stage": "a", "done": true, "total": 2}',
        b'{"stage": 1, "done": 1, "total": 2}',
        b'{"stage": "a", "done": 1, "total": 1e3}',
        b'{"stage": "a", "done": 1, "total": 99999999999999}',
        b'{"stage": "a", "done": NaN, "total": 2}',
    ],
)
def test_anything_else_is_no_progress(line):
    assert parse(line) is None


@given(st.binary(max_size=300))
def test_no_line_is_an_error(line: bytes) -> None:
    parse(line)


def test_a_text_is_one_short_line():
    found = parse(
        b'{"stage": "a", "done": 1, "total": 2, "text": "x\\u001b[31m\\ny' + b"z" * 900 + b'"}'
    )
    assert found is not None
    assert found.text.startswith("x [31m yzz")
    assert len(found.text) == 200


def test_what_is_kept_is_found_again(tmp_path: Path) -> None:
    assert kept_in(tmp_path) is None
    told = Kept(Progress("training", 3, 9, "step"), NOW + timedelta(seconds=60), NOW)
    keep(tmp_path, told)
    assert kept_in(tmp_path) == told
    (tmp_path / "progress.json").write_text("{")
    assert kept_in(tmp_path) is None
    keep(tmp_path / "gone", told)  # no disk is no reason to end a training


def test_the_time_left_is_that_of_the_stage_at_its_pace():
    told = Kept(Progress("training", 3, 9, ""), NOW + timedelta(seconds=60), NOW)
    assert told.left() == timedelta(seconds=120)
    assert Kept(Progress("training", 0, 9, ""), NOW + timedelta(seconds=60), NOW).left() is None
    set_back = Kept(Progress("training", 3, 9, ""), NOW - timedelta(hours=1), NOW)
    assert set_back.left() is None


async def test_the_last_of_many_is_noted_and_nothing_after_the_end(tmp_path: Path) -> None:
    times = iter(NOW + timedelta(seconds=n) for n in range(-2, 3))
    async with noting(tmp_path, lambda: next(times)) as note:
        note(Progress("gold", 1, 1, ""))
        note(Progress("training", 5, 9, ""))
        note(Progress("training", 9, 9, ""))
        note(Progress("training", 1, 9, ""))
        note(Progress("training", 2, 9, ""))
        while kept_in(tmp_path) is None:
            await asyncio.to_thread(kept_in, tmp_path)
    told = kept_in(tmp_path)
    assert told == Kept(
        Progress("training", 2, 9, ""), NOW + timedelta(seconds=2), NOW + timedelta(seconds=1)
    )
