"""A process in the place of the one that trains: it does what the test asks of it, and no more.

`python stand_in.py HOW FOLDER`; what is to be written lies in FOLDER's neighbour `given`.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

HOW, FOLDER = sys.argv[1], Path(sys.argv[2])
GIVEN = FOLDER.parent.parent / "given"


def say(stage: str, done: int = 1, total: int = 1) -> None:
    line = json.dumps({"stage": stage, "done": done, "total": total, "text": ""})
    os.write(1, f"{line}\n".encode())


def wait() -> None:
    """Wait for a signal, for ever."""
    threading.Event().wait()


def watch_parent() -> None:
    from bot.services.retraining.manners import give_way  # noqa: PLC0415

    give_way(4)


def decide() -> None:
    (FOLDER / "records.csv").write_text("what people wrote")
    if (GIVEN / "bundle").is_dir():
        shutil.copytree(GIVEN / "bundle", FOLDER / "bundle")
    if (GIVEN / "confusion.png").is_file():
        shutil.copy(GIVEN / "confusion.png", FOLDER / "confusion.png")
    shutil.copy(GIVEN / "result.json", FOLDER / "result.json")


def hang() -> None:
    say("training", 2, 9)
    wait()


def be_deaf() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # only SIGKILL ends it
    hang()


def hang_on_a_leash() -> None:
    watch_parent()
    hang()


def decide_with_a_child() -> None:
    code = "import signal, threading; signal.signal(15, signal.SIG_IGN); threading.Event().wait()"
    # It keeps the pipes and the lock, as a worker of a library would.
    subprocess.Popen([sys.executable, "-c", code], close_fds=False)  # noqa: S603 - our own
    say("training", 2, 9)
    decide()


def flood() -> None:
    for _ in range(8):
        os.write(1, b"x" * 100_000)
        os.write(2, b"y" * 100_000)
    os.write(1, b"\n{]\n\xff\xfe\n[1]\n")
    say("training", 2, 9)
    decide()


def fail() -> None:
    sys.stderr.write("a warning of a library\nThe gold groups hold one code only; code more.\n")
    sys.exit(1)


def lie() -> None:
    (FOLDER / "result.json").write_text("{}")


def tear() -> None:
    decide()
    os.truncate(next((FOLDER / "bundle").glob("*.onnx")), 100)


def train() -> None:
    for n in range(4):
        say("training", n, 3)
    decide()


WAYS = {
    "hangs": hang,
    "deaf": be_deaf,
    "leashed": hang_on_a_leash,
    "with a child": decide_with_a_child,
    "floods": flood,
    "fails": fail,
    "fails mutely": lambda: sys.exit(3),
    "is killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "says nothing": lambda: None,
    "lies": lie,
    "half a bundle": tear,
    "decides": train,
}

(FOLDER / "records.csv").write_text("what people wrote")
WAYS[HOW]()
