from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from bot.domain.errors import InputError
from bot.rehearsal.play.pictures import Pictures
from bot.rehearsal.play.shown import Shown
from bot.rehearsal.staff.menus import option_of, select_of

SELECT = {
    "type": 3,
    "custom_id": "codes",
    "placeholder": "Choose the code",
    "options": [
        {"label": "AG: agrees", "value": "AG", "default": True},
        {"label": "DIS: does not", "value": "DIS"},
    ],
}
MENU = [
    {"type": 1, "components": [{"type": 2, "label": "Undo"}]},
    {"type": 1, "components": [SELECT]},
]


def drawn(payload: dict[str, object]) -> str:
    console = Console(file=io.StringIO(), width=80)
    console.print(Shown({"12": "group-1"}).message(payload))
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def test_a_message_is_shown_as_a_client_does() -> None:
    embed = {
        "title": "Session",
        "description": "**5** in <#12>",
        "fields": [{"name": "Codes", "value": "```\nAG  3\n```"}],
        "color": 255,
    }
    text = drawn({"content": r"\*plain\* and [here](https://x)", "embeds": [embed], "flags": 64})
    for part in ("*plain* and here", "Session", "5 in #group-1", "AG  3", "only you can see this"):
        assert part in text
    assert "**" not in text
    assert "```" not in text


def test_a_menu_shows_its_options() -> None:
    text = drawn({"components": MENU})
    assert "▾ Choose the code" in text
    assert "● AG: agrees" in text
    assert "Undo" in text


def test_a_person_takes_the_option_of_a_code_or_another_than_the_chosen() -> None:
    select = select_of(MENU)
    assert option_of(select, "AG") == "AG"
    assert option_of(select, None) == "DIS"
    with pytest.raises(InputError, match="no menu"):
        select_of([])


def test_pictures_are_drawn_once_a_name(tmp_path: Path) -> None:
    pictures = Pictures(tmp_path / "new", Shown({}))
    for number in range(2):
        pictures.draw("panel", "The panel", {"content": f"number {number}"})
    assert pictures.drawn == [tmp_path / "new" / "panel.svg"]
    drawn = pictures.drawn[0].read_text(encoding="utf-8")
    assert "number&#160;1" in drawn
    assert "url(http" not in drawn  # a page with the picture asks no other server for anything


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (900, "ends in 15 minutes."),
        (59, "ends in 59 seconds."),
        (3600, "ends in 1 hour."),
        (-61, "ends 1 minute ago."),
        (200_000, "ends in 2 days."),
    ],
)
def test_a_time_from_now_reads_as_one(seconds: int, shown: str) -> None:
    now = datetime(2026, 3, 1, 10, tzinfo=UTC)
    text = Shown({}, clock=lambda: now).text(f"ends <t:{int(now.timestamp()) + seconds}:R>.")
    assert text.plain == shown
