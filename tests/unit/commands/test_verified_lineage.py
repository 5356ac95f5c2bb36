"""Verified codes out, a coder in, and both followed: by the command line alone."""

import csv
import gzip
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.inference.bundle import load_bundle
from bot.inference.lineage import read_records
from bot.storage.errors import StorageError
from exports.codebooks.codebook_toml import write_codebook
from tests.command_line import Ended, intercoder
from tests.unit.training.tiny_study import BOOK, tiny_base, tiny_rows, write_rows

GROUPS = [f"g{n}" for n in range(8)]


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Path:
    """A database with a coded study of which two groups came through Discord, and a tiny base."""
    folder = tmp_path_factory.mktemp("lab")
    tiny_base(folder / "base", max_position_embeddings=512)
    rows = tiny_rows(GROUPS)
    # Two people differ on the first message of each group's first case.
    rows += [[*row[:8], "CR" if row[8] != "CR" else "AG", "bob"] for row in rows[::16]]
    write_rows(folder / "talk.csv", rows)
    write_codebook(BOOK, folder / "codebook.toml")
    assert intercoder("import", folder / "talk.csv", "--database", folder / "a.db").code == 0
    with closing(sqlite3.connect(folder / "a.db")) as database, database:
        database.execute(
            "UPDATE messages SET provenance = 'discord' WHERE thread_id IN "
            "(SELECT id FROM threads WHERE external_id IN ('g0', 'g1'))"
        )
    return folder


def train(lab: Path, out: Path, *options: object) -> Ended:
    given = ("--base", lab / "base", "--epochs", 1, "--threads", 1, "--oversample-total", 0)
    quick = ("--teachers", 0, "--oversample-min", 0, "--window", 3)
    database = ("--database", lab / "a.db")
    return intercoder("train", "--verified", "--out", out, *given, *quick, *database, *options)


@pytest.fixture(scope="module")
def trained(lab: Path, tmp_path_factory) -> tuple[Path, Ended]:
    out = tmp_path_factory.mktemp("bundles") / "mine"
    return out, train(lab, out, "--disagreements", "soft")


