"""The program's own log: from the level of the settings up, and never what participants wrote."""

from itertools import islice

import pytest

from bot.commands.logs import _lines
from bot.encoding.spec import Architecture
from bot.inference.local import LocalEngine
from bot.services.decide import Decider
from bot.services.tails import Tails
from bot.storage import codings
from tests.command_line import intercoder, rows, write

SECRETS = ("hidden-words", "hidden-speaker", "hidden-thread", "hidden-message", "hidden-coder")


@pytest.fixture
def talk(tmp_path):
    """Return a file in which all that is anybody's begins with "hidden"."""
    given = [
        row
        | {
            "comment": f"hidden-words {n}",
            "speaker": f"hidden-speaker-{n % 3}",
            "thread_id": "hidden-thread",
            "message_id": f"hidden-message-{n}",
            "coder": "hidden-coder",
        }
        for n, row in enumerate(rows(1, 1))
    ]
    return write(tmp_path / "talk.csv", given, list(given[0]))


@pytest.fixture
def replayed(tmp_path, talk, tiny_bundle, capsys):
    """Return a function that replays the file and gives the log and what the console got."""

    def replay(*before: str) -> tuple[str, str]:
        bundle = tiny_bundle(Architecture.PAIR).path
        database = tmp_path / "a.db"
        ended = intercoder(*before, "replay", talk, "--bundle", bundle, "--database", database)
        return capsys.readouterr().err, ended.out + ended.err

    return replay


def test_its_level_is_that_of_the_settings(replayed, monkeypatch):
    assert replayed()[0] == "", "by default it tells of what goes wrong alone"
    monkeypatch.setenv("INTERCODER_LOG__LEVEL", "info")
    assert "store opened" in replayed()[0]
    monkeypatch.setenv("INTERCODER_LOG__LEVEL", "error")
    assert replayed()[0] == ""
    assert "store opened" in replayed("--debug")[0]


def test_a_level_that_is_none_is_said_by_commands_that_need_settings(replayed, monkeypatch):
    monkeypatch.setenv("INTERCODER_LOG__LEVEL", "loud")
    assert "INTERCODER_LOG__LEVEL = 'loud' cannot be used" in replayed()[1]
    assert intercoder("--version").code == 0


def _fail(*_: object, **__: object) -> object:
    raise RuntimeError(f"as a library might put it: {', '.join(SECRETS)}")


@pytest.mark.parametrize(
    ("part", "name", "logged"),
    [
        (LocalEngine, "score", "messages stay pending"),
        (Decider, "_encode", "a turn of coding failed"),
        (Tails, "before", "a turn of coding failed"),
        (codings, "_append", "messages stay pending"),
    ],
)
@pytest.mark.parametrize("debug", [(), ("--debug",)], ids=["plain", "debug"])
def test_nobodys_words_or_names_are_in_it(replayed, monkeypatch, part, name, logged, debug):
    monkeypatch.setenv("INTERCODER_LOG__LEVEL", "debug")
    monkeypatch.setattr(part, name, _fail)
    log, console = replayed(*debug)
    assert logged in log
    assert ("EngineError" if part is LocalEngine else "RuntimeError") in log
    assert "hidden" not in log
    if debug:  # whoever sits at the terminal has asked for all there is
        assert "test_logs.py" in log or "Traceback" in console
    else:
        assert "hidden" not in console


def test_errors_that_caused_each_other_are_told_once():
    """As when the cause of a wrapping error is raised again while that is handled."""
    inner = ValueError("hidden-words")
    try:
        try:
            raise RuntimeError from inner
        except RuntimeError:
            raise inner  # noqa: B904 - the circle is what this is about
    except ValueError:
        told = list(islice(_lines(inner), 5))
    assert [text.rsplit("\n", 1)[-1] for text in told] == ["ValueError", "RuntimeError"]
