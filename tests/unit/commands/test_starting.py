"""The command line starts fast: help loads nothing heavy, coding with ONNX loads no torch."""

import subprocess
import sys

import pytest

from bot.encoding.spec import Architecture
from tests.command_line import environment, rows, write

HEAVY = ("torch", "transformers", "sklearn", "matplotlib")
SLOW = ("sqlalchemy", "alembic", "onnxruntime", "numpy", "tokenizers", "discord")


def loaded(*arguments: object) -> set[str]:
    """Return the names of the modules that a command loads."""
    program = (
        "import sys\nfrom bot.__main__ import run\n"
        "code = run(sys.argv[1:])\nassert code == 0, code\n"
        "print('LOADED', *sys.modules)"
    )
    command = [sys.executable, "-c", program, *(str(a) for a in arguments)]
    done = subprocess.run(  # noqa: S603 - our own
        command, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rsplit("LOADED", maxsplit=1)[1].split())


@pytest.mark.parametrize("command", [("--help",), ("replay", "--help"), ("--version",)])
def test_help_loads_nothing_heavy_or_slow(command):
    assert not loaded(*command) & {*HEAVY, *SLOW}


def test_a_replay_with_onnx_loads_no_torch(tmp_path, tiny_bundle):
    bundle = tiny_bundle(Architecture.PAIR).path
    file = write(tmp_path / "talk.csv", rows(1, 1))
    found = loaded("replay", file, "--bundle", bundle, "--database", tmp_path / "a.db")
    assert "onnxruntime" in found
    assert not found & set(HEAVY)
