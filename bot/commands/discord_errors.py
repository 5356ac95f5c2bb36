"""What Discord refuses, and a network that is not there, as one sentence with what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import discord

from bot.domain.errors import IntercoderError
from bot.settings import DiscordSettings

_PORTAL = "https://discord.com/developers/applications"
_CLOSED = {
    4004: f"the token is not accepted (any more): make a new one at {_PORTAL} > Bot > Reset Token",
    4010: "the number of connections does not fit: leave INTERCODER_DISCORD__SHARDS empty, or auto",
    4011: "the bot is in too many servers for one connection: set INTERCODER_DISCORD__SHARDS=auto",
    4012: "this version of the protocol is not spoken there any more: update discord.py",
    4013: "the server does not know an intent that the bot asks for: update discord.py",
}


class DiscordError(IntercoderError):
    """Discord cannot be reached or refuses the bot: why, and what to do."""


@contextmanager
def speaking_of_discord(settings: DiscordSettings) -> Iterator[None]:
    """Turn what the library raises in the block into a DiscordError."""
    try:
        yield
    except discord.LoginFailure:
        raise DiscordError(
            "Discord does not accept the token in INTERCODER_DISCORD__TOKEN: copy it again, or "
            f"make a new one at {_PORTAL} > Bot > Reset Token."
        ) from None
    except discord.PrivilegedIntentsRequired:
        raise DiscordError(
            "the bot may not read what messages say: switch on Message Content Intent at "
            f"{_PORTAL} > Bot, then start again."
        ) from None
    except discord.ConnectionClosed as error:
        why = _CLOSED.get(error.code, "start again; if it goes on, see https://discordstatus.com")
        raise DiscordError(f"Discord closed the connection ({error.code}); {why}.") from None
    except discord.HTTPException as error:
        raise DiscordError(
            f"{settings.api_base} answers with HTTP {error.status}: check "
            "INTERCODER_DISCORD__API_BASE, and https://discordstatus.com, then start again."
        ) from None
    except discord.GatewayNotFound:
        raise DiscordError(
            f"{settings.api_base} names no gateway: set INTERCODER_DISCORD__GATEWAY_URL, or see "
            "https://discordstatus.com, then start again."
        ) from None
    except AttributeError as error:
        # Where the first connection fails, the library looks for what it knows of the last one.
        if error.name != "sequence" or error.obj is not None:
            raise
        where = settings.gateway_url or f"that {settings.api_base} names"
        raise DiscordError(
            f"the gateway ({where}) cannot be reached ({type(error.__context__).__name__}): check "
            "the network and INTERCODER_DISCORD__GATEWAY_URL, then start again."
        ) from None
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise DiscordError(
            f"{settings.api_base} cannot be reached ({type(error).__name__}): check the network "
            "and INTERCODER_DISCORD__API_BASE, then start again."
        ) from None
