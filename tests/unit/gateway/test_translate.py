"""What counts as a message, and what its text is."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest
from live_seat import PERSON, ROBOT, Seat, message, snowflake, thread, user

from bot.domain.discussion import Provenance
from bot.gateway.translate import arrival
from bot.storage.rows import Account, Arrival

THREAD = snowflake(-60)


@pytest.fixture
async def seat(tmp_path: Path) -> AsyncIterator[Seat]:
    async def no_pause(_: float) -> None:
        return None

    opened = await Seat.open(tmp_path, no_pause)
    await opened.arrive(thread(THREAD))
    yield opened
    await opened.close()


def translated(seat: Seat, text: str = "hello", **other: Any) -> Arrival | None:
    state = seat.client._connection
    data: Any = message(snowflake(), text, thread=THREAD, **other)
    channel: Any = seat.client.get_channel(THREAD)
    return arrival(discord.Message(state=state, channel=channel, data=data), Provenance.DISCORD)


def attachment(name: str, kind: str | None = None) -> dict[str, Any]:
    given = {"id": "1", "filename": name, "size": 1, "url": "http://x", "proxy_url": "http://x"}
    return given if kind is None else given | {"content_type": kind}


def test_a_persons_message_is_all_that_is_known_of_it(seat):
    found = translated(seat)
    assert found is not None
    assert (found.thread_id, found.order_key) == (str(THREAD), int(found.external_id))
    assert found.author == Account("discord", str(PERSON))
    assert found.sent_at == discord.utils.snowflake_time(found.order_key)
    assert (found.text, found.reply_to, found.provenance) == ("hello", None, Provenance.DISCORD)


@pytest.mark.parametrize(
    ("text", "other", "expected"),
    [
        ("see", {"attachments": [attachment("a.png", "image/png")]}, "see [image]"),
        ("", {"attachments": [attachment("a.MP3"), attachment("b.mp4")]}, "[audio] [video]"),
        ("", {"attachments": [attachment("notes"), attachment("a.pdf")]}, "[file] [file]"),
        (
            "",
            {"sticker_items": [{"id": "1", "name": "Wave", "format_type": 1}]},
            "[sticker: Wave]",
        ),
        ("<@901> and <@!902> look", {}, "[mention] and [mention] look"),
        ("  ", {}, "[no text]"),
    ],
)
def test_what_is_attached_is_named(seat, text, other, expected):
    found = translated(seat, text, **other)
    assert found is not None
    assert found.text == expected


@pytest.mark.parametrize(
    "other",
    [
        {"author": user(ROBOT, bot=True)},
        {"webhook_id": "77"},
        {"type": 7},  # somebody joined
        {"type": 18},  # a thread was opened
        {"type": 21},  # a thread's first message, of which the original is gone
    ],
)
def test_what_no_person_said_is_no_message(seat, other):
    assert translated(seat, **other) is None


def test_a_reply_keeps_what_it_replies_to(seat):
    reference = {"message_id": "4711", "channel_id": str(THREAD), "type": 0}
    found = translated(seat, type=19, message_reference=reference)
    assert found is not None
    assert found.reply_to == "4711"


def test_the_first_message_of_a_thread_is_what_it_was_opened_from(seat):
    starter = message(1, "the start", thread=200, author=user(PERSON))
    reference = {"message_id": "1", "channel_id": "200", "type": 0}
    found = translated(
        seat,
        "",
        type=21,
        author=user(ROBOT),
        message_reference=reference,
        referenced_message=starter,
    )
    assert found is not None
    assert (found.text, found.author) == ("the start", Account("discord", str(PERSON)))
    assert found.thread_id == str(THREAD)
    robots = message(1, "the start", thread=200, author=user(ROBOT, bot=True))
    given = {"message_reference": reference, "referenced_message": robots}
    assert translated(seat, "", type=21, **given) is None
