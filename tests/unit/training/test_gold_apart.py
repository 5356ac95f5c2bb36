"""What a bundle says it learned from is what it learned from; gold groups are never among it."""

from pathlib import Path

import pytest

from bot.encoding.spec import Architecture
from bot.inference.lineage import read_records
from exports.codebooks.codebook_toml import write_codebook
from tests.unit.training.tiny_study import BOOK, tiny_base, tiny_rows, tiny_settings, write_rows
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
