"""History: the audit trail of a message, printed and as JSON, as `python -m bot` gives it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from bot.domain.assignment import Assignment
from bot.domain.coding import Act, Seen
from bot.services.people.adjudication import Adjudication
from bot.services.people.review import Review
from bot.storage.rows import NewCoding, Study
from bot.storage.sqlite import sqlite_url
from bot.storage.store import Store
from tests.command_line import dump, intercoder, rows, write

MESSAGE = "talk/g0/s0/2"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "study.db"
    said = rows(threads=1, scenarios=1, messages=3)
    said[1]["comment"] = "is it [bold]fair[/bold]?"
    file = write(tmp_path / "talk.csv", said)
    assert intercoder("import", file, "--database", path).code == 0
    return path


def decided(database: Path, work) -> None:
    """Do something to the study's store."""

    async def run() -> None:
        async with await Store.open(sqlite_url(database)) as store:
            study = await store.studies.find("talk")
            assert study is not None
            await work(store, study)

    asyncio.run(run())


async def disagree(store: Store, study: Study) -> None:
    """Have C2 correct ann, take it back and code otherwise; C3 adjudicates."""
    review = Review(store, study, 12)
    stored = await review.find(MESSAGE)
    c2, c3 = [await store.studies.human(study.id, name) for name in ("C2", "C3")]
    first = (await store.codings.of_message(stored.id))[0].code
    other = next(c for c in study.codebook.by_code if c != first)
    await review.decide(stored, c2, other, "sarcasm")
    await review.undo(stored, c2)
    new = NewCoding(
        stored.id,
        c2.id,
        study.codebook_id,
        other,
        store.connections.clock(),
        1,
        0,
        Act.CODED,
        seen=Seen.NOTHING,
    )
    await store.codings.append([new])
    await Adjudication(store, study, 12).decide(stored.id, c3, other, "see rule 4")


def test_who_decided_what_when_having_seen_what_and_why_it_counts(database: Path) -> None:
    decided(database, disagree)
    before = dump(database)
    ended = intercoder("history", MESSAGE, "--database", database)
    assert (ended.code, ended.err) == (0, "")
    out = " ".join(ended.out.split())
    assert f"Message {MESSAGE} by P2, sent at 2026-03-01 10:00:02 UTC" in out
    assert "is it [bold]fair[/bold]?" in out, "what people write is no markup"
    lines = ended.out.splitlines()
    at = [
        next(i for i, line in enumerate(lines) if all(word in line for word in words))
        for words in (
            ("wrote it; stored",),
            ("ann", "coded", "unknown (imported)"),
            ("C2", "corrected", "taken back"),
            ("C2", "took their last decision back"),
            ("C2", "coded", "nothing of others' codes"),
            ("C3", "adjudicated", "see rule 4"),
            ("Verified code:", "(adjudicated by C3: see rule 4)."),
        )
    ]
    assert at == sorted(at)
    assert dump(database) == before, "looking changes nothing"


def test_why_there_is_none_yet(database: Path) -> None:
    async def assign(store: Store, study: Study) -> None:
        c2 = await store.studies.human(study.id, "C2")
        await store.assignments.add(study.id, c2.id, Assignment("C2"))

    assert "(coded by ann alone)." in intercoder("history", MESSAGE, "--database", database).out
    decided(database, assign)
    ended = intercoder("history", MESSAGE, "--database", database)
    assert "Verified code: none (C2 has not coded it yet)." in ended.out
    assert "is to code it blind" in ended.out


def test_edits_and_deletions_with_what_a_terminal_would_carry_out_made_visible(
    database: Path,
) -> None:
    async def edit(store: Store, study: Study) -> None:
        now = store.connections.clock
        await store.edits.edited(study.id, "g0", MESSAGE, "\x1b[2J no!\r", now())
        await store.edits.deleted(study.id, "g0", MESSAGE, now(), keep_text=True)

    decided(database, edit)
    ended = intercoder("history", MESSAGE, "--database", database)
    assert not {"\x1b", "\r"} & set(ended.out)
    assert "\N{REPLACEMENT CHARACTER}[2J no!" in ended.out
    out = " ".join(ended.out.split())
    assert "edited it: 'is it [bold]fair[/bold]?' became" in out
    assert "deleted it; the words were kept" in out


def test_words_that_were_removed_are_not_shown(database: Path) -> None:
    async def remove(store: Store, study: Study) -> None:
        now = store.connections.clock
        await store.edits.edited(study.id, "g0", MESSAGE, "better words", now())
        await store.edits.deleted(study.id, "g0", MESSAGE, now(), keep_text=False)

    decided(database, remove)
    out = intercoder("history", MESSAGE, "--database", database).out
    assert "(no words are kept)" in out
    assert out.count("the words were removed") == 2
    assert "better words" not in out
    assert "fair" not in out


def test_json_says_the_same(tmp_path: Path, database: Path) -> None:
    decided(database, disagree)
    out = tmp_path / "trail.json"
    for _ in range(2):
        ended = intercoder("history", MESSAGE, "--database", database, "--json", out)
        assert ended.code == 0
    found = json.loads(out.read_text())
    assert found["message"]["id"] == MESSAGE
    assert found["message"]["speaker"] == "P2"
    acts = [(e["what"], e.get("who"), e.get("saw"), e.get("stands")) for e in found["events"]]
    assert acts == [
        ("received", "P2", None, None),
        ("coded", "ann", "unknown (imported)", True),
        ("corrected", "C2", acts[2][2], False),
        ("withdrawn", "C2", None, None),
        ("coded", "C2", "nothing of others' codes", True),
        ("adjudicated", "C3", "others' codes", True),
    ]
    assert found["verified"]["basis"] == "adjudicated"
    assert found["verified"]["rule"] == "adjudicated by C3: see rule 4"


def test_nobodys_file_and_not_the_database_is_overwritten(tmp_path: Path, database: Path) -> None:
    before = dump(database)
    mine = tmp_path / "mine.json"
    mine.write_text('{"mine": 1}')
    for out in (mine, database, tmp_path / "none" / "o.json"):
        ended = intercoder("history", MESSAGE, "--database", database, "--json", out)
        assert ended.code == 2, out
    assert mine.read_text() == '{"mine": 1}'
    assert dump(database) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("12345",), "no message '12345' is stored in this study; give the link or id"),
        (("hello",), "no message 'hello' is stored in this study; give the link or id"),
        ((MESSAGE, "--study", "other"), "there is no study 'other' in it; name one of 'talk'."),
    ],
)
def test_what_is_not_there_is_named(database: Path, arguments, said: str) -> None:
    ended = intercoder("history", *arguments, "--database", database)
    assert (ended.code, said in " ".join(ended.err.split())) == (2, True), ended.err


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    ended = intercoder("history", MESSAGE, "--database", tmp_path / "none.db")
    assert (ended.code, "there is no such database yet" in ended.err) == (2, True)
    assert list(tmp_path.iterdir()) == []
