"""`intercoder health` on the real bot: well while it is connected, not well when it is not."""

import asyncio
from pathlib import Path

from bot.domain.codebook import load_codebook
from bot.rehearsal.play.bot_process import BotProcess
from bot.rehearsal.play.stand_in import stand_in
from bot.rehearsal.server import Loopback
from bot.rehearsal.world.world import World
from tests.command_line import ROOT, Ended, intercoder


def settings(loopback: Loopback, folder: Path) -> dict[str, str]:
    token = folder / "token"
    token.write_text(loopback.token + "\n")
    return {
        "INTERCODER_DISCORD__TOKEN_FILE": str(token),
        "INTERCODER_DISCORD__API_BASE": loopback.api_base,
        "INTERCODER_DISCORD__GATEWAY_URL": loopback.gateway_url,
        "INTERCODER_DATABASE__URL": str(folder / "health.db"),
        "INTERCODER_MODEL__BUNDLE": str(folder / "bundle"),
        "INTERCODER_MODEL__ENGINE": "fake",
    }


async def health(file: Path) -> Ended:
    return await asyncio.to_thread(intercoder, "health", file)


async def test_the_bot_of_an_image_is_well_until_it_stops(tmp_path):
    stand_in(tmp_path / "bundle", load_codebook(ROOT / "training/sample_study/codebook.toml"))
    file = tmp_path / "health.json"
    async with Loopback(World()) as loopback:
        arguments = ("run", "--health", str(file))
        bot = BotProcess(settings(loopback, tmp_path), tmp_path, arguments)
        await bot.start()
        try:
            await bot.until_line("Intercoder is in")
            async with asyncio.timeout(20):
                while (await health(file)).code:  # it tells within a second
                    assert bot.code is None
            assert await bot.stop() < 10
        finally:
            await bot.kill()
    assert (await health(file)).code == 1
    assert not file.exists()
