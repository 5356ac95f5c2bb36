from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest
from asking import Asking
from hypothesis import given
from hypothesis import strategies as st
from staff_room import CODES, GROUPS, Room

from bot.domain.codebook import Code
from bot.domain.coding import Act
from bot.gateway.views.correct import CodeSelect, Target, Turn, Undo, menu, open_menu
from bot.storage.rows import Account, StoredMessage

TARGET = Target("1" * 20, "2" * 20)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    opened = await Room.open(tmp_path)
    await opened.set_up()
    await opened.begin()
    yield opened
    await opened.close()


async def clicked(kind: type[Any], component: Any, asking: Asking) -> Any:
    """Do as the library does with a click on a message that another process sent."""
    match = kind.__discord_ui_compiled_template__.fullmatch(component.custom_id)
    item = await kind.from_custom_id(asking, component.item, match)
    await item.callback(asking)
    return asking


def choose(select: Any, code: str) -> None:
    """Choose as a person would: among the options that are shown."""
    assert code in [option.value for option in select.item.options]
    select.item._values = [code]


def items(asking: Asking) -> list[Any]:
    view: discord.ui.View = asking.answer["view"]
    return list(view.children)


async def opened(room: Room, stored: StoredMessage) -> Asking:
    asking = room.ask()
    await asking.response.defer()
    await open_menu(asking, room.desk, stored)  # type: ignore[arg-type]
    return asking


async def test_a_long_codebook_opens_at_the_present_code(room: Room) -> None:
    asking = await opened(room, await room.say(1, code="C30"))
    select, *buttons = items(asking)
    assert [o.value for o in select.item.options] == [c.code for c in CODES[25:50]]
    (marked,) = [o for o in select.item.options if o.label.startswith("✓")]
    assert (marked.value, marked.label, marked.description) == (
        "C30",
        "✓ Title 30",
        "C30: what 30 means",
    )
    assert not any(o.default for o in select.item.options)
    assert [b.item.label for b in buttons] == ["Page 1", "Page 3 of 3", "Undo my last"]


async def test_choosing_corrects_and_undo_takes_it_back(room: Room) -> None:
    stored = await room.say(1)
    select = items(await opened(room, stored))[0]
    choose(select, "C02")
    corrected = await clicked(CodeSelect, select, room.ask())
    assert corrected.text == "Noted: **C02** (it was C01)."
    assert corrected.answer["embeds"][0].title == "C02: Title 02"
    undone = await clicked(Undo, items(corrected)[-1], room.ask())
    assert undone.text == "Taken back: the code is **C01** again."
    assert "verified by people" not in str(undone.answer["embeds"][0].to_dict())
    looked = await room.desk.review.look(stored)
    assert [(c.act, c.code) for c in looked.codings[1:]] == [
        (Act.CORRECTED, "C02"),
        (Act.WITHDRAWN, "C01"),
    ]


async def test_choosing_the_present_code_confirms_it(room: Room) -> None:
    select = items(await opened(room, await room.say(1)))[0]
    choose(select, "C01")
    assert (await clicked(CodeSelect, select, room.ask())).text == "Confirmed: **C01**."


async def test_undo_under_anothers_decision_says_that_it_stays(room: Room) -> None:
    stored = await room.say(1)
    menu_items = items(await opened(room, stored))
    choose(menu_items[0], "C02")
    await clicked(CodeSelect, menu_items[0], room.ask())
    other = await room.desk.review.coder(Account("discord", "77"))
    await room.desk.review.decide(stored, other, "C03")
    undone = await clicked(Undo, menu_items[-1], room.ask())
    assert undone.text == "Taken back: the code stays **C03**."


async def test_with_nothing_to_undo_it_says_so(room: Room) -> None:
    menu_items = items(await opened(room, await room.say(1)))
    asking = await clicked(Undo, menu_items[-1], room.ask())
    assert asking.answer["ephemeral"] is True
    assert "view" not in asking.answer


async def test_the_pages_turn_in_a_circle(room: Room) -> None:
    asking = await opened(room, await room.say(1))
    seen = []
    for _ in range(3):
        select, _, onward, _ = items(asking)
        seen.append(select.item.options[0].value)
        asking = await clicked(Turn, onward, room.ask())
    assert seen == ["C00", "C25", "C50"]
    assert items(asking)[0].item.options[0].value == "C00"


async def test_another_persons_roles_are_looked_up_at_the_click(room: Room) -> None:
    undo = items(await opened(room, await room.say(1)))[-1]
    stranger = Asking(room.client, guild=room.guild)
    assert not await undo.interaction_check(stranger)


async def test_a_message_of_another_thread_is_not_found(room: Room) -> None:
    stored = await room.say(1)
    view = menu(Target(str(GROUPS[1]), stored.message.id), CODES, None)
    asking = await clicked(Undo, view.children[-1], room.ask())
    assert "is stored in this study" in asking.text


async def test_a_short_codebook_has_one_page() -> None:
    assert [type(i) for i in menu(TARGET, CODES[:25], "C01").children] == [CodeSelect, Undo]
    two = menu(TARGET, CODES[:26], None)
    assert [type(i) for i in two.children] == [CodeSelect, Turn, Undo]


async def test_a_codebook_that_became_shorter_shows_its_last_page() -> None:
    view = menu(Target("1", "2", 7), CODES[:30], None)
    select: Any = view.children[0]
    assert [o.value for o in select.item.options] == [c.code for c in CODES[25:30]]


TEXTS = st.text(min_size=1, max_size=200)


@given(
    st.lists(
        st.builds(Code, TEXTS, TEXTS, TEXTS), min_size=1, max_size=60, unique_by=lambda c: c.code
    )
)
async def test_any_codebook_makes_a_menu_that_discord_takes(codes: list[Code]) -> None:
    for page in range(-(-len(codes) // 25)):
        target = Target(TARGET.thread, TARGET.message, page)
        view = menu(target, codes, codes[0].code)
        payload = view.to_components()
        (select,) = payload[0]["components"]
        assert len(select["custom_id"]) <= 100
        assert 0 < len(select["placeholder"]) <= 150
        assert 0 < len(select["options"]) <= 25
        values = [option["value"] for option in select["options"]]
        assert len(set(values)) == len(values)
        for option in select["options"]:
            for part in ("label", "value", "description"):
                assert 0 < len(option[part]) <= 100
        ids = [c["custom_id"] for row in payload for c in row["components"]]
        assert len(set(ids)) == len(ids)
