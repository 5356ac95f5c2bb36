"""Settings come from the environment and .env, and a wrong one is one helpful sentence."""

import os
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from dotenv import dotenv_values

from bot.services.retraining.due import next_due
from bot.settings import PREFIX, SettingsError, load_settings, variables

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    for name in os.environ:
        if name.upper().startswith(PREFIX):
            monkeypatch.delenv(name)


def test_without_anything_the_defaults_hold():
    settings = load_settings(None)
    assert settings.discord.token is None
    assert settings.database.url == "sqlite+aiosqlite:///data/intercoder.db"
    assert settings.model.bundle == Path("data/bundles/starter")
    assert (settings.model.engine, settings.model.device) == ("auto", "auto")
    assert settings.model.threads is None


def test_the_example_file_names_every_setting_with_its_default():
    example = dotenv_values(ROOT / ".env.example")
    assert example == {n: "" if v is None else str(v) for n, v in variables().items()}


def test_the_example_file_says_a_word_about_every_setting():
    lines = (ROOT / ".env.example").read_text().splitlines()
    for before, line in pairwise(lines):
        if line.startswith(PREFIX):
            assert before.startswith("# "), line


def test_the_example_file_can_be_used_as_it_is():
    assert load_settings(ROOT / ".env.example") == load_settings(None)


def test_the_environment_wins_over_the_file(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text(
        "INTERCODER_MODEL__ENGINE=torch\nINTERCODER_MODEL__THREADS=3\nOTHER=1\n"
    )
    monkeypatch.setenv("INTERCODER_MODEL__ENGINE", "onnx")
    settings = load_settings(tmp_path / ".env")
    assert (settings.model.engine, settings.model.threads) == ("onnx", 3)


def test_an_empty_variable_counts_as_not_given(monkeypatch):
    monkeypatch.setenv("INTERCODER_DISCORD__TOKEN", "")
    monkeypatch.setenv("INTERCODER_MODEL__THREADS", "")
    assert load_settings(None) == load_settings(None)
    assert load_settings(None).discord.token is None


@pytest.mark.parametrize(("value", "taken"), [("", None), ("  ", None), (" PK-7 ", "PK-7")])
def test_a_permission_is_a_reference_and_not_a_blank(monkeypatch, value, taken):
    monkeypatch.setenv("INTERCODER_TRAINING__DISCORD_PERMISSION", value)
    assert load_settings(None).training.discord_permission == taken


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("MODEL__ENGINE", "onxx", "INTERCODER_MODEL__ENGINE = 'onxx' .*'onnx'"),
        ("MODEL__THREADS", "0", "INTERCODER_MODEL__THREADS = '0' .* from 1 to 256"),
        ("MODEL__THREADS", "two", "INTERCODER_MODEL__THREADS = 'two' .* from 1 to 256"),
        ("DATABASE__URL", "mysql://h/n", "INTERCODER_DATABASE__URL = 'mysql://h/n' .* begin it"),
        ("DISCORD__API_BASE", "discord", "INTERCODER_DISCORD__API_BASE = 'discord' .*https://"),
        ("DISCORD__SHARDS", "many", "INTERCODER_DISCORD__SHARDS = 'many' .*give auto or a whole"),
        ("LOG__LEVEL", "loud", "INTERCODER_LOG__LEVEL = 'loud' .*'warning'"),
    ],
)
def test_a_wrong_value_names_variable_value_and_remedy(monkeypatch, name, value, sentence):
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(SettingsError, match=sentence):
        load_settings(None)


@pytest.mark.parametrize(
    ("given", "days"),
    [
        ("0 3 * * *", {0, 1, 2, 3, 4, 5, 6}),
        ("0 3 * * 0", {6}),
        ("0 3 * * 7", {6}),
        ("0  3 * * 1-5", {0, 1, 2, 3, 4}),
        ("0 3 * * 5-7,WED", {2, 4, 5, 6}),
        ("0 3 * * mon-tue", {0, 1}),
    ],
)
def test_the_weekdays_of_the_nights_are_those_of_a_crontab(monkeypatch, given, days):
    monkeypatch.setenv("INTERCODER_RETRAINING__CRON", given)
    cron = load_settings(None).retraining.cron
    now, met = datetime(2026, 3, 2, tzinfo=UTC), set()
    for _ in range(7):
        now = next_due(cron, now + timedelta(minutes=1))
        met.add(now.weekday())  # 0 is Monday
    assert met == days
    monkeypatch.setenv("INTERCODER_RETRAINING__CRON", cron)  # the process that trains gets it so
    assert load_settings(None).retraining.cron == cron


