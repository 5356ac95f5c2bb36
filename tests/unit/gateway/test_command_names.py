"""The names of commands and parameters are the interface: researchers have them in their notes."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import discord
import pytest
from discord import app_commands

from bot.gateway.cogs.all import COGS

OPTIONAL = {"session", "thread", "deleted", "audit_share", "target_error", "layout", "force"}
"""Parameters beyond those that were asked for; none of them may be required."""


class FakeClient:
    def __init__(self) -> None:
        self.tree = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))
        self.dynamic: list[object] = []
        self.desks = Mock(all=Mock(return_value=()))

    def add_dynamic_items(self, *items: object) -> None:
        self.dynamic += items

    def remove_dynamic_items(self, *items: object) -> None:
        self.dynamic = [i for i in self.dynamic if i not in items]


async def registered() -> tuple[list[dict[str, Any]], FakeClient]:
    client = FakeClient()
    cogs = [make(client) for make in COGS]  # type: ignore[arg-type]
    for cog in cogs:
        await cog.cog_load()
        for command in cog.get_app_commands():
            client.tree.add_command(command)
    payload = [command.to_dict(client.tree) for command in client.tree.get_commands()]
    dynamic = list(client.dynamic)
    for cog in cogs:
        await cog.cog_unload()
    assert client.dynamic == []
    client.dynamic = dynamic
    return payload, client


def parameters(payload: list[dict[str, Any]]) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = {}

    def walk(command: dict[str, Any], path: str) -> None:
        options = command.get("options", [])
        if command.get("type", 1) > 1 and not path:  # a context menu
            return
        path = f"{path} {command['name']}".strip()
        inner = [o for o in options if o["type"] in (1, 2)]
        for option in inner:
            walk(option, path)
        if not inner:
            found[path] = {o["name"]: o for o in options}

    for command in payload:
        walk(command, "")
    return found


async def test_commands_and_parameters_are_called_as_agreed() -> None:
    payload, _ = await registered()
    named = {
        path: [name for name in options if name not in OPTIONAL or path == "none"]
        for path, options in parameters(payload).items()
    }
    assert named == {
        "study setup": [
            "codebook",
            "scenarios",
            "staff_channel",
            "researcher_role",
            "coder_role",
        ],
        "session start": ["name", "threads"],
        "session status": [],
        "session end": [],
        "scenario start": ["title", "text", "minutes"],
        "scenario next": ["minutes"],
        "scenario list": [],
        "code set": ["message", "code", "note"],
        "code show": ["message"],
        "code note": ["message", "text"],
        "review next": ["order"],
        "review assign": ["coder", "share", "groups", "blind"],
        "review unassign": ["number"],
        "review progress": [],
        "review adjudicate": [],
        "review units": [],
        "reliability": ["units", "blind"],
        "export": ["format"],
        "model status": [],
        "model train": [],
        "model list": [],
        "model promote": ["name"],
        "model rollback": [],
        "codebook show": [],
    }
    menus = sorted((c["name"], c["type"]) for c in payload if c.get("type", 1) > 1)
    assert menus == [("Correct code", 3), ("Show code", 3)]


async def test_what_was_added_is_optional_and_what_is_required_is_plain() -> None:
    payload, _ = await registered()
    required = {
        (path, name)
        for path, options in parameters(payload).items()
        for name, option in options.items()
        if option.get("required")
    }
    assert required == {
        ("session start", "name"),
        ("code set", "message"),
        ("code set", "code"),
        ("code show", "message"),
        ("code note", "message"),
        ("code note", "text"),
        ("review assign", "coder"),
        ("review unassign", "number"),
        ("export", "format"),
        ("model promote", "name"),
    }
    found = parameters(payload)
    assert found["code set"]["code"]["autocomplete"] is True
    assert [c["value"] for c in found["export"]["format"]["choices"]] == [
        "csv",
        "jsonl",
        "xlsx",
        "sav",
        "parquet",
        "convokit",
        "qdpx",
        "html",
        "md",
        "codebook",
        "qdc",
    ]
    assert [c["value"] for c in found["export"]["layout"]["choices"]] == ["long", "wide"]
    orders = found["review next"]["order"]["choices"]
    assert [c["value"] for c in orders] == ["uncertain", "sequential", "below"]
    assert [c["value"] for c in found["study setup"]["deleted"]["choices"]] == ["keep", "remove"]


async def test_every_command_is_for_servers_only() -> None:
    payload, _ = await registered()
    for command in payload:
        contexts = command.get("contexts")
        assert command["dm_permission"] is False or contexts == [0], command["name"]


async def test_buttons_of_earlier_runs_are_listened_to() -> None:
    _, client = await registered()
    names = {item.__name__ for item in client.dynamic}  # type: ignore[attr-defined]
    assert names == {
        "CodeSelect",
        "Undo",
        "Turn",
        "CodebookPage",
        "QueueSelect",
        "QueueButton",
        "Definitions",
        "CaseSelect",
        "CaseButton",
        "UnitButton",
    }


@pytest.mark.parametrize("limit", [100])
async def test_descriptions_fit(limit: int) -> None:
    payload, _ = await registered()

    def descriptions(command: dict[str, Any]) -> list[str]:
        inner = [d for o in command.get("options", []) for d in descriptions(o)]
        return [command["description"], *inner] if "description" in command else inner

    told = [d for command in payload for d in descriptions(command)]
    assert all(0 < len(d) <= limit for d in told)
    assert "…" not in told