def test_discord_messages_are_left_out_counted_and_told_on_the_card(trained):
    out, ended = trained
    assert ended.code == 0, ended.err
    assert "32 dropped: came through Discord" in ended.err
    assert "with these, 28 records that people coded" in ended.err
    assert not {r.thread_id for r in read_records(out)} & {"g0", "g1"}
    assert {r.provenance for r in read_records(out)} == {"import"}
    card = (out / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "28 coded messages of that kind were left out" in card


def test_with_the_permission_they_teach_and_the_card_names_it(lab, tmp_path, monkeypatch):
    monkeypatch.setenv("INTERCODER_TRAINING__DISCORD_PERMISSION", "TICKET-17")
    ended = train(lab, tmp_path / "b")
    assert ended.code == 0, ended.err
    assert {"g0", "g1"} <= {r.thread_id for r in read_records(tmp_path / "b")}
    assert "reference: TICKET-17" in (tmp_path / "b" / "MODEL_CARD.md").read_text("utf-8")
    assert "Discord's permission: TICKET-17." in intercoder("lineage", tmp_path / "b").out


def test_the_snapshot_stands_beside_the_bundle_under_its_hash(lab, trained, tmp_path):
    out, _ = trained
    manifest = load_bundle(out).manifest
    sha256 = manifest.training["data_sha256"]
    snapshot = out.with_name(manifest.training["lineage"]["snapshot"])
    assert snapshot.name == f"mine-records-{sha256[:12]}.csv"
    exported = tmp_path / "v.csv"
    ended = intercoder("export", "--verified", "--out", exported, "--database", lab / "a.db")
    assert ended.code == 0, ended.err
    assert exported.read_bytes() == snapshot.read_bytes()
    assert "104 verified codes (104 agreed); on 8 people differ." in ended.out
    again = intercoder("export", "--verified", "--out", exported, "--database", lab / "a.db")
    assert again.code == 0


def test_no_word_that_was_said_stands_in_the_list_of_records(trained):
    out, _ = trained
    text = gzip.decompress((out / "records.csv.gz").read_bytes()).decode()
    header, *rows = csv.reader(text.splitlines())
    assert header == [
        "part",
        "study",
        "thread_id",
        "message_id",
        "basis",
        "provenance",
        "hash",
    ]
    assert len({row[6] for row in rows}) == len(rows)
    for row in rows:
        assert row[0] in ("train", "validation", "test")
        assert len(row[6]) == 64
    assert load_bundle(out).manifest.files["records.csv.gz"]


def test_differing_votes_teach_and_never_judge(trained):
    out, ended = trained
    differing = [r for r in read_records(out) if r.basis == "disagreed"]
    assert differing
    assert {r.part for r in differing} == {"train"}
    groups = {
        part: {r.thread_id for r in read_records(out) if r.part == part}
        for part in ("train", "validation", "test")
    }
    assert not {r.thread_id for r in differing} & (groups["validation"] | groups["test"])
    assert f"{len(differing)} training messages on which people differ" in ended.err
    assert load_bundle(out).manifest.training["lineage"]["soft"] == len(differing)


def test_a_bundle_tells_what_it_learned_from(lab, trained, tmp_path):
    out, _ = trained
    told = intercoder("lineage", out, "--records", tmp_path / "r.csv")
    assert told.code == 0, told.err
    for part in ("Snapshot: mine-records-", "beside the bundle", "none on record", "agreed"):
        assert part in told.out
    listed = (tmp_path / "r.csv").read_text(encoding="utf-8").splitlines()
    assert len(listed) == 1 + len(read_records(out))


def test_a_message_tells_what_it_reached(lab, trained, tmp_path):
    out, _ = trained
    intercoder("export", "--out", tmp_path / "all.csv", "--database", lab / "a.db")
    options = ("--database", lab / "a.db", "--bundles", out.parent)
    for record in (read_records(out)[0], read_records(out)[-1]):
        told = intercoder("lineage", record.message_id, *options)
        assert told.code == 0, told.err
        part = {"train": "learned from", "test": "judged on"}[record.part]
        assert "Bundle 'mine'" in told.out
        assert f"{part} it, its code agreed." in told.out
        assert "Its words, place and code are as they were then." in told.out
        assert "all.csv (csv)" in told.out
    left_out = intercoder("lineage", "tiny/g0/fox/1", *options)
    assert "It is in no list of records (1 bundles were looked through)." in left_out.out
    gone = intercoder("lineage", "tiny/g9/fox/1", *options)
    assert "is not stored in study 'tiny'" in gone.out


def test_a_failed_export_leaves_no_row_and_a_failed_training_no_words(lab, tmp_path):
    def rows():
        with closing(sqlite3.connect(lab / "a.db")) as database:
            return database.execute("SELECT count(*) FROM exports").fetchone()[0]

    before = rows()
    mine = tmp_path / "mine.csv"
    mine.write_text("my own work")
    refused = intercoder("export", "--verified", "--out", mine, "--database", lab / "a.db")
    assert (refused.code, "no earlier export" in refused.err) == (2, True)
    assert mine.read_text() == "my own work"
    for wrong in ("--codebook", "--session=x", "--layout=wide"):
        out = tmp_path / "o.csv"
        ended = intercoder("export", "--verified", wrong, "--out", out, "--database", lab / "a.db")
        assert (ended.code, out.exists()) == (2, False)
    assert rows() == before
    ended = train(lab, tmp_path / "b", "--base", tmp_path / "nowhere")
    assert ended.code != 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine.csv"]


def test_gold_groups_never_teach_whichever_way_verified_codes_come(lab, tmp_path):
    shutil.copy(lab / "a.db", tmp_path / "a.db")
    with closing(sqlite3.connect(tmp_path / "a.db")) as database, database:
        database.execute(
            "INSERT INTO gold_groups (thread_id, gold, taught, decided_at) "
            "SELECT id, external_id IN ('g2', 'g5'), 0, '2026-03-01 10:00:00.000000' FROM threads"
        )
    exported, database = tmp_path / "v.csv", ("--database", tmp_path / "a.db")
    assert intercoder("export", "--verified", "--out", exported, *database).code == 0
    given = ("--base", lab / "base", "--threads", 1, "--window", 3, "--method", "frozen")
    for source in ((exported,), ("--verified", *database)):
        out = tmp_path / f"b{len(source)}"
        ended = intercoder("train", *source, "--out", out, *given)
        assert ended.code == 0, ended.err
        assert "2 gold groups set aside: they judge, and do not teach" in ended.err
        records = read_records(out)
        assert {r.thread_id for r in records if r.part == "test"} == {"g2", "g5"}
        assert {r.part for r in records if r.thread_id in {"g2", "g5"}} == {"test"}


def test_an_export_is_noted_with_what_it_held(lab, tmp_path):
    out = tmp_path / "talk.jsonl"
    assert intercoder("export", "--out", out, "--database", lab / "a.db").code == 0
    with closing(sqlite3.connect(lab / "a.db")) as database:
        database.row_factory = sqlite3.Row
        row = database.execute("SELECT * FROM exports ORDER BY id DESC LIMIT 1").fetchone()
        last = database.execute("SELECT max(id) FROM messages").fetchone()[0]
    assert (row["form"], row["file"], row["verified"]) == ("jsonl", "talk.jsonl", 0)
    assert row["last_message"] == last
    assert len(row["sha256"]) == 64


def test_an_export_that_cannot_be_noted_does_not_leave(lab, tmp_path, monkeypatch):
    async def refuse(self, new):
        raise StorageError("the disk is full.")

    monkeypatch.setattr("bot.storage.exports.Exports.record", refuse)
    out = tmp_path / "talk.csv"
    ended = intercoder("export", "--out", out, "--database", lab / "a.db")
    assert (ended.code, out.exists()) == (2, False)
    assert "could not be noted in the database" in ended.err
