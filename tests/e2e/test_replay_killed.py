"""A replay killed with SIGKILL at 20 random points comes to what an undisturbed one does."""

from __future__ import annotations

import random
import re
import signal
import sqlite3
import subprocess
from contextlib import closing, suppress
from pathlib import Path

import pytest

from bot.encoding.spec import Architecture
from tests.command_line import as_process, environment, intercoder, rows, write

KILLS = 20
MESSAGES = 480
# At 10 times the pace a message comes every 15 ms: the 20 kills spread over the whole replay.
GAP = 4 * 0.15  # four threads talk at once

COUNTS = ("SELECT count(*) FROM messages", "SELECT count(*) FROM codings")
STORED = """
    SELECT s.name, t.external_id, c.key, d.round, m.external_id, m.sequence, m.order_key, m.text,
        m.sent_at, m.revision
    FROM messages m JOIN discussions d ON d.id = m.discussion_id
    JOIN scenarios c ON c.id = d.scenario_id JOIN threads t ON t.id = m.thread_id
    JOIN sessions s ON s.id = m.session_id ORDER BY m.external_id"""
CODED = """
    SELECT m.external_id, k.name, c.act, c.code, c.runner_up, c.window_size, c.cut, c.revision,
        c.confidence
    FROM codings c JOIN messages m ON m.id = c.message_id JOIN coders k ON k.id = c.coder_id
    ORDER BY m.external_id, k.name, c.id"""


def query(database: Path, statement: str) -> list[tuple]:
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(statement).fetchall()


def progress(database: Path) -> int:
    """Return how many messages and codings are on disk; 0 before there are tables."""
    with suppress(sqlite3.Error):
        return sum(query(database, count)[0][0] for count in COUNTS)
    return 0


def kill_at(command: list[str], database: Path, goal: int, errors: Path) -> bool:
    """Run until `goal` rows are on disk, then kill; False if the command ended before."""
    with (
        errors.open("wb") as log,
        subprocess.Popen(command, env=environment(), stderr=log) as run,  # noqa: S603 - our own
    ):
        while run.poll() is None:
            if database.exists() and progress(database) >= goal:
                run.send_signal(signal.SIGKILL)
                return run.wait() == -signal.SIGKILL
            with suppress(subprocess.TimeoutExpired):
                run.wait(0.002)
        pytest.fail(f"ended by itself before row {goal}: {errors.read_text()}")


@pytest.mark.slow
def test_a_replay_killed_twenty_times_ends_as_an_undisturbed_one(tmp_path, tiny_bundle):
    bundle = tiny_bundle(Architecture.THREAD).path
    file = write(tmp_path / "talk.csv", rows(4, 3, MESSAGES // 12, GAP))
    whole, broken = tmp_path / "whole.db", tmp_path / "broken.db"
    assert intercoder("replay", file, "--bundle", bundle, "--database", whole).code == 0

    chance = random.Random(20261)  # noqa: S311 - a seed, so that a failure can be had again
    # The last second is left alone: there the command may win the race to its end.
    goals = sorted(chance.sample(range(1, 2 * MESSAGES - 120), KILLS - 1))
    command = ["replay", file, "--bundle", bundle, "--database", broken, "--speed"]
    errors = tmp_path / "stderr"
    seen = 0
    for goal in (0, *goals):  # the first dies while the database is being made
        assert kill_at(as_process(*command, "10"), broken, goal, errors)
        assert progress(broken) >= seen, "something stored was lost"
        seen = progress(broken)
    assert intercoder(*command, "max").code == 0

    assert query(broken, STORED) == query(whole, STORED)
    assert len(query(broken, STORED)) == MESSAGES
    after, undisturbed = query(broken, CODED), query(whole, CODED)
    assert len(after) == 2 * MESSAGES, "each message has one code of the model and one of ann"
    assert [row[:-1] for row in after] == [row[:-1] for row in undisturbed]
    sure = [(a[-1], b[-1]) for a, b in zip(after, undisturbed, strict=True) if a[-1] is not None]
    assert max(abs(a - b) for a, b in sure) <= 1e-5
    assert intercoder("db", "check", "--database", broken).out.endswith("sound.\n")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_replay_ends_cleanly_when_asked_to(tmp_path, tiny_bundle, number, code):
    bundle = tiny_bundle(Architecture.THREAD).path
    file = write(tmp_path / "talk.csv", rows(2, 1, 20, 600.0))
    database = tmp_path / "study.db"
    command = as_process(
        "replay", file, "--bundle", bundle, "--database", database, "--speed", "10"
    )
    with subprocess.Popen(  # noqa: S603 - our own
        command, env=environment(), stderr=subprocess.PIPE
    ) as run:
        while not (database.exists() and progress(database) >= 2):
            with suppress(subprocess.TimeoutExpired):
                assert run.wait(0.01) is None, "it ended before anybody asked"
        run.send_signal(number)
        _, err = run.communicate()
    assert run.returncode == code
    assert re.search(rb"What was stored stays: \d+ of 40 messages, \d+ coded in this run\.", err)
    assert b"The same command again finishes the rest." in err
    assert b"Traceback" not in err
    assert not database.with_name("study.db-wal").exists(), "the database was not closed"
    assert progress(database) >= 2
    assert intercoder("db", "check", "--database", database).code == 0
