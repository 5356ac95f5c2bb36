"""target-error: set, shown with its thresholds, taken away, refused, by the command line."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest

from bot.reliability.risk_control import HeldOut, packed
from bot.storage.rows import NewCoding
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store
from bot.storage.studies import NewBundle
from tests.command_line import intercoder, rows, write

HELD = packed([HeldOut(np.array([0.6, *[0.9] * 9]), np.array([False, *[True] * 9]))] * 40)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A study whose model was sure of every message but one; nobody has decided on any."""
    path = tmp_path / "study.db"
    said = rows(threads=1, scenarios=1, messages=3)
    for row in said:
        row["code"] = row["coder"] = ""
    file = write(tmp_path / "talk.csv", said)
    book = tmp_path / "talk-codebook.toml"
    codes = 'title = "T"\n[[codes]]\ncode = "A"\n[[codes]]\ncode = "B"\n'
    book.write_text(codes, encoding="utf-8")
    ended = intercoder("import", file, "--codebook", book, "--database", path)
    assert ended.code == 0, ended.err
    asyncio.run(_coded(path))
    return path


async def _coded(database: Path) -> None:
    async with await Store.open(sqlite_url(database)) as store:
        (name,) = await store.studies.names()
        study = await store.studies.find(name)
        assert study is not None
        bundle = NewBundle("a" * 64, "kept", "thread", study.codebook, {"held_out": list(HELD)})
        model = await store.studies.model(study.id, bundle)
        (session,) = await store.sessions.all(study.id)
        (discussion,) = await store.sessions.discussions(session.id)
        for n, stored in enumerate(await store.messages.of_discussion(discussion.id)):
            coding = NewCoding(
                message=stored.id,
                coder=model.id,
                codebook=study.codebook_id,
                code="A",
                at=store.connections.clock(),
                revision=stored.message.revision,
                context=stored.context,
                confidence=0.95 if n else 0.5,
            )
            await store.codings.append([coding])


def test_it_is_set_shown_and_taken_away(database: Path, tmp_path: Path) -> None:
    asked = ("target-error", "--database", database)
    none = intercoder(*asked)
    assert none.code == 0, none.err
    assert "has no target error: people are to look at everything" in none.out
    out = tmp_path / "out.json"
    ended = intercoder("target-error", 5, "--database", database, "--json", out)
    assert ended.code == 0, ended.err
    assert "target error 5 %" in ended.out
    assert "at most 2.4 % is expected to be wrong" in ended.out
    assert ": 1 wait for people." in ended.out
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert figures["target_error"] == 0.05
    assert figures["coders"]["kept"]["below"] == 0.601
    assert list(figures["sessions"].values()) == [1]
    assert intercoder(*asked).out == ended.out.replace(f"{out}: the figures.\n", "")
    assert "has no target error" in intercoder("target-error", 0, "--database", database).out


def test_what_is_no_target_is_refused(database: Path) -> None:
    ended = intercoder("target-error", 60, "--database", database)
    assert ended.code == 2
    assert "a target error of 60 % is none; give more than 0 and at most 50 %" in ended.err
