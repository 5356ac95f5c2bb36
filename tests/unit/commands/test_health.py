"""A running bot tells that it is well in a file, and `health` judges by it."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.commands.heartbeat import STALE, Beat, beating, judge, read_beat
from bot.commands.json_file import write_json
from bot.domain.errors import InputError
from exports.writing import WritingError
from tests.command_line import intercoder

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


async def test_a_beating_bot_is_well_and_leaves_nothing_behind(tmp_path):
    file = tmp_path / "health.json"
    before = datetime.now(UTC)
    async with beating(file, lambda: None):
        assert before <= read_beat(file).at <= datetime.now(UTC)
        ended = await asyncio.to_thread(intercoder, "health", file)
        assert (ended.code, ended.out) == (0, "The bot is alive and connected.\n")
    assert list(tmp_path.iterdir()) == []


async def test_beats_go_on_and_tell_what_is_wrong_by_then(tmp_path):
    file = tmp_path / "health.json"
    third = asyncio.Event()
    beats = 0

    def problem() -> str | None:
        nonlocal beats
        beats += 1
        if beats == 3:  # by now the second is written
            third.set()
        return None if beats == 1 else "it is not connected"

    async with beating(file, problem, every=0):
        await asyncio.wait_for(third.wait(), 10)
        ended = await asyncio.to_thread(intercoder, "health", file)
    assert (ended.code, ended.err) == (1, "The bot is not well: it is not connected.\n")


async def test_a_change_is_told_at_once_and_nothing_is_written_without_one(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.commands.heartbeat._LOOK", 0)
    written: list[object] = []
    fourth = asyncio.Event()
    found = iter([None, None, "it is not connected", "it is not connected"])

    def problem() -> str | None:
        answer = next(found, None)
        if answer is None and len(written) == 2:
            fourth.set()
        return answer

    monkeypatch.setattr(
        "bot.commands.heartbeat.write_json", lambda _, state: written.append(state["problem"])
    )
    async with beating(tmp_path / "health.json", problem, every=3600):
        await asyncio.wait_for(fourth.wait(), 10)
    assert written[:2] == [None, "it is not connected"]


async def test_a_beat_that_cannot_be_written_is_told_and_ends_nothing(
    tmp_path, monkeypatch, capsys
):
    fourth = asyncio.Event()
    beats = 0

    def write_or_fail(path: Path, figures: Mapping[str, Any]) -> None:
        nonlocal beats
        beats += 1
        if beats == 2:
            raise WritingError("No space is left.")
        if beats == 4:
            fourth.set()
        write_json(path, figures)

    monkeypatch.setattr("bot.commands.heartbeat.write_json", write_or_fail)
    async with beating(tmp_path / "health.json", lambda: None, every=0):
        await asyncio.wait_for(fourth.wait(), 10)
    assert capsys.readouterr().out.count("the bot's state was not written") == 1


@pytest.mark.parametrize(
    ("age", "wrong"),
    [
        (timedelta(0), None),
        (STALE, None),
        (STALE + timedelta(seconds=1), "it last told of itself 46 seconds ago"),
        (-STALE - timedelta(seconds=1), "it last told of itself -46 seconds ago"),
    ],
)
def test_a_bot_that_stands_still_is_not_well(age, wrong):
    assert judge(Beat(NOW - age), NOW) == wrong


def test_where_no_bot_runs_the_exit_code_is_that_of_a_bot_that_is_not_well(tmp_path):
    ended = intercoder("health", tmp_path / "health.json")
    assert ended.code == 1
    assert "no bot writes its state here" in ended.err


@pytest.mark.parametrize("content", ["", "[]", '{"at": "now", "problem": null}', '{"at": 1e300}'])
def test_a_file_that_is_no_state_is_one_sentence(tmp_path, content):
    file = tmp_path / "health.json"
    file.write_text(content)
    with pytest.raises(InputError, match="no state of a bot"):
        read_beat(file)


async def test_somebodys_file_is_not_written_over(tmp_path):
    file = tmp_path / "thesis.json"
    file.write_text(json.dumps({"chapter": 1}))
    with pytest.raises(InputError):
        async with beating(file, lambda: None):
            pytest.fail("it began")
    assert json.loads(file.read_text()) == {"chapter": 1}
