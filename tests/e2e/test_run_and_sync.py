"""The real bot against a Discord of our own: it starts, says what is wrong, and stops in time."""

from pathlib import Path

import pytest

from bot.domain.codebook import codebook_from_codes
from bot.rehearsal.gateway.wire import Intent
from bot.rehearsal.play.bot_process import BotProcess
from bot.rehearsal.play.stand_in import stand_in
from bot.rehearsal.server import Loopback
from bot.rehearsal.world.world import World
from tests.command_line import ROOT
from tests.tiny import LABELS

STUDY = ROOT / "training/sample_study/discussions.csv"
BOOK = codebook_from_codes(LABELS, "tiny")


def settings(loopback: Loopback, folder: Path, **other: str) -> dict[str, str]:
    return {
        "INTERCODER_DISCORD__TOKEN": loopback.token,
        "INTERCODER_DISCORD__API_BASE": loopback.api_base,
        "INTERCODER_DATABASE__URL": str(folder / "study.db"),
        "INTERCODER_MODEL__BUNDLE": str(folder / "bundle"),
        "INTERCODER_MODEL__ENGINE": "fake",
    } | {f"INTERCODER_DISCORD__{name}": value for name, value in other.items()}


async def ended(given: dict[str, str], folder: Path, *arguments: str) -> tuple[int, str]:
    """Run the bot to its own end; return its exit code and what it said."""
    if not (folder / "bundle").exists():
        stand_in(folder / "bundle", BOOK)
    process = BotProcess(given, folder, arguments or ("run",))
    await process.start()
    code = await process.until_end()
    return code, "\n".join(process.lines)


async def test_a_wrong_token_is_one_sentence(tmp_path):
    wrong = {"INTERCODER_DISCORD__TOKEN": "my-secret"}
    async with Loopback(World()) as loopback:
        code, said = await ended(settings(loopback, tmp_path) | wrong, tmp_path)
    assert code == 2
    assert "INTERCODER_DISCORD__TOKEN" in said
    assert said.count("\n") == 0
    assert "my-secret" not in said


async def test_a_missing_intent_is_one_sentence(tmp_path):
    async with Loopback(World(), disallowed=Intent.CONTENT) as loopback:
        code, said = await ended(settings(loopback, tmp_path), tmp_path)
    assert code == 2
    assert "Message Content Intent" in said
    assert said.count("\n") == 0


async def test_no_network_is_one_sentence(tmp_path):
    async with Loopback(World()) as loopback:
        given = settings(loopback, tmp_path)
    code, said = await ended(given, tmp_path)
    assert code == 2
    assert f"{given['INTERCODER_DISCORD__API_BASE']} cannot be reached" in said
    assert said.count("\n") == 0


@pytest.mark.parametrize("shards", ["", "1"])  # the library waits five seconds before a second
async def test_it_says_that_it_is_there_and_stops_when_it_is_told(tmp_path, shards):
    stand_in(tmp_path / "bundle", BOOK)
    world = World()
    world.add_guild("lab")
    async with Loopback(world) as loopback:
        bot = BotProcess(settings(loopback, tmp_path, SHARDS=shards), tmp_path)
        await bot.start()
        try:
            await bot.until_line("Intercoder is in 1 server; 0 with a study")
            assert await bot.stop() < 10
        finally:
            await bot.kill()
    assert bot.code == 143
    assert loopback.violations == []


async def test_a_database_has_one_bot_and_whoever_else_reads_or_writes(tmp_path):
    world = World()
    world.add_guild("lab")
    async with Loopback(world) as loopback:
        given = settings(loopback, tmp_path)
        stand_in(tmp_path / "bundle", BOOK)
        bot = BotProcess(given, tmp_path)
        await bot.start()
        try:
            await bot.until_line("Intercoder is in")
            code, said = await ended(given, tmp_path)
            assert code == 2
            assert "study.db: another bot is running on this database" in said
            assert said.count("\n") == 0
            assert (await ended(given, tmp_path, "import", str(STUDY)))[0] == 0
            assert (await ended(given, tmp_path, "export", "--out", "study.csv"))[0] == 0
        finally:
            await bot.kill()
        bot = BotProcess(given, tmp_path)  # one that was killed keeps nobody out
        await bot.start()
        try:
            await bot.until_line("Intercoder is in")
        finally:
            await bot.kill()


async def test_sync_registers_in_every_server_and_prints_the_link(tmp_path):
    world = World()
    guild = world.add_guild("lab")
    async with Loopback(world) as loopback:
        given = settings(loopback, tmp_path)
        assert (await ended(given, tmp_path, "sync"))[0] == 0
        names = {command["name"] for command in world.commands[guild.id]}
        code, said = await ended(given, tmp_path, "sync", "--guild", "17")
    assert {"study", "session", "scenario", "code", "Correct code"} <= names
    assert code == 2
    assert "the bot is not in server 17" in said
    assert not (tmp_path / "study.db").exists()
    assert loopback.violations == []
