"""What participants read: whole, once, and with nobody mentioned."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_seat import PERSON, STAFF, Seat, message, refused, snowflake, user

from bot.gateway.poster import ChannelPoster
from bot.gateway.splitting import pieces
from bot.services.conduct import PostError

THREAD = 5000


@pytest.fixture
async def seat(tmp_path: Path) -> AsyncIterator[Seat]:
    async def no_pause(_: float) -> None:
        return None

    opened = await Seat.open(tmp_path, no_pause)
    await opened.arrive()
    yield opened
    await opened.close()


@pytest.fixture
def poster(seat: Seat) -> ChannelPoster:
    async def no_pause(_: float) -> None:
        return None

    return ChannelPoster(seat.client, no_pause)


@given(st.text(alphabet=st.sampled_from("ab \n😀"), max_size=300), st.integers(2, 40))
def test_no_word_is_lost_at_a_cut(text, longest):
    found = pieces(text, longest)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(0 < len(p.encode("utf-16-le")) // 2 <= longest for p in found)


def test_a_cut_is_between_paragraphs_if_it_can_be():
    assert pieces("a" * 15 + "\n\n" + "b b b b b b", 20) == ["a" * 15, "b b b b b b"]
    assert pieces("aaaa bbbb cccc", 10) == ["aaaa bbbb", "cccc"]
    assert pieces("  \n") == []


async def test_a_long_text_begins_with_the_message_that_is_returned(seat, poster):
    text = "\n\n".join(["word " * 300] * 3)
    posted: list[int] = []
    seat.wire.on_post = lambda _, message_id: posted.append(message_id)
    assert await poster.post(str(THREAD), text) == posted[0]
    assert len(posted) == 3
    for payload in seat.wire.payloads:
        assert payload["allowed_mentions"]["parse"] == []
        assert payload["enforce_nonce"] is True


async def test_a_failing_server_is_asked_again_with_the_same_nonce(seat, poster):
    failing = iter([True, True])
    asked = seat.client.http.request
    nonces = []

    async def request(route, **rest):
        nonces.append(rest["json"]["nonce"])
        if next(failing, False):
            raise refused(503)
        return await asked(route, **rest)

    seat.client.http.request = request
    await poster.post(str(THREAD), "text")
    assert len(seat.wire.posted) == 1
    assert len(set(nonces)) == 1
    assert len(nonces) == 3


@pytest.mark.parametrize(
    ("status", "said"),
    [(403, "give its role"), (404, "not there any more"), (400, "HTTP 400"), (503, "reached")],
)
async def test_what_cannot_be_posted_is_a_sentence(seat, poster, status, said):
    seat.wire.fail = lambda _: refused(status)
    with pytest.raises(PostError) as error:
        await poster.post(str(THREAD), "text")
    if status == 503:
        assert "HTTP 503" in str(error.value)
    else:
        assert said in str(error.value)
    assert "hidden" not in str(error.value)


async def test_what_a_stop_of_the_bot_cuts_short_is_no_failure_of_the_post(seat, poster):
    """It would be noted as one, and the next start would not post it."""
    await seat.client.close()

    def closed(_):
        return RuntimeError("Session is closed")

    seat.wire.fail = closed
    with pytest.raises(RuntimeError):
        await poster.post(str(THREAD), "text")
    with pytest.raises(RuntimeError):
        await poster.find(str(THREAD), "text", 1)


async def test_its_own_whole_post_is_found_and_nobody_elses(seat, poster):
    text = "\n\n".join(["word " * 300] * 2)
    after = snowflake(-1)
    assert await poster.find(str(THREAD), text, after) is None
    own = await poster.post(str(THREAD), text)
    assert await poster.find(str(THREAD), text, after) == own
    assert await poster.find(str(THREAD), text, own) is None
    last = seat.wire.history[THREAD].pop()
    assert await poster.find(str(THREAD), text, after) is None, "half a scenario is none"
    seat.wire.history[THREAD].append(last | {"author": user(PERSON)})
    assert await poster.find(str(THREAD), text, after) is None


async def test_its_post_is_found_though_the_server_writes_line_ends_in_its_way(seat, poster):
    own = await poster.post(str(THREAD), "one\r\n two")
    seat.wire.history[THREAD][0] |= {"content": "one\ntwo"}
    assert await poster.find(str(THREAD), "one\r\n two", 1) == own


async def test_an_order_key_of_now_is_the_servers_time(seat, poster):
    seat.client.server_time.heard(ahead := snowflake(3600))
    assert 0 <= poster.now() - ahead < 5000 << 22


async def test_the_staff_are_told_in_their_channel_mentioning_nobody(seat):
    assert await seat.client.tell_staff(seat.desk, "<@901> is here")
    assert seat.wire.posted == [(STAFF, "<@901> is here")]
    assert seat.wire.payloads[0]["allowed_mentions"]["parse"] == []
    seat.wire.fail = lambda _: refused(403)
    assert not await seat.client.tell_staff(seat.desk, "what cannot be told is no reason to stop")


async def test_a_message_that_is_no_persons_is_not_found(seat, poster):
    seat.wire.history[THREAD] = [message(snowflake(), "other", thread=THREAD)]
    assert await poster.find(str(THREAD), "other", 0) is None


async def test_what_it_may_not_look_for_is_not_taken_for_missing(seat, poster):
    """Without the right to read history pages are empty; posted again, it would start twice."""
    one = "/channels/{channel_id}/messages/{message_id}"
    seat.wire.fail = lambda route: refused(403) if route.path == one else None
    with pytest.raises(PostError, match="Read Message History"):
        await poster.find(str(THREAD), "text", snowflake(-1))
