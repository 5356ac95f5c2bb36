"""Chats as DiscordChatExporter writes them; everybody in them is invented."""

import json
from pathlib import Path

PEOPLE = {
    "ada": ("1001", "ada_k", "Ada"),
    "adam": ("1002", "adam.q", "Adam"),
    "zoe": ("1003", "zoe", "Zoë 🦊"),
    "bot": ("9000", "coder", "Coder"),
}


def person(key, **changes):
    identity, name, nickname = PEOPLE[key]
    given = {
        "id": identity,
        "name": name,
        "discriminator": "0000",
        "nickname": nickname,
        "color": None,
        "isBot": key == "bot",
        "roles": [],
        "avatarUrl": "https://example.invalid/a.png",
    }
    return given | changes


def said(number, who, content, mentions=(), **changes):
    given = {
        "id": f"70{number:03d}",
        "type": "Default",
        "timestamp": f"2024-05-31T14:{number:02d}:07.123+02:00",
        "timestampEdited": None,
        "callEndedTimestamp": None,
        "isPinned": False,
        "content": content,
        "author": person(who),
        "attachments": [],
        "embeds": [],
        "stickers": [],
        "reactions": [],
        "mentions": [person(m) for m in mentions],
        "inlineEmojis": [],
    }
    return given | changes


def reply(number, who, content, to, **changes):
    reference = {"messageId": f"70{to:03d}", "channelId": "555", "guildId": "42"}
    return said(number, who, content, type="Reply", reference=reference, **changes)


def chat(*messages, **changes):
    given = {
        "guild": {"id": "42", "name": "Ethics lab", "iconUrl": "https://example.invalid/i.png"},
        "channel": {
            "id": "555",
            "type": "GuildPublicThread",
            "categoryId": "554",
            "category": "lab",
            "name": "group-1",
            "topic": None,
        },
        "dateRange": {"after": None, "before": None},
        "exportedAt": "2024-06-01T09:00:00+02:00",
        "messages": list(messages),
        "messageCount": len(messages),
    }
    return given | changes


def write_chat(path: Path, *messages, **changes) -> Path:
    """Write a chat as the program does: indented."""
    text = json.dumps(chat(*messages, **changes), ensure_ascii=False, indent=2)
    path.write_text(text, encoding="utf-8")
    return path
