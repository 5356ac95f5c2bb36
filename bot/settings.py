"""Typed settings from INTERCODER_ variables and a .env file; built once, passed down."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.cron import crontab
from bot.domain.errors import IntercoderError
from bot.inference.kinds import DeviceKind, EngineKind

PREFIX = "INTERCODER_"
DELIMITER = "__"
DEBUG = "INTERCODER_DEBUG"
"""Read by the command line itself, before any settings are: it is no setting of the bot."""

_TOKEN_LIKE = re.compile(r"\s*[^/\\]{40,}")  # longer than names of files are, and no folder in it


class SettingsError(IntercoderError):
    """A setting that cannot be used: names its variable, the value, and what to do."""


def database_url(value: str) -> str:
    """Return the URL of a database that is given as a URL, or as the path of an SQLite file.

    Raises ValueError, whose text is the remedy.
    """
    if "://" not in value:
        return f"sqlite+aiosqlite:///{Path(value).expanduser()}"
    known = ("sqlite+aiosqlite:///", "postgresql+asyncpg://")
    if not value.startswith(known):
        raise ValueError(
            "begin it with sqlite+aiosqlite:/// or postgresql+asyncpg://, or give a file's path"
        )
    return value


def _web_address(value: str) -> str:
    if not value.startswith(("https://", "http://", "wss://", "ws://")):
        raise ValueError("begin it with https:// (or wss:// for the gateway)")
    return value.rstrip("/")


def _thread_count(value: object) -> int | None:
    number = str(value).strip()
    if value is None:
        return None
    if not (number.isascii() and number.isdigit()) or not 1 <= int(number) <= 256:
        raise ValueError("give a whole number from 1 to 256, or leave it empty")
    return int(number)


def _shard_count(value: object) -> int | str | None:
    text = str(value).strip().lower()
    if value is None or text == "auto":
        return None if value is None else text
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= 4096:
        raise ValueError("give auto or a whole number from 1 to 4096, or leave it empty")
    return int(text)


def _filled(value: str | None) -> str | None:
    return None if value is None else value.strip() or None


def _secret(file: Path) -> str:
    """Return the one word that `file` holds; raises ValueError, whose text is the remedy."""
    try:
        words = file.read_text(encoding="utf-8").split()
    except OSError as error:
        raise ValueError(f"name a file that this user may read ({error.strerror})") from None
    except UnicodeDecodeError:
        words = []
    if len(words) != 1:
        raise ValueError("name a file that holds the token and nothing else")
    return words[0]


def _secret_file(file: Path | None) -> Path | None:
    if file is not None:
        _secret(file)
    return file


WebAddress = Annotated[str, AfterValidator(_web_address)]


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class DiscordSettings(_Group):
    """How the bot reaches Discord; another address serves rehearsals."""

    token_file: Annotated[Path | None, AfterValidator(_secret_file)] = None
    """Read in place of `token`, where it is not to stand in the environment."""
    token: Annotated[SecretStr | None, Field(validate_default=True)] = None
    api_base: WebAddress = "https://discord.com/api/v10"
    gateway_url: WebAddress | None = None
    shards: Annotated[int | Literal["auto"] | None, BeforeValidator(_shard_count)] = None
    """Connections to the gateway; "auto": as many as Discord advises."""

    @field_validator("token")
    @classmethod
    def _of_file(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        file = info.data.get("token_file")
        if file is None:
            return token
        if token is not None and token.get_secret_value():
            raise ValueError("empty it, or INTERCODER_DISCORD__TOKEN_FILE: one of them is enough")
        return SecretStr(_secret(file))


class DatabaseSettings(_Group):
    """Where messages and codings are stored."""

    url: Annotated[str, AfterValidator(database_url)] = "sqlite+aiosqlite:///data/intercoder.db"


class ModelSettings(_Group):
    """The coder and what it runs on."""

    bundle: Path = Path("data/bundles/starter")
    engine: EngineKind = "auto"
    device: DeviceKind = "auto"
    threads: Annotated[int | None, BeforeValidator(_thread_count)] = None


class TrainingSettings(_Group):
    """What training may use."""

    discord_permission: Annotated[str | None, AfterValidator(_filled)] = None
    """The reference of Discord's permission; None: what came through it is left out."""