@pytest.mark.parametrize("given", ["0 3 * * */2", "0 3 * * 8", "0 3 * * 5-2", "0 3 * *", "night"])
def test_a_moment_that_can_be_misread_is_none(monkeypatch, given):
    monkeypatch.setenv("INTERCODER_RETRAINING__CRON", given)
    with pytest.raises(SettingsError, match="give minute, hour, day, month and weekday"):
        load_settings(None)


def test_a_database_may_be_given_as_a_plain_path(monkeypatch):
    monkeypatch.setenv("INTERCODER_DATABASE__URL", "data/x.db")
    assert load_settings(None).database.url == "sqlite+aiosqlite:///data/x.db"
    monkeypatch.setenv("INTERCODER_DATABASE__URL", "/srv/x.db")
    assert load_settings(None).database.url == "sqlite+aiosqlite:////srv/x.db"


def test_a_misspelt_name_is_not_ignored(monkeypatch):
    monkeypatch.setenv("INTERCODER_MODEL_ENGINE", "onnx")
    with pytest.raises(SettingsError, match="did you mean INTERCODER_MODEL__ENGINE"):
        load_settings(None)


def test_a_misspelt_name_in_the_file_is_not_ignored(tmp_path):
    (tmp_path / ".env").write_text("INTERCODER_DISCORD__TOKN=abc\n")
    with pytest.raises(SettingsError, match=r"TOKN in .*\.env is not a setting; did you mean") as e:
        load_settings(tmp_path / ".env")
    assert "abc" not in str(e.value)


def test_secrets_are_never_shown(monkeypatch):
    monkeypatch.setenv("INTERCODER_DISCORD__TOKEN", "my-secret")
    monkeypatch.setenv("INTERCODER_DATABASE__URL", "postgres://me:my-secret@host/name")
    with pytest.raises(SettingsError) as error:
        load_settings(None)
    assert "my-secret" not in str(error.value)
    monkeypatch.delenv("INTERCODER_DATABASE__URL")
    assert "my-secret" not in repr(load_settings(None))


def test_a_token_may_stand_in_a_file_of_its_own(tmp_path, monkeypatch):
    file = tmp_path / "discord_token"
    file.write_text("my-secret\n")
    monkeypatch.setenv("INTERCODER_DISCORD__TOKEN_FILE", str(file))
    monkeypatch.setenv("INTERCODER_DISCORD__TOKEN", "")
    discord = load_settings(None).discord
    assert discord.token is not None
    assert discord.token.get_secret_value() == "my-secret"
    assert "my-secret" not in repr(discord)


@pytest.mark.parametrize("content", [None, b"", b"my-secret = x", b"my-secret\xff"])
def test_a_token_file_that_cannot_be_used_is_one_sentence(tmp_path, monkeypatch, content):
    file = tmp_path / "discord_token"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("INTERCODER_DISCORD__TOKEN_FILE", str(file))
    with pytest.raises(SettingsError, match=r"TOKEN_FILE = '.*' cannot be used; name a file") as e:
        load_settings(None)
    assert "my-secret" not in str(e.value)


def test_a_token_in_both_places_is_refused(tmp_path, monkeypatch):
    file = tmp_path / "discord_token"
    file.write_text("my-secret")
    monkeypatch.setenv("INTERCODER_DISCORD__TOKEN_FILE", str(file))
    monkeypatch.setenv("INTERCODER_DISCORD__TOKEN", "my-other-secret")
    with pytest.raises(SettingsError, match="one of them is enough") as error:
        load_settings(None)
    assert "secret" not in str(error.value).replace("(a secret)", "")


def test_a_token_given_as_its_files_name_is_not_shown(monkeypatch):
    monkeypatch.setenv("INTERCODER_DISCORD__TOKEN_FILE", f"{'letters' * 4}.abcdef.{'x' * 27}")
    with pytest.raises(SettingsError, match=r"\(a secret\)") as error:
        load_settings(None)
    assert "letters" not in str(error.value)


def test_a_token_file_without_a_folder_is_named(monkeypatch):
    monkeypatch.setenv("INTERCODER_DISCORD__TOKEN_FILE", "discord_token.txt")
    with pytest.raises(SettingsError, match=r"TOKEN_FILE = 'discord_token\.txt' cannot be used"):
        load_settings(None)


def test_a_file_that_is_not_utf8_is_one_sentence(tmp_path):
    (tmp_path / ".env").write_bytes(b"INTERCODER_LOG__LEVEL=\xff\xfe\n")
    with pytest.raises(SettingsError, match="is not UTF-8"):
        load_settings(tmp_path / ".env")
