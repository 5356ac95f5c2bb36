"""/review assign, progress, adjudicate and units, and /reliability, at a real study."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest
from asking import Asking, member
from clicks import button, choose, embed, everything, labels, select, submit, use
from staff_room import CODER, GROUPS, Room

from bot.domain.codebook import Code, Codebook
from bot.domain.coding import Act, Seen
from bot.domain.errors import InputError
from bot.gateway.cogs.export import FORMATS
from bot.services.desk import Setup
from bot.storage.rows import Account, Arrival, Coder, StoredMessage

SECOND = 43


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    opened = await Room.open(tmp_path)
    await opened.set_up()
    await opened.begin()
    await opened.client.desks.set_up("700", Setup("The lab", audit_share=0.0))
    yield opened
    await opened.close()


def somebody(number: int, *roles: int, bot: bool = False) -> Any:
    made = member(*roles, number=number)
    made.bot = bot  # type: ignore[misc]
    return made


async def person(room: Room, number: int = 42) -> Coder:
    return await room.desk.review.coder(Account("discord", str(number)))


async def differ(room: Room, stored: StoredMessage) -> None:
    for number, code in ((51, "C02"), (52, "C03")):
        coder = await person(room, number)
        await room.desk.assigning.assign(coder)
        await room.desk.queue.code(stored.id, coder, code, f"for {code}")


async def test_an_assignment_says_what_it_means_in_numbers(room: Room) -> None:
    for n in range(1, 5):
        await room.say(n)
    told = await room.give(room.review, "assign", somebody(42, CODER))
    assert told.text.splitlines() == [
        (
            "<@42> is coder **C1** and is to code all messages. In all 4 messages now, 4 left. "
            "What is written later counts, too. Others' codes stay hidden until their own is "
            "stored."
        ),
        "",
        "Assignments:",
        "1. **C1**: all messages; blind",
    ]
    groups = f"<#{GROUPS[0]}>"
    part = await room.give(
        room.review, "assign", somebody(SECOND), 50, groups, " monday ", blind=False
    )
    assert "neither of the study's roles" in part.text
    assert part.text.splitlines()[-1] == (
        f"2. **C2**: 50 % of the messages of <#{GROUPS[0]}> of session monday; may see codes"
    )
    ended = await room.give(room.review, "unassign", 1)
    assert "**C1**" not in ended.text
    with pytest.raises(InputError, match="no assignment 1 is open"):
        await room.give(room.review, "unassign", 1)


async def test_what_cannot_be_assigned_says_why(room: Room) -> None:
    with pytest.raises(InputError, match="that is a bot"):
        await room.give(room.review, "assign", somebody(9, bot=True))
    with pytest.raises(InputError, match="no session of the study follows <#900000000000000009>"):
        await room.give(room.review, "assign", somebody(9), groups="900000000000000009")
    with pytest.raises(InputError, match="no session is called 'friday'"):
        await room.give(room.review, "assign", somebody(9), session="friday")


async def test_progress_of_everybody(room: Room) -> None:
    stored = [await room.say(n) for n in (1, 2)]
    await differ(room, stored[0])
    coder = Asking(room.client, CODER, guild=room.guild, number=51)
    told = await room.give(room.review, "progress", ask=coder)
    rows = [line.split() for line in told.text.splitlines()]
    assert rows[1] == ["coder", "assigned", "coded", "unsure", "left", "pace"]
    assert rows[2] == ["C1*", "2", "1", "0", "1", "████", "50", "%", "-"]
    assert rows[3][0] == "C2"
    assert told.text.endswith("**1 disagreement** to adjudicate: `/review adjudicate`.")


async def test_a_disagreement_is_settled_with_a_reason(room: Room) -> None:
    first, second = await room.say(1, "words 1", code="C30"), await room.say(2, "words 2")
    await differ(room, first)
    await differ(room, second)
    case = await room.give(room.review, "adjudicate")
    told = everything(case)
    assert all(part in told for part in ("**C02**", "(for C02)", "**C03**", "**C30**", "70 %"))
    assert str(embed(case).footer.text).startswith("2 to adjudicate")
    turned = await use(room, button(case, "Page 2 of 3"))
    asked = await choose(room, turned, "C30")
    assert asked.answer["modal"].title == "Decide for C30"
    onward = await submit(room, asked, "it says so")
    assert onward.text == "Adjudicated: **C30: Title 30**."
    assert "words 2" in str(embed(onward).description)
    made = (await room.store.codings.of_message(first.id))[-1]
    assert (made.code, made.act, made.note, made.seen) == (
        "C30",
        Act.ADJUDICATED,
        "it says so",
        Seen.CODES,
    )
    over = await use(room, button(onward, "Skip"))
    assert over.text.startswith("That was the last one.")
    again = await room.give(room.review, "adjudicate")
    end = await submit(room, await choose(room, again, "C03"), "clear")
    assert end.text.splitlines()[-1] == "Nothing is left to adjudicate."


async def test_a_coder_may_not_adjudicate_by_old_buttons_or_forms(room: Room) -> None:
    stored = await room.say(1)
    await differ(room, stored)
    case = await room.give(room.review, "adjudicate")
    asked = await choose(room, case, "C02")
    for refused in (
        await choose(room, case, "C02", roles=(CODER,)),
        await use(room, button(case, "Skip"), roles=(CODER,)),
        await submit(room, asked, "I say", roles=(CODER,)),
    ):
        assert "staff of a study only" in refused.text
    acts = [c.act for c in await room.store.codings.of_message(stored.id)]
    assert Act.ADJUDICATED not in acts


async def test_a_code_that_the_codebook_lost_is_refused(room: Room) -> None:
    await differ(room, await room.say(1))
    case = await room.give(room.review, "adjudicate")
    asked = await choose(room, case, "C09")
    asked.answer["modal"].custom_id = asked.answer["modal"].custom_id[:-16] + "0" * 16
    answered = await submit(room, asked, "because")
    assert "codebook has changed" in answered.text


async def test_a_reason_is_not_lost_with_its_message(room: Room) -> None:
    stored = await room.say(1)
    await differ(room, stored)
    asked = await choose(room, await room.give(room.review, "adjudicate"), "C02")
    gone = stored.message.id
    assert await room.desk.ingest.deleted(str(GROUPS[0]), gone, discord.utils.utcnow())
    answered = await submit(room, asked, "a long reason")
    assert "deleted by its author" in answered.text
    assert "Your reason was: a long reason" in answered.text


async def split(room: Room, number: int, *texts: str) -> list[StoredMessage]:
    found = []
    for n, text in enumerate(texts):
        key = 700_000_000_000_000_000 + number * 10 + n
        said = Arrival(str(GROUPS[0]), str(key), key, "ann", text, discord.utils.utcnow())
        found.append((await room.desk.ingest.receive(said)).stored)
    return found


async def test_split_thoughts_are_joined_kept_apart_and_undone(room: Room) -> None:
    first = await split(room, 1, "I think that", "we should go on because", "it is fair.")
    asked = await room.give(room.review, "units")
    assert labels(asked) == ["Join", "Keep apart", "Undo", "Skip"]
    assert "▶ **ann**: I think that\n▶ **ann**: we should go on" in str(embed(asked).description)
    assert str(embed(asked).footer.text).startswith("2 left")
    second = await use(room, button(asked, "Join"))
    assert second.text == "Joined: one thought."
    late = await use(room, button(asked, "Keep apart"))
    assert late.told == []
    back = await use(room, button(second, "Undo"))
    assert "I think that" in str(embed(back).description)
    skipped = await use(room, button(back, "Skip"))
    assert "it is fair" in str(embed(skipped).description)
    done = await use(room, button(skipped, "Keep apart"))
    assert "I think that" in str(embed(done).description)
    end = await use(room, button(done, "Join"))
    assert "No more thoughts" in end.text
    assert labels(end) == ["Undo"]
    links = await room.store.unit_links.of_discussion(first[0].discussion_id)
    assert {link.message_id: link.joined for link in links} == {
        first[1].message.id: True,
        first[2].message.id: False,
    }


async def test_reliability_is_a_table_and_a_picture(room: Room) -> None:
    with pytest.raises(InputError, match=r"that could be compared|agreement takes two"):
        await room.give(room.reliability, "reliability")
    for n in range(1, 7):
        stored = await room.say(n)
        for number in (51, 52):
            coder = await person(room, number)
            await room.desk.queue.code(stored.id, coder, "C02" if n % 2 else "C03")
    told = await room.give(room.reliability, "reliability", session="monday")
    found = embed(told)
    assert found.title == "Reliability: monday"
    assert "**6** messages coded by two or more" in str(found.description)
    assert "Krippendorff's alpha" in str(found.description)
    assert "C1 / C2" in str(found.fields[0].value)
    assert found.image.url == "attachment://reliability.png"
    assert told.files[0].startswith(b"\x89PNG")


async def test_a_study_has_its_share_of_the_audit(room: Room) -> None:
    told = await room.give(room.study, "setup", audit_share=25.0)
    assert "Blind audit: 25 % of the messages" in told.text
    sampling = await room.store.assignments.sampling(room.desk.study.id)
    assert sampling.audit_share == 0.25


@pytest.mark.parametrize("form", [choice.value for choice in FORMATS])
async def test_every_format_is_handed_over(room: Room, form: str) -> None:
    await room.say(1, "hello there")
    told = await room.give(room.export, "export", form)
    assert len(told.files) == 1
    assert len(told.files[0]) > 50


async def test_what_has_no_wide_layout_says_so(room: Room) -> None:
    await room.say(1)
    with pytest.raises(InputError, match="has no wide layout"):
        await room.give(room.export, "export", "jsonl", layout="wide")
    with pytest.raises(InputError, match="a codebook has no layouts"):
        await room.give(room.export, "export", "qdc", layout="wide")
    assert (await room.give(room.export, "export", "csv", layout="wide")).files


async def test_a_short_codebook_takes_one_page(room: Room) -> None:
    two = Codebook("two", "Two", "1", (Code("A", "Agree"), Code("B", "Bicker")))
    session = await room.desk.conduct.session("monday")
    await room.desk.conduct.end(session, 10**18, room.client.poster())
    await room.set_up(two)
    await room.say(1, code=None)
    found = await room.give(room.review, "next", ask=Asking(room.client, CODER, guild=room.guild))
    assert [o.value for o in select(found).item.options] == ["A", "B"]
    assert labels(found) == [
        *("Unsure", "Skip", "Note", "Undo", "Flag as edge case", "Definitions"),
    ]
