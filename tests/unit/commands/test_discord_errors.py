"""What Discord refuses is one sentence that says what to do, and quotes nothing."""

from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest

from bot.commands.discord_errors import DiscordError, speaking_of_discord
from bot.settings import DiscordSettings


def closed(code: int) -> discord.ConnectionClosed:
    return discord.ConnectionClosed(cast("Any", SimpleNamespace()), shard_id=None, code=code)


def answered(status: int) -> discord.HTTPException:
    response = cast("Any", SimpleNamespace(status=status, reason="no"))
    return discord.HTTPException(response, "hidden-words")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (discord.LoginFailure("hidden-token"), "Reset Token"),
        (discord.PrivilegedIntentsRequired(None), "Message Content Intent"),
        (closed(4004), "Reset Token"),
        (closed(4011), "INTERCODER_DISCORD__SHARDS=auto"),
        (closed(4999), "discordstatus"),
        (answered(502), "HTTP 502"),
        (discord.GatewayNotFound(), "INTERCODER_DISCORD__GATEWAY_URL"),
        (aiohttp.ClientConnectionError("hidden-host"), "check the network"),
        (TimeoutError(), "cannot be reached"),
        (AttributeError("hidden", name="sequence", obj=None), "INTERCODER_DISCORD__GATEWAY_URL"),
    ],
)
def test_it_is_a_sentence_with_what_to_do(error, said):
    with pytest.raises(DiscordError) as told, speaking_of_discord(DiscordSettings()):
        raise error
    assert said in str(told.value)
    assert "hidden" not in str(told.value)
    assert str(told.value).endswith(".")


def test_our_own_faults_are_not_discords():
    with pytest.raises(KeyError), speaking_of_discord(DiscordSettings()):
        raise KeyError("own")
    with pytest.raises(AttributeError), speaking_of_discord(DiscordSettings()):
        raise AttributeError("own", name="sequence", obj=1)
