import asyncio
import io

import aiohttp
import discord
import pytest
from discord.http import HTTPClient, Route

from bot.rehearsal.faults import Faults
from bot.rehearsal.rest.limits import EVERYWHERE, Limits
from tests.unit.rehearsal.lab import make_lab, serving
from tests.unit.rehearsal.test_messages import refused, send


async def test_a_wrong_token_is_refused() -> None:
    lab = make_lab()
    async with serving(lab):
        http = HTTPClient(asyncio.get_running_loop())
        with pytest.raises(discord.LoginFailure):
            await http.static_login("wrong")
        await http.close()


async def test_a_storm_is_weathered_and_a_file_sent_again_whole() -> None:
    lab, faults = make_lab(), Faults()
    async with serving(lab, faults=faults) as (served, http):
        faults.storm("POST /channels/.*/messages", 3, 0.01)
        file = discord.File(io.BytesIO(b"abc"), "a.csv")
        sent = await send(http, lab.staff.id, content="at last", file=file)
        assert await http.get_from_cdn(sent["attachments"][0]["url"]) == b"abc"
        statuses = [status for _, route, status in served.requests if "messages" in route]
    assert statuses == [429, 429, 429, 200]


async def test_503_is_not_tried_again() -> None:
    lab, faults = make_lab(), Faults()
    async with serving(lab, faults=faults) as (_, http):
        faults.failing("POST", 503, 1)
        assert (await refused(http, lab.staff.id, content="x")).status == 503
    assert lab.world.said(lab.staff) == ()


async def test_a_slow_answer_comes_after_the_deed() -> None:
    lab, faults = make_lab(), Faults()
    posted = asyncio.Event()
    lab.world.subscribe(lambda *_: posted.set())
    async with serving(lab, faults=faults) as (_, http):
        faults.slow("POST", 0.2, 1)
        sending = asyncio.create_task(send(http, lab.staff.id, content="x"))
        await asyncio.wait_for(posted.wait(), 5)
        assert not sending.done()
        await sending


async def test_answers_have_exactly_the_type_json_and_tell_the_limit() -> None:
    lab = make_lab()
    async with serving(lab, limits=Limits()) as (served, _), aiohttp.ClientSession() as session:
        url = f"{served.api_base}/channels/{lab.staff.id}/messages"
        headers = {"Authorization": f"Bot {served.token}"}
        for left in range(5, -1, -1):
            async with session.post(url, headers=headers, json={"content": "x"}) as response:
                assert response.headers["Content-Type"] == "application/json"
                assert response.headers["X-RateLimit-Remaining"] == str(max(left - 1, 0))
                assert response.headers["X-RateLimit-Limit"] == "5"
                body = await response.json()
        assert response.status == 429
        assert 0 < body["retry_after"] <= 5
        assert body["global"] is False
        assert response.headers["Via"]
        assert response.headers["X-RateLimit-Scope"] == "user"
        assert int(response.headers["Retry-After"]) >= body["retry_after"]
    assert len(lab.world.said(lab.staff)) == 5


async def test_an_unknown_route_is_noted() -> None:
    lab = make_lab()
    async with serving(lab) as (served, http):
        with pytest.raises(discord.HTTPException):
            await http.request(Route("GET", "/nowhere"))
        assert served.violations == ["GET /nowhere: the rehearsal has no such route"]
        served.violations.clear()


def test_limits_count_for_each_channel_and_end() -> None:
    now = [100.0]
    limits = Limits(clock=lambda: now[0])
    route = "POST /channels/{channel_id}/messages"
    first = [limits.take(route, {"channel_id": "1"}).allowed for _ in range(6)]
    assert first == [True] * 5 + [False]
    assert limits.take(route, {"channel_id": "2"}).remaining == 4
    now[0] += 5
    assert limits.take(route, {"channel_id": "1"}).allowed


def test_too_much_of_everything_is_limited_everywhere_but_for_interactions() -> None:
    now = [100.0]
    limits = Limits(clock=lambda: now[0])
    for number in range(EVERYWHERE):
        assert limits.take("GET /x", {"channel_id": str(number)}).allowed
    refused_one = limits.take("GET /x", {"channel_id": "y"})
    assert (refused_one.allowed, refused_one.everywhere) == (False, True)
    callback = "POST /interactions/{interaction_id}/{interaction_token}/callback"
    assert limits.take(callback, {"interaction_token": "t"}).allowed
