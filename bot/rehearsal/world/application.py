"""The bot's application, as its developer portal has it."""

from __future__ import annotations

from bot.rehearsal.world.accounts import User
from bot.rehearsal.world.messages import Json
from bot.rehearsal.world.payloads import user_payload

# The message content intent, granted to an application of fewer than a hundred servers.
CONTENT_INTENT = 1 << 19


def application_payload(bot: User, owner: User) -> Json:
    """Return the application object of a bot: its own, with owner and settings."""
    return {
        "id": bot.id,
        "name": bot.name,
        "icon": None,
        "description": "",
        "type": None,
        "bot": user_payload(bot),
        "bot_public": False,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": CONTENT_INTENT,
        "flags_new": str(CONTENT_INTENT),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user_payload(owner),
        "approximate_guild_count": 1,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": ["bot", "applications.commands"],
    }
