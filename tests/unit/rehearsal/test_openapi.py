from pathlib import Path

import pytest

from bot.domain.errors import InputError
from bot.rehearsal.contract.event_schemas import EventSchemas
from bot.rehearsal.contract.openapi import OpenApi
from bot.rehearsal.world.payloads import user_payload
from tests.unit.rehearsal.lab import description, make_lab

MESSAGES = "/channels/{channel_id}/messages"


def test_a_file_that_describes_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"
    path.write_text("{}")
    with pytest.raises(InputError, match="no OpenAPI description is in it"):
        OpenApi(path)
    with pytest.raises(InputError, match=r"nofile: there is no such file; give Discord's"):
        OpenApi(tmp_path / "nofile")
    with pytest.raises(InputError, match="this cannot be read"):
        OpenApi(tmp_path)


def test_a_violation_names_the_place_and_not_the_words() -> None:
    wrong = description().request("POST", MESSAGES, {"content": "secret " * 1000})
    assert wrong == [f"POST {MESSAGES} request: $.content: against maxLength 4000"]
    user = user_payload(make_lab().ada.user)
    del user["username"]
    assert description().object("UserResponse", user, "here") == [
        "here: $: 'username' is a required property"
    ]


def test_queries_and_answers_are_checked_too() -> None:
    checked = description()
    assert checked.query("GET", MESSAGES, {"limit": "100", "after": "0"}) == []
    assert checked.query("GET", MESSAGES, {"limit": "101"}) == [
        f"GET {MESSAGES} query limit: $: against maximum 100"
    ]
    assert checked.response("GET", MESSAGES, 200, b"[]") == []
    assert checked.response("GET", MESSAGES, 200, b'{"a":"secret"}') == [
        f"GET {MESSAGES} response 200: $: against type ['array', 'null']"
    ]
    assert "no such answer" in checked.response("POST", MESSAGES, 204, None)[0]


def test_the_alternative_that_was_meant_is_named() -> None:
    row = {"type": 1, "components": [{"type": 3, "custom_id": "c", "options": [{"label": "x"}]}]}
    wrong = description().request("POST", MESSAGES, {"components": [row]})
    place = f"POST {MESSAGES} request: $.components[0].components[0].options[0]"
    assert wrong == [f"{place}: 'value' is a required property"]


def test_what_is_not_described_passes() -> None:
    assert description().request("POST", "/nowhere", {"a": 1}) == []
    assert description().response("GET", "/nowhere", 200, b"{}") == []


def test_events_are_as_described() -> None:
    lab = make_lab()
    violations: list[str] = []
    lab.world.subscribe(EventSchemas(description(), violations).check)
    said = lab.world.say(lab.group, lab.ada, "hi", attachments=["a.png"], stickers=["wave"])
    lab.world.say(lab.group, lab.ben, "yes", reply_to=said["id"])
    lab.world.say(lab.group, lab.ben, "no", webhook=True)
    lab.world.edit(said["id"], "ho")
    lab.world.archive(lab.group)
    lab.guild.add_channel("cases", "forum").add_thread("post", owner=lab.ada, text="go")
    first = lab.world.say(lab.talk, lab.ada, "open")
    lab.talk.add_thread("opened", from_message=first["id"])
    lab.talk.deny(lab.guild.me, "view_channel")
    lab.talk.allow(lab.guild.me, "view_channel")
    lab.world.emit("GUILD_CREATE", lab.world.guild_create(lab.guild.id), lab.guild.id)
    assert violations == []
    lab.world.emit("MESSAGE_CREATE", {**said, "id": 5}, lab.guild.id)
    assert violations == ["MESSAGE_CREATE: $.id: against type string"]
