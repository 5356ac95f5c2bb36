"""Each promise that the check holds a database to is noticed when it is broken."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from study_db import fill

from bot.storage.check import check
from bot.storage.errors import StorageError
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store

BROKEN = {
    "sequences count 1..n in each discussion": "UPDATE messages SET sequence = 9 WHERE id = 3",
    "sequences follow the order of the thread": "UPDATE messages SET order_key = 99 WHERE id = 1",
    "messages lie within their discussion": "UPDATE discussions SET start_key = 2",
    "discussions lie within one study": "UPDATE threads SET study_id = 2",
    "revisions count the edits": "UPDATE messages SET revision = 2 WHERE id = 1",
    "codings are on a revision that was": "UPDATE messages SET revision = 0 WHERE id = 1",
    "a model codes a message once as it stands": """INSERT INTO codings (message_id, coder_id,
        codebook_id, code, at, act, revision, context, cut) SELECT message_id, coder_id,
        codebook_id, code, at, act, revision, context, cut FROM codings WHERE id = 1""",
    "a person's next coding is another": """INSERT INTO codings (message_id, coder_id,
        codebook_id, code, at, act, revision, context, cut) SELECT c.message_id, k.id,
        c.codebook_id, 'B', c.at, c.act, c.revision, c.context, c.cut
        FROM codings c, coders k, (SELECT 1 UNION ALL SELECT 2) AS twice
        WHERE c.id = 1 AND k.kind = 'human'""",
    "nothing below a coder's progress is pending": "DELETE FROM codings WHERE id = 1",
    "codes are in their codebook": """INSERT INTO codings (message_id, coder_id,
        codebook_id, code, at, act, revision, context, cut) SELECT message_id, coder_id,
        codebook_id, 'Z', at, act, revision, context, cut FROM codings WHERE id = 1""",
    "foreign keys": "UPDATE messages SET person_id = 77 WHERE id = 1",
    "schema": "UPDATE alembic_version SET version_num = 'other'",
}


@pytest.mark.parametrize("rule", BROKEN)
async def test_a_broken_promise_is_found(rule: str, tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "a.db")
    async with await Store.open(url) as store:
        await fill(store, 4)
        await store.studies.human(1, "ann")
    assert await check(url) == []
    connection = sqlite3.connect(tmp_path / "a.db")
    connection.execute(BROKEN[rule])
    connection.commit()
    connection.close()
    assert rule in [finding.check for finding in await check(url)]


async def test_damaged_pages_are_found(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "a.db")
    async with await Store.open(url) as store:
        await fill(store, 400)
    raw = bytearray((tmp_path / "a.db").read_bytes())
    raw[-8 * 4096 :] = b"\xff" * (8 * 4096)
    (tmp_path / "a.db").write_bytes(raw)
    try:
        found = [finding.check for finding in await check(url)]
    except StorageError as error:
        assert "damaged" in str(error)  # noqa: PT017 - either answer is right
    else:
        assert "integrity" in found
