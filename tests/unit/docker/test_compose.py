"""The compose files: secrets, rights, volumes, the GPU, and the time that stopping takes."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import variables

FOLDER = Path(__file__).parents[3] / "docker"


def read(name: str) -> dict[str, Any]:
    return yaml.safe_load((FOLDER / name).read_text())


def laid_over(below: Any, above: Any) -> Any:
    """Return what compose makes of two files: mappings are merged, all else is replaced."""
    if isinstance(below, dict) and isinstance(above, dict):
        keys = [*below, *(key for key in above if key not in below)]
        return {
            key: laid_over(below[key], above[key])
            if key in below and key in above
            else above.get(key, below.get(key))
            for key in keys
        }
    return above


CPU = read("compose.yaml")
CUDA = laid_over(CPU, read("compose.cuda.yaml"))


@pytest.mark.parametrize("service", ["bot", "training"])
def test_services_have_no_rights_that_they_do_not_need(service):
    found = CPU["services"][service]
    assert found["read_only"] is True
    assert found["tmpfs"] == ["/tmp"]  # noqa: S108 - where the images write, as root may not
    assert found["cap_drop"] == ["ALL"]
    assert found["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in found
    assert "ports" not in found


def test_the_token_is_a_secret_and_never_in_the_environment():
    bot = CPU["services"]["bot"]
    (secret,) = bot["secrets"]
    assert bot["environment"]["INTERCODER_DISCORD__TOKEN"] == ""
    assert bot["environment"]["INTERCODER_DISCORD__TOKEN_FILE"] == f"/run/secrets/{secret}"
    assert CPU["secrets"] == {"discord_token": {"file": "./secrets/discord_token"}}
    assert "secrets" not in CPU["services"]["training"]
    ignored = (FOLDER.parent / ".gitignore").read_text().splitlines()
    assert "docker/secrets/" in ignored


@pytest.mark.parametrize("service", ["bot", "training"])
def test_the_database_lies_in_the_volume_whatever_env_says(service):
    found = CPU["services"][service]
    assert found["volumes"] == ["data:/srv/intercoder/data"]
    assert "data" in CPU["volumes"]
    url = found["environment"]["INTERCODER_DATABASE__URL"]
    assert url == "sqlite+aiosqlite:///data/intercoder.db"


@pytest.mark.parametrize("compose", [CPU, CUDA], ids=["cpu", "cuda"])
def test_only_settings_that_exist_are_set(compose):
    for service in compose["services"].values():
        assert set(service["environment"]) <= set(variables())


def test_stopping_leaves_the_bot_more_than_the_ten_seconds_that_it_may_take():
    bot = CPU["services"]["bot"]
    assert bot["stop_signal"] == "SIGTERM"
    assert int(bot["stop_grace_period"].removesuffix("s")) > 10
    assert bot["restart"] == "unless-stopped"


@pytest.mark.parametrize("compose", [CPU, CUDA], ids=["cpu", "cuda"])
def test_services_build_targets_that_are_there(compose):
    dockerfile = (FOLDER / "Dockerfile").read_text()
    for service in compose["services"].values():
        assert service["build"]["context"] == ".."
        assert service["build"]["dockerfile"] == "docker/Dockerfile"
        assert f"AS {service['build']['target']}\n" in dockerfile


def test_the_gpu_is_reserved_and_used():
    bot, training = CUDA["services"]["bot"], CUDA["services"]["training"]
    assert bot["build"]["target"] == "bot-cuda"
    assert bot["environment"]["INTERCODER_MODEL__DEVICE"] == "cuda"
    for service in (bot, training):
        (device,) = service["deploy"]["resources"]["reservations"]["devices"]
        assert device == {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}
    assert "deploy" not in CPU["services"]["bot"]
    assert bot["secrets"] == ["discord_token"]  # what is laid over takes nothing away
