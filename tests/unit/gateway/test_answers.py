from typing import Any
from unittest.mock import Mock

import discord
import pytest
import structlog
from asking import Asking
from discord import app_commands

from bot.domain.errors import InputError, IntercoderError
from bot.gateway.staff.answers import FAILED, GONE, OUTDATED, on_error, sentence
from bot.gateway.staff.roles import REFUSED, TO_KEEPERS
from bot.gateway.staff.tree import StaffTree
from bot.gateway.views.correct import Target, Undo
from bot.storage.live_rows import Server

RESEARCHER, CODER, OTHER = 1, 2, 3
SLASH = discord.InteractionType.application_command
TYPING = discord.InteractionType.autocomplete
SERVER = Server(1, 1, "discord", "700", "9", str(RESEARCHER), str(CODER))


def client(server: Server | None = SERVER) -> Any:
    desk = None if server is None else Mock(server=server)
    return Mock(desks=Mock(of=Mock(return_value=desk)), is_closed=Mock(return_value=False))


@pytest.fixture
def tree() -> StaffTree:
    return StaffTree(discord.Client(intents=discord.Intents.none()))


@pytest.mark.parametrize(
    "name", ["session", "code", "Correct code", "Show code", "export", "study"]
)
async def test_participants_are_refused_in_one_and_the_same_sentence(
    tree: StaffTree, name: str
) -> None:
    for server in (SERVER, None):
        asking = Asking(client(server), OTHER, name=name)
        assert not await tree.interaction_check(asking)  # type: ignore[arg-type]
        assert asking.told == [{"content": REFUSED, "ephemeral": True}]


async def test_who_manages_the_server_is_told_what_they_can_do(tree: StaffTree) -> None:
    asking = Asking(client(), OTHER, name="session", keeper=True)
    assert not await tree.interaction_check(asking)  # type: ignore[arg-type]
    assert asking.told == [{"content": REFUSED + TO_KEEPERS, "ephemeral": True}]
    assert "/study setup" in asking.text


async def test_autocompletion_tells_them_nothing(tree: StaffTree) -> None:
    asking = Asking(client(), OTHER, kind=TYPING)
    assert not await tree.interaction_check(asking)  # type: ignore[arg-type]
    assert asking.told == [{"choices": []}]


async def test_staff_pass_without_an_answer(tree: StaffTree) -> None:
    for role, name in ((RESEARCHER, "session"), (CODER, "code"), (CODER, "Show code")):
        asking = Asking(client(), role, name=name)
        assert await tree.interaction_check(asking)  # type: ignore[arg-type]
        assert asking.told == []


async def test_a_coder_does_not_conduct(tree: StaffTree) -> None:
    asking = Asking(client(), CODER, name="session")
    assert not await tree.interaction_check(asking)  # type: ignore[arg-type]


async def test_outside_a_server_nothing_works(tree: StaffTree) -> None:
    asking = Asking(client(), RESEARCHER, keeper=True)
    asking.guild_id = None
    assert not await tree.interaction_check(asking)  # type: ignore[arg-type]


async def test_a_button_asks_for_the_present_roles_too() -> None:
    button = Undo(Target("1", "2"))
    allowed, refused = Asking(client(), CODER), Asking(client(), OTHER)
    assert await button.interaction_check(allowed)  # type: ignore[arg-type]
    assert not await button.interaction_check(refused)  # type: ignore[arg-type]
    assert refused.told == [{"content": REFUSED, "ephemeral": True}]


async def test_a_click_that_fails_is_answered() -> None:
    asking = Asking(client(None), CODER)
    await Undo(Target("1", "2")).callback(asking)  # type: ignore[arg-type]
    assert asking.text == "This server holds no study yet; begin with /study setup."
    assert asking.answer["ephemeral"] is True


def invoke_error(original: Exception) -> app_commands.CommandInvokeError:
    command = Mock(spec=app_commands.Command)
    command.name = "set"
    return app_commands.CommandInvokeError(command, original)


async def test_what_a_person_can_mend_is_said(tree: StaffTree) -> None:
    asking = Asking(client(), CODER)
    await tree.on_error(asking, invoke_error(InputError("no session runs", "start one")))  # type: ignore[arg-type]
    assert asking.told == [{"content": "No session runs; start one.", "ephemeral": True}]


async def test_after_deferring_it_is_said_in_a_follow_up() -> None:
    asking = Asking(client(), CODER)
    await asking.response.defer()
    await on_error(asking, IntercoderError("it is locked"))  # type: ignore[arg-type]
    assert asking.told == [{"content": "It is locked", "ephemeral": True}]


def test_who_has_left_the_server_is_no_fault_of_ours() -> None:
    kind = discord.AppCommandOptionType.user
    transformer = Mock(_error_display_name="Member")
    assert sentence(app_commands.TransformerError("Paul Pry", kind, transformer)) == GONE


def test_a_file_keeps_its_name_at_the_beginning() -> None:
    assert sentence(InputError("bad", "mend it", source="codes.csv")) == "codes.csv: bad; mend it."


async def test_anything_else_is_logged_without_its_words() -> None:
    asking = Asking(client(), CODER)
    with structlog.testing.capture_logs() as logs:
        await on_error(asking, invoke_error(ValueError("what Anna wrote")))  # type: ignore[arg-type]
    assert asking.text == FAILED
    (line,) = logs
    assert line["event"] == "a command failed"
    assert "Anna" not in str(line)


async def test_a_command_of_another_version_says_what_to_do() -> None:
    assert sentence(app_commands.CommandNotFound("old", [])) == OUTDATED


async def test_an_answer_that_comes_too_late_breaks_nothing() -> None:
    asking = Asking(client(), CODER)
    late = discord.NotFound(Mock(status=404, reason=""), {"code": 10062, "message": "Unknown"})
    asking.response.send_message = Mock(side_effect=late)  # type: ignore[method-assign]
    with structlog.testing.capture_logs() as logs:
        await on_error(asking, IntercoderError("anything"))  # type: ignore[arg-type]
    assert logs[0]["code"] == 10062


async def test_an_answer_that_cannot_leave_breaks_nothing() -> None:
    asking = Asking(client(), CODER)
    asking.response.send_message = Mock(side_effect=RuntimeError("Session is closed"))  # type: ignore[method-assign]
    with structlog.testing.capture_logs() as logs:
        await on_error(asking, IntercoderError("anything"))  # type: ignore[arg-type]
    assert [line["error"] for line in logs] == ["RuntimeError"]


async def test_a_command_that_the_stop_cut_short_ends_quietly() -> None:
    asking = Asking(client(), CODER)
    asking.client.is_closed.return_value = True
    with structlog.testing.capture_logs() as logs:
        await on_error(asking, invoke_error(RuntimeError("Session is closed")))  # type: ignore[arg-type]
    assert asking.told == []
    assert [line["log_level"] for line in logs] == ["info"]
