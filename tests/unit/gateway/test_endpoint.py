"""Two settings send the client to another server, also when it resumes; the log keeps quiet."""

import logging

import discord
import pytest
import structlog
import yarl
from discord.http import Route

from bot.domain.discussion import Provenance
from bot.gateway.building import ShardedIntercoderClient, build_client
from bot.gateway.client import IntercoderClient
from bot.gateway.endpoint import home, point, provenance
from bot.gateway.logs import wordless_libraries
from bot.settings import DiscordSettings, Settings

OWN = "http://127.0.0.1:8080/api/v10"


@pytest.fixture(autouse=True)
def discords_own(monkeypatch):
    monkeypatch.setattr(Route, "BASE", Route.BASE)


async def opened(settings: DiscordSettings, url: str) -> str:
    """Return the address that a client opens when the library asks for `url`."""
    client = discord.Client(intents=discord.Intents.none())
    asked = []

    async def connect(address: str, *, compress: int = 0) -> None:
        asked.append(address)

    async def gateway() -> tuple[int, str, None]:
        return 1, "ws://told:9", None

    client.http.ws_connect = connect
    client.http.get_bot_gateway = gateway
    point(client, settings)
    await client.http.ws_connect(url)
    return asked[0]


RESUME = "wss://gateway-us-east1.discord.gg/?v=10&encoding=json&compress=zlib-stream"
FIRST = "wss://gateway.discord.gg/?v=10&encoding=json"


@pytest.mark.parametrize("url", [FIRST, RESUME])
async def test_a_gateway_that_is_set_is_used_for_everything(url):
    settings = DiscordSettings(api_base=OWN, gateway_url="ws://127.0.0.1:8080/gateway")
    address = yarl.URL(await opened(settings, url))
    assert address.with_query(None) == yarl.URL("ws://127.0.0.1:8080/gateway")
    assert address.query == yarl.URL(url).query
    assert Route("GET", "/users/@me").url == f"{OWN}/users/@me"


async def test_another_server_is_asked_for_its_gateway():
    settings = DiscordSettings(api_base=OWN)
    assert (await opened(settings, FIRST)).startswith("ws://told:9")
    assert await opened(settings, RESUME) == RESUME


@pytest.mark.parametrize("url", [FIRST, RESUME])
async def test_discord_is_left_as_it_is(url):
    assert await opened(DiscordSettings(), url) == url


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("https://discord.com/api/v10", Provenance.DISCORD),
        ("https://canary.discord.com/api/v10", Provenance.DISCORD),
        (OWN, Provenance.SELF_HOSTED),
        ("https://notdiscord.com/api", Provenance.SELF_HOSTED),
    ],
)
def test_provenance_follows_from_the_address(base, expected):
    assert provenance(DiscordSettings(api_base=base)) is expected


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("https://canary.discord.com/api/v10", "https://discord.com"),
        (OWN, "http://127.0.0.1:8080"),
        ("https://chat.lab/somewhere/api", "https://chat.lab"),
    ],
)
def test_links_lead_to_where_the_messages_are(base, expected):
    assert home(DiscordSettings(api_base=base)) == expected


@pytest.mark.parametrize(("shards", "count"), [(3, 3), ("auto", None)])
async def test_shards_are_a_setting_and_nothing_else_changes(shards, count):
    settings = Settings(discord=DiscordSettings(shards=shards))
    client = build_client(settings, None, live=False)
    assert isinstance(client, ShardedIntercoderClient)
    assert isinstance(client, IntercoderClient)
    assert client.shard_count == count
    assert not isinstance(build_client(Settings(), None), discord.AutoShardedClient)


async def test_it_hears_messages_and_nothing_of_members():
    client = build_client(Settings(), None, live=False)
    assert dict(client.intents) == dict(discord.Intents.none()) | {
        "guilds": True,
        "guild_messages": True,
        "message_content": True,
    }
    assert client._connection.max_messages is None
    assert client.allowed_mentions.to_dict()["parse"] == []
    assert client._connection.member_cache_flags == discord.MemberCacheFlags.none()


def test_libraries_speak_without_words(capsys):
    structlog.reset_defaults()
    with wordless_libraries():
        try:
            raise ValueError("hidden-words")
        except ValueError:
            logging.getLogger("discord.gateway").exception("hidden-token %s", "hidden-name")
        logging.getLogger("discord.http").debug("hidden-payload")
    said = capsys.readouterr().out
    assert "hidden" not in said
    assert "discord.gateway" in said
    assert "ValueError" in said
    assert "discord.http" not in said
