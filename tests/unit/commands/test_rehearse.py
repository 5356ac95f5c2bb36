"""What a rehearsal cannot play is said before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.commands.rehearsal_plan import SAMPLE
from tests.command_line import intercoder


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--speed", 0), "--speed 0 cannot be used: give a number from 0.1 up"),
        (("--speed", "fast"), "--speed fast cannot be used: give a number;"),
        (("--load", "--speed", 2), "--speed is not for --load; leave it out"),
        (("--phases", "real"), "--phases is for --load; add --load"),
        (("--load", "--phases", "quick"), "there is no phase 'quick'; name some of real, fast"),
        (("--load", "--phases", ","), "--phases names no phase; name some of real, fast"),
        (("--groups", 50), f"{SAMPLE}: 50 groups are to talk and there are 14; ask for fewer"),
        (("--pictures", "taken"), "taken: this is a file, no folder; choose another place with -"),
        (("--keep", "taken"), "taken: something is there already; name a new folder."),
    ],
)
def test_what_cannot_be_played_is_one_sentence(
    arguments: tuple[object, ...],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("taken").write_text("mine", encoding="utf-8")
    ended = intercoder("rehearse", *arguments)
    assert ended.code == 2
    assert ended.err.startswith(sentence), ended.err
    assert ended.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
