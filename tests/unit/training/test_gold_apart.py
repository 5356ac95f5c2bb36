"""What a bundle says it learned from is what it learned from; gold groups are never among it."""

from pathlib import Path

import pytest

from bot.encoding.spec import Architecture
from bot.inference.lineage import read_records
from exports.codebooks.codebook_toml import write_codebook
from tests.unit.training.tiny_study import (
    BOOK,
    tiny_base,
    tiny_rows,
    tiny_settings,
    write_rows,
    write_verified,
)
from training.floor import floor
from training.split import SplitBy
from training.train import train


@pytest.mark.parametrize(("asked", "taught"), [(0.0, True), (9.0, False)])
def test_nothing_of_a_gold_group_teaches_whatever_the_split(
    tmp_path: Path, asked: float, taught: bool
) -> None:
    tiny_base(tmp_path / "base")
    rows = tiny_rows(f"g{n}" for n in range(8))
    rows += [[*row[:8], "UC", row[9]] for row in tiny_rows(["g8"])]  # nobody has coded it yet
    # People differ on the first message of each group's first case.
    rows += [[*row[:8], "CR" if row[8] != "CR" else "AG", "bob"] for row in rows[:128:16]]
    write_rows(tmp_path / "talk.csv", rows)
    write_codebook(BOOK, tmp_path / "codebook.toml")
    settings = tiny_settings(
        Architecture.THREAD,
        epochs=1,
        teachers=2,
        teacher_epochs=1,
        uncoded_for_teachers=asked,
        split=SplitBy.RECORD,
        disagreements="soft",
    )
    train(
        tmp_path / "talk.csv",
        tmp_path / "bundle",
        settings,
        codebook=tmp_path / "codebook.toml",
        base=str(tmp_path / "base"),
        threads=1,
        gold={"g0"},
    )
    records = read_records(tmp_path / "bundle") or ()
    assert {r.part for r in records if r.thread_id == "g0"} == {"test"}
    assert {r.thread_id for r in records if r.part == "test"} == {"g0"}
    assert "g8" not in {r.thread_id for r in records}  # it may become gold
    assert any(r.basis == "disagreed" for r in records if r.part == "train")
    assert any(r.part == "unlabelled" for r in records) is taught


def test_groups_that_a_verified_file_marks_judge_and_never_teach(tmp_path: Path) -> None:
    tiny_base(tmp_path / "base")
    file = write_verified(
        tmp_path / "verified.csv", tiny_rows(f"g{n}" for n in range(8)), gold={"g3", "g5"}
    )
    write_codebook(BOOK, tmp_path / "codebook.toml")
    said: list[str] = []
    trained = train(
        file,
        tmp_path / "bundle",
        tiny_settings(Architecture.THREAD, epochs=1, split=SplitBy.RECORD),
        base=str(tmp_path / "base"),
        threads=1,
        gold={"g0"},
        say=said.append,
    )
    records = read_records(tmp_path / "bundle") or ()
    assert {r.thread_id for r in records if r.part == "test"} == {"g0", "g3", "g5"}
    assert {r.part for r in records if r.thread_id in {"g0", "g3", "g5"}} == {"test"}
    assert trained.test.groups == 3
    aside = "2 gold groups set aside: they judge, and do not teach; the others are split by group"
    assert aside in said
    assert floor(file, 0).groups == 2
