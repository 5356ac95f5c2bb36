"""The queue as a person clicks through it, at a real study."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord
import pytest
from asking import Asking
from clicks import button, choose, embed, everything, select, submit, use
from staff_room import CODER, CODES, GROUPS, Room

from bot.domain.codebook import Code, Codebook
from bot.domain.coding import Act, Seen
from bot.gateway.views.queue import NOTE_FORM, QueueButton, QueueSelect
from bot.services.desk import Setup
from bot.storage.rows import Account, Coder

PERSON = 42


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    opened = await Room.open(tmp_path)
    await opened.set_up()
    await opened.begin()
    await share(opened, 0.0)
    yield opened
    await opened.close()


async def share(room: Room, audit: float) -> None:
    await room.client.desks.set_up("700", Setup("The lab", audit_share=audit))


async def person(room: Room, number: int = PERSON) -> Coder:
    return await room.desk.review.coder(Account("discord", str(number)))


async def opened(room: Room, order: str = "sequential", number: int = PERSON) -> Asking:
    asking = Asking(room.client, CODER, guild=room.guild, number=number)
    return await room.give(room.review, "next", order, ask=asking)


async def codings(room: Room) -> list[tuple[str, str, Act]]:
    return [
        (m.text, c.code, c.act)
        async for coded in room.store.transcripts.stream(room.desk.study.id)
        for m in coded.discussion.messages
        for c in coded.codings.get(m.id, ())
        if c.coder == (await person(room)).name
    ]


async def test_one_click_a_message_and_the_next_is_there_at_once(room: Room) -> None:
    for n in (1, 2):
        await room.say(n, f"words {n}", code="C30")
    first = await opened(room)
    assert embed(first).footer.text == "0 of 2 done"
    assert "▶ **ann**: words 1" in str(embed(first).description)
    assert "C30: Title 30" in everything(first)
    second = await choose(room, first, "C30")
    assert second.text == "Confirmed: **C30: Title 30** for message 1."
    assert embed(second).footer.text == "1 of 2 done"
    assert "▶ **ann**: words 2" in str(embed(second).description)
    assert "**ann**: words 1" in str(embed(second).description)
    last = await choose(room, second, "C31")
    assert last.text.splitlines() == [
        "Stored: **C31: Title 31** for message 2.",
        "**Nothing is left for you.** You have coded 2 messages.",
    ]
    assert await codings(room) == [
        ("words 1", "C30", Act.CONFIRMED),
        ("words 2", "C31", Act.CORRECTED),
    ]


async def test_a_second_click_codes_nothing_else(room: Room) -> None:
    for n in (1, 2, 3):
        await room.say(n, f"words {n}")
    first = await opened(room)
    await choose(room, first, "C02")
    again = await choose(room, first, "C03")
    assert "did nothing" in again.text
    assert "words 2" in str(embed(again).description)
    # In another window, where nobody knows what is shown:
    other = await choose(room, first, "C04", on=2)
    assert other.text.startswith("Nothing changed: you have coded message 1 as **C02: Title 02**")
    assert [(t, c) for t, c, _ in await codings(room)] == [("words 1", "C02")]


async def test_undo_twice_by_one_hand_takes_back_once(room: Room) -> None:
    for n in (1, 2, 3):
        await room.say(n, f"words {n}")
    second = await choose(room, await opened(room), "C02")
    third = await choose(room, second, "C03")
    back = await use(room, button(third, "Undo"))
    assert back.text == "Taken back: decide anew."
    assert "▶ **ann**: words 2" in str(embed(back).description)
    await use(room, button(third, "Undo"))
    assert [a for _, _, a in await codings(room)].count(Act.WITHDRAWN) == 1
    await use(room, button(back, "Undo"))
    assert [a for _, _, a in await codings(room)].count(Act.WITHDRAWN) == 2
    nothing = await use(room, button(back, "Undo"), on=3)
    assert nothing.text.startswith("Nothing of yours is left to take back")
    assert "view" in nothing.answer


async def test_a_blind_coder_reads_no_code_of_anybody(room: Room) -> None:
    stored = await room.say(1, "words 1", code="C31")
    other = await person(room, 77)
    await room.desk.review.decide(stored, other, "C32", "surely")
    await room.desk.assigning.assign(await person(room), blind=True)
    shown = await opened(room)
    told = everything(shown).replace(str(select(shown).item.to_component_dict()), "")
    assert "Blind: " in told
    assert not any(word in told for word in ("C31", "C32", "Title 3", "surely", "✓", "70 %"))
    assert [o.value for o in select(shown).item.options] == [c.code for c in CODES[:25]]
    done = await choose(room, shown, "C05")
    assert done.text.startswith("Stored: **C05: Title 05**")
    mine = [c for c in await room.store.codings.of_message(stored.id) if c.coder != other.name]
    assert [(c.code, c.act, c.seen) for c in mine if c.confidence is None] == [
        ("C05", Act.CODED, Seen.NOTHING)
    ]
    back = await use(room, button(done, "Undo"))
    assert "Blind: " in everything(back)
    assert "C31" not in everything(back)


async def test_the_audit_is_blind_for_everybody_in_every_way_to_look(room: Room) -> None:
    await share(room, 1.0)
    stored = await room.say(1, "words 1", code="C30")
    link = stored.message.id
    seen = await opened(room)
    looked = await room.give(room.code, "show", link)
    menu = room.ask()
    message: Any = SimpleNamespace(id=int(link), channel=SimpleNamespace(id=GROUPS[0]))
    await room.code.correct_code(menu, message)  # type: ignore[arg-type]
    for asking in (seen, looked, menu):
        assert "Blind: " in everything(asking)
        assert not any(w in everything(asking) for w in ("C30", "Title 30", "70 %", "✓"))
    await room.give(room.code, "set_code", link, "C02")
    after = await room.give(room.code, "show", link)
    assert "C30" in everything(after)


async def test_unsure_skip_flag_and_notes(room: Room) -> None:
    for n in (1, 2, 3):
        await room.say(n, f"words {n}")
    first = await opened(room)
    flagged = await use(room, button(first, "Flag as edge case"))
    assert embed(flagged).footer.text == "0 of 3 done · flagged as an edge case"
    assert "words 1" in str(embed(flagged).description)
    plain = await use(room, button(flagged, "No edge case"))
    assert embed(plain).footer.text == "0 of 3 done"
    second = await use(room, button(plain, "Skip"))
    assert "words 2" in str(embed(second).description)
    third = await use(room, button(second, "Unsure"))
    assert embed(third).footer.text == "1 of 3 done"
    back = await choose(room, third, "C02")
    assert "▶ **ann**: words 1" in str(embed(back).description)
    end = await choose(room, back, "C02")
    assert end.text.endswith("You have coded 2 messages, and marked 1 as unsure.")


async def test_a_flag_clicked_twice_is_there(room: Room) -> None:
    await room.say(1)
    flag = button(await opened(room), "Flag as edge case")
    for _ in range(2):
        flagged = await use(room, flag)
        assert str(embed(flagged).footer.text).endswith("flagged as an edge case")


async def test_a_note_reaches_its_message_when_the_queue_has_gone_on(room: Room) -> None:
    stored = [await room.say(n, f"words {n}") for n in (1, 2)]
    first = await opened(room)
    form = await use(room, button(first, "Note"))
    await choose(room, first, "C05")
    sent = await submit(room, form, "odd", roles=(CODER,))
    assert sent.text == "Noted: odd"
    assert "▶ **ann**: words 2" in str(embed(sent).description)
    notes = [await room.store.notes.of_message(s.id) for s in stored]
    assert [len(n) for n in notes] == [1, 0]


async def test_what_was_read_blind_is_no_correction_when_the_assignment_ended(room: Room) -> None:
    stored = await room.say(1, code="C30")
    task = await room.desk.assigning.assign(await person(room))
    blind = await opened(room)
    await room.desk.assigning.end(task.id)
    asked = await choose(room, blind, "C05")
    assert asked.text.startswith("Nothing is stored: this is no longer to be coded blind.")
    assert "C30" in everything(asked)
    assert await codings(room) == []
    await choose(room, asked, "C31")
    (made,) = [c for c in await room.store.codings.of_message(stored.id) if c.confidence is None]
    assert (made.act, made.seen) == (Act.CORRECTED, Seen.CODES)


async def test_a_note_is_written_in_a_form_that_outlives_the_bot(room: Room) -> None:
    stored = await room.say(1, "words 1")
    first = await opened(room)
    opened_form = await use(room, button(first, "Note"))
    assert NOTE_FORM.template.fullmatch(opened_form.answer["modal"].custom_id)
    sent = await submit(room, opened_form, " an *odd* one ", roles=(CODER,))
    assert sent.text == r"Noted: an \*odd\* one"
    (note,) = await room.store.notes.of_message(stored.id)
    assert note.text == "an *odd* one"
    stranger = await submit(room, opened_form, "mine", roles=())
    assert "staff of a study only" in stranger.text
    assert len(await room.store.notes.of_message(stored.id)) == 1


async def test_the_definitions_are_a_click_away_and_leave_the_queue(room: Room) -> None:
    await room.say(1)
    first = await opened(room)
    book = await use(room, button(first, "Definitions"))
    assert book.answer["ephemeral"] is True
    assert "view" not in book.answer
    await room.desk.conduct.end(await room.desk.conduct.session(), 10**18, room.client.poster())
    long = tuple(Code(c.code, c.title, "word " * 90) for c in CODES)
    await room.set_up(Codebook("book", "Book", "2", long))
    book = await use(room, button(first, "Definitions"), roles=(CODER,))
    assert book.answer["embed"].title == "Book, version 2"
    onward = book.answer["view"].children[0]
    turned = await use(room, onward, roles=(CODER,))
    assert "page 2" in turned.answer["embed"].footer.text


async def test_pages_of_a_long_codebook_stay_on_the_message(room: Room) -> None:
    await room.say(1, code="C30")
    first = await opened(room)
    assert select(first).item.options[0].value == "C25"
    turned = await use(room, button(first, "Page 3 of 3"))
    assert [o.value for o in select(turned).item.options] == [c.code for c in CODES[50:]]
    assert (await choose(room, turned, "C55")).text.startswith("Stored: **C55")


async def test_a_deleted_message_does_not_stop_the_queue(room: Room) -> None:
    await room.say(1, "words 1")
    await room.say(2, "words 2")
    first = await opened(room)
    gone = "600000000000000001"
    assert await room.desk.ingest.deleted(str(GROUPS[0]), gone, discord.utils.utcnow())
    onward = await choose(room, first, "C02")
    assert "deleted by its author" in onward.text
    assert "words 2" in str(embed(onward).description)


async def test_buttons_ask_for_the_present_roles(room: Room) -> None:
    await room.say(1)
    first = await opened(room)
    refused = await choose(room, first, "C02", roles=())
    assert "staff of a study only" in refused.text
    assert await codings(room) == []


async def test_nothing_to_code_says_so_and_looks_again(room: Room) -> None:
    empty = await opened(room)
    assert "no message is yours" in empty.text
    await room.say(1, "words 1")
    found = await use(room, button(empty, "Look again"))
    assert "words 1" in str(embed(found).description)


def test_ids_fit() -> None:
    longest = f"review:unsure:{'9' * 20}:sequential:9999:1"
    assert len(longest) <= 100
    assert QueueButton.__discord_ui_compiled_template__.fullmatch(longest)
    assert not QueueSelect.__discord_ui_compiled_template__.fullmatch("review:code:1:random:0:0")
