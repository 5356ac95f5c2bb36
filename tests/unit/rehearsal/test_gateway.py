"""The gateway, heard by the real client over a real socket."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord
import pytest

from bot.rehearsal.gateway.wire import Intent
from tests.unit.rehearsal.gateway_client import (
    BOT,
    CHANNEL,
    GUILD,
    SECOND,
    TOKEN,
    Listening,
    Served,
)


@pytest.fixture
async def served(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    async with Served(monkeypatch).open() as served:
        yield served


async def test_a_client_hears_of_its_servers_and_of_what_is_said(served: Served) -> None:
    async with served.client() as client:
        assert {str(guild.id) for guild in client.guilds} == {GUILD, SECOND}
        served.world.say("hello")
        assert await client.until_heard(1) == ["hello"]
        assert [m.name for m in client.guilds[0].members] == ["intercoder"]  # no members intent
    assert served.violations == []


async def test_content_is_withheld_without_its_intent_but_for_own_and_mentions(
    served: Served,
) -> None:
    async with served.client(discord.Intents(guilds=True, messages=True)) as client:
        served.world.say("a secret")
        served.world.say("own words", BOT)
        served.world.say("<@900> hi")
        assert await client.until_heard(3) == ["", "own words", "<@900> hi"]


async def test_events_without_their_intent_do_not_come(served: Served) -> None:
    async with served.client(discord.Intents(guilds=True)) as client:
        served.world.say("unheard")
        served.world.emit("GUILD_INTEGRATIONS_UPDATE", {"guild_id": GUILD})
        await client.until(lambda: "GUILD_INTEGRATIONS_UPDATE" in client.events)
        assert "MESSAGE_CREATE" not in client.events


@pytest.mark.parametrize("how", ["cut", "code", "op7", "op9"])
async def test_a_broken_connection_is_resumed_and_what_was_missed_comes_once(
    served: Served, how: str
) -> None:
    async with served.client() as client:
        served.world.say("1")
        await client.until_heard(1)
        if how == "op7":
            served.hub.reconnect()
        elif how == "op9":
            served.hub.invalidate(resumable=True)
        else:
            await served.hub.drop(4000 if how == "code" else None)
        served.world.say("2")
        served.world.say("3")
        assert await client.until_heard(3) == ["1", "2", "3"]
        await client.until(lambda: "RESUMED" in client.events)
        served.world.say("4")
        assert await client.until_heard(4) == ["1", "2", "3", "4"]
        assert client.events.count("READY") == 1
        assert served.hub.resumed == 1


@pytest.mark.parametrize("how", ["invalidate", "forget", "refuse"])
async def test_a_session_that_cannot_be_resumed_begins_anew_without_what_was_missed(
    served: Served, how: str
) -> None:
    async with served.client() as client:
        if how == "invalidate":
            served.hub.invalidate(resumable=False)
        else:
            if how == "refuse":
                served.hub.refuse_resumes()
            await served.hub.drop(4000, forget=how == "forget")
        served.world.say("missed")
        await client.until(lambda: client.events.count("READY") == 2)
        served.world.say("heard")
        assert (await client.until_heard(1))[-1] == "heard"
        assert served.hub.resumed == 0


async def test_more_than_is_kept_cannot_be_resumed(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.rehearsal.gateway.session.KEPT", 3)
    async with served.client() as client:
        await served.hub.drop(4000)
        for number in range(4):
            served.world.say(str(number))
        await client.until(lambda: client.events.count("READY") == 2)
        assert client.texts == []


async def test_events_can_be_lost_doubled_shuffled_and_late(served: Served) -> None:
    say, hub = served.world.say, served.hub
    async with served.client() as client:
        hub.lose(2)
        for text in "abc":
            say(text)
        assert await client.until_heard(1) == ["c"]
        hub.double(1)
        say("d")
        assert await client.until_heard(3) == ["c", "d", "d"]
        hub.shuffle(4)
        for text in "efgh":
            say(text)
        late = (await client.until_heard(7))[3:]
        assert sorted(late) == list("efgh")
        assert late != list("efgh")
        hub.delay(0.05)
        say("i")
        hub.delay(0)
        say("j")  # not before the one that is late
        assert (await client.until_heard(9))[7:] == ["i", "j"]
        assert (hub.events.lost, hub.events.doubled) == (2, 1)


async def test_heartbeats_are_answered_and_their_lateness_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Served(monkeypatch, heartbeat=0.05).open() as served, served.client() as client:
        await served.hub.until_beats(3)
        assert client.latency < 1
        assert all(-0.05 < late < 1 for late in served.hub.heartbeat_delays)
    assert served.violations == []


async def test_two_shards_hear_of_their_own_servers(served: Served) -> None:
    class Sharded(Listening, discord.AutoShardedClient):
        pass

    async with served.client(kind=Sharded, shard_count=2) as client:
        shards = {str(guild.id): guild.shard_id for guild in client.guilds}
        assert shards == {GUILD: 1, SECOND: 0}
        served.world.say("once")
        served.world.say("twice")
        assert await client.until_heard(2) == ["once", "twice"]
        assert served.hub.ready == 2


@asynccontextmanager
async def connected(served: Served, query: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{served.gateway}?{query}") as socket,
    ):
        yield socket


def identify(**changed: Any) -> dict[str, Any]:
    return {"op": 2, "d": {"token": TOKEN, "intents": 1, "properties": {}} | changed}


@pytest.mark.parametrize(
    ("payloads", "code"),
    [
        ([identify(token="wrong")], 4004),  # noqa: S106
        ([identify(intents=1 << 30)], 4013),
        ([identify(intents=int(Intent.CONTENT))], 4014),
        ([identify(shard=[2, 2])], 4010),
        ([identify(), identify()], 4005),
        ([{"op": 3, "d": {}}], 4003),
        ([{"op": 99, "d": {}}], 4001),
        (["no json"], 4002),
        ([identify(properties="x" * 5000)], 4002),
        ([identify(), {"op": 11, "d": None}], 4001),
        ([{"op": 1, "d": None}] * 121, 4008),
    ],
)
async def test_what_the_gateway_refuses_it_closes_with_discords_code_and_notes(
    monkeypatch: pytest.MonkeyPatch, payloads: list[Any], code: int
) -> None:
    served = Served(monkeypatch, disallowed=Intent.CONTENT)
    async with served.open(), connected(served, "v=10&encoding=json") as socket:
        for payload in payloads:
            text = payload if isinstance(payload, str) else json.dumps(payload)
            await socket.send_str(text)
        async with asyncio.timeout(5):
            async for _ in socket:
                pass
        assert socket.close_code == code
    assert served.violations[0].startswith(f"gateway: closed with {code}")


async def test_heartbeats_that_stay_away_end_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    served = Served(monkeypatch, heartbeat=0.02)
    async with served.open(), connected(served, "v=10&encoding=json") as socket:
        await socket.send_json(identify())
        heard = [json.loads(message.data) async for message in socket]
        assert socket.close_code == 4009
    session = next(given["d"]["session_id"] for given in heard if given["t"] == "READY")
    async with served.open(), connected(served, "v=10&encoding=json") as socket:
        resume = {"token": TOKEN, "session_id": session, "seq": 1}
        await socket.send_json({"op": 6, "d": resume})
        await socket.receive()
        assert json.loads((await socket.receive()).data)["d"] is False


async def test_a_zlib_stream_is_one_stream_of_flushed_pieces(served: Served) -> None:
    query = "v=10&encoding=json&compress=zlib-stream"
    async with connected(served, query) as socket:
        await socket.send_json(identify())
        context, names = zlib.decompressobj(), []
        for _ in range(4):
            data = (await socket.receive()).data
            assert data.endswith(b"\x00\x00\xff\xff")
            names.append(json.loads(context.decompress(data))["t"])
        assert names == [None, "READY", "GUILD_CREATE", "GUILD_CREATE"]


async def test_members_are_given_by_id_and_all_of_them_only_with_the_intent(
    served: Served,
) -> None:
    async with served.client() as client:
        guild = client.get_guild(int(GUILD))
        assert guild is not None
        assert [m.name for m in await guild.query_members(user_ids=[700])] == ["anna"]
        assert client.get_channel(int(CHANNEL)) is not None


async def test_the_gateway_itself_can_fail(served: Served) -> None:
    served.faults.failing("GET /gateway", 503, 1)
    with pytest.raises(aiohttp.WSServerHandshakeError) as failed:
        async with connected(served, "v=10&encoding=json"):
            pass
    assert failed.value.status == 503
