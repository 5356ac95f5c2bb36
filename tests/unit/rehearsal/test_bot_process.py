from __future__ import annotations

from pathlib import Path

import pytest

from bot.rehearsal.play.bot_process import BotError, BotProcess


async def test_a_bot_that_cannot_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    bot = BotProcess({"INTERCODER_NONSENSE": "1"}, tmp_path)
    await bot.start()
    with pytest.raises(BotError, match=r"exit code 2.*INTERCODER_NONSENSE"):
        await bot.until_line("Intercoder is in")
    assert await bot.stop() == 0.0


async def test_a_bot_is_killed_at_once(tmp_path: Path) -> None:
    bot = BotProcess({}, tmp_path, ["doctor"])
    await bot.start()
    await bot.kill()
    assert bot.code == -9


def test_a_bot_that_was_not_started_has_no_id(tmp_path: Path) -> None:
    with pytest.raises(BotError, match="was not started"):
        _ = BotProcess({}, tmp_path).id