class RetrainingSettings(_Group):
    """When and how a better coder is made from what people verified."""

    cron: Annotated[str, AfterValidator(crontab)] = "0 3 * * *"
    """When, in UTC, as minute, hour, day, month, weekday; "off": only when asked for."""
    min_new: Annotated[int, Field(ge=1)] = 50
    """Verified codes that must be new since the last retraining."""
    during_session: Literal["skip", "run"] = "skip"
    threads: Annotated[int, Field(ge=1, le=256)] = 1
    """Cores that the training may take; it always gives way to the bot."""
    memory_gb: Annotated[float, Field(ge=1)] = 6.0
    """Memory that the training may take, and that must be free when it starts."""
    timeout_minutes: Annotated[int, Field(ge=1)] = 180
    gold_share: Annotated[float, Field(gt=0, lt=0.5)] = 0.2
    """Share of the groups that judge and never teach."""
    min_gold: Annotated[int, Field(ge=1)] = 30
    """Gold records of a code from which on its fall counts."""
    margin: Annotated[float, Field(ge=0, le=1)] = 0.1
    """By how much the recall of such a code may fall."""
    tolerance: Annotated[float, Field(ge=0, le=1)] = 0.02
    """By how much the accuracy may be lower for all that the gold groups can tell: a coder that
    is truly worse by that much is promoted by luck in about one of 20 tries."""


class LogSettings(_Group):
    """What the program reports about itself; never what participants write."""

    level: Literal["debug", "info", "warning", "error"] = "warning"


class Settings(BaseSettings):
    """All settings; an empty variable counts as not given."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=DELIMITER,
        env_ignore_empty=True,
        env_file_encoding="utf-8",
        extra="ignore",  # names are checked by _check_names, which can suggest the right one
        frozen=True,
        hide_input_in_errors=True,
    )

    discord: DiscordSettings = DiscordSettings()
    database: DatabaseSettings = DatabaseSettings()
    model: ModelSettings = ModelSettings()
    training: TrainingSettings = TrainingSettings()
    retraining: RetrainingSettings = RetrainingSettings()
    log: LogSettings = LogSettings()


def variables() -> dict[str, Any]:
    """Return every setting's variable with its default, in the order of the classes."""
    return {
        f"{PREFIX}{group}{DELIMITER}{name}".upper(): default
        for group, values in Settings.model_construct().model_dump().items()
        for name, default in values.items()
    }


def load_settings(env_file: Path | None = Path(".env")) -> Settings:
    """Read the environment and `env_file` (the environment wins; no file is no error).

    Raises SettingsError for an unknown name or a value that cannot be used. A secret's value
    is never part of the sentence.
    """
    try:
        _check_names(env_file)
        options: dict[str, Any] = {"_env_file": env_file}  # no field, so unknown to type checkers
        return Settings(**options)
    except ValidationError as error:
        raise SettingsError(_sentence(error, env_file)) from None
    except UnicodeDecodeError:
        raise SettingsError(f"{env_file} is not UTF-8 text; save it as UTF-8.") from None
    except OSError as error:
        raise SettingsError(f"{env_file} cannot be read ({error.strerror}).") from None


def _given(env_file: Path | None) -> Iterator[tuple[str, str, str]]:
    """Yield (variable, value, where it stands) of everything with our prefix."""
    if env_file is not None and env_file.is_file():
        for name, value in dotenv_values(env_file, encoding="utf-8", interpolate=False).items():
            if name.upper().startswith(PREFIX):
                yield name.upper(), value or "", str(env_file)
    for name, value in os.environ.items():
        if name.upper().startswith(PREFIX):
            yield name.upper(), value, "the environment"


def _check_names(env_file: Path | None) -> None:
    known = [*variables(), DEBUG]
    for name, _, where in _given(env_file):
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            remedy = f"did you mean {close[0]}?" if close else "see .env.example for the names."
            raise SettingsError(f"{name} in {where} is not a setting; {remedy}")


def _sentence(error: ValidationError, env_file: Path | None) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = [str(part) for part in first["loc"]]
    name = (PREFIX + DELIMITER.join(path[:2])).upper()
    values = {given: value for given, value, _ in _given(env_file)}
    shown = _harmless(name, values.get(name, ""))
    remedy = first["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    lead = "" if first["type"] == "value_error" else "give "
    return f"{name} = {shown} cannot be used; {lead}{remedy}."


def _harmless(name: str, value: str) -> str:
    # A path is no secret, but a token may have been put in its place.
    if name.endswith("TOKEN") or (name.endswith("TOKEN_FILE") and _TOKEN_LIKE.fullmatch(value)):
        return "(a secret)"
    return repr(re.sub(r"//[^/@]*@", "//***@", value))  # user and password of an address
