"""Training data and machines that cannot do: one clear sentence, and nothing half-written."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from bot.domain.errors import InputError
from bot.encoding.spec import Architecture
from bot.inference.bundle import BundleError
from exports.codebooks.codebook_toml import write_codebook
from tests.unit.training.tiny_study import BOOK, tiny_base, tiny_rows, tiny_settings, write_rows
from training import bundling
from training import train as training
from training.arrange import arrange
from training.data import load_source
from training.faults import MachineError
from training.material import Parts, part
from training.train import Trained, train

SETTINGS = tiny_settings(Architecture.THREAD, epochs=1)
FOUR = ["g0", "g1", "g2", "g3"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bad")
    tiny_base(folder / "base")
    write_rows(folder / "talk.csv", tiny_rows(FOUR))
    return folder


def parted(tmp_path: Path, rows: list[list[str]], gold: tuple[str, ...] = ()) -> Parts:
    file = write_rows(tmp_path / "talk.csv", rows)
    write_codebook(BOOK, tmp_path / "talk-codebook.toml")
    source = load_source(file)
    return part(source, arrange(source.transcript, source.codebook), SETTINGS, gold)


def recoded(groups: list[str], codes: dict[str, str]) -> list[list[str]]:
    """Return talk in which every message of a group has the group's code."""
    return [[*r[:8], codes[r[1]], r[9]] for r in tiny_rows(groups)]


@pytest.mark.parametrize("gold", [(), ("g3",)], ids=["no gold", "gold"])
def test_one_code_only(tmp_path, gold):
    rows = recoded(FOUR, dict.fromkeys(FOUR, "AG"))
    with pytest.raises(InputError, match=r"talk\.csv: the training part holds the code AG alone"):
        parted(tmp_path, rows, gold)


def test_no_group_at_all(tmp_path):
    with pytest.raises(InputError) as caught:
        parted(tmp_path, [])
    assert str(tmp_path / "talk.csv") in str(caught.value)


def test_one_group(tmp_path):
    with pytest.raises(InputError, match=r"talk\.csv: 14 usable records in 1 group cannot be sp"):
        parted(tmp_path, tiny_rows(["g1"]))


def test_one_group_beside_the_gold_set(tmp_path):
    said = "1 group with usable records cannot.* at least 1 more group"
    with pytest.raises(InputError, match=said):
        parted(tmp_path, tiny_rows(FOUR), ("g1", "g2", "g3"))


def test_a_validation_part_without_any_code_that_can_be_learned(tmp_path):
    groups, said = FOUR[:3], []
    for odd in groups:  # one of them has to choose the epoch, and nobody else has its code
        rows = recoded(groups, {g: "Q" if g == odd else "AG" for g in groups})
        rows = [[*r[:8], "CR" if r[1] != odd and int(r[4]) % 2 else r[8], r[9]] for r in rows]
        try:
            parted(tmp_path, rows)
        except InputError as error:
            said.append(str(error))
    wanted = "talk.csv: no record of the validation part has a code that the training part holds"
    assert [wanted in sentence for sentence in said].count(True) == 1


def test_a_validation_part_without_some_code_is_enough_to_choose_by(tmp_path):
    learned = 0
    for holder in FOUR:
        rows = [
            [*r[:8], "AG" if r[8] == "Q" and r[1] != holder else r[8], r[9]]
            for r in tiny_rows(FOUR)
        ]
        parts = parted(tmp_path, rows)
        if "Q" in parts.labels:
            learned += 1
            assert "Q" not in {r.code for r in parts.split.validation}
    assert learned


def run(home: Path, out: Path) -> Trained:
    file = home / "talk.csv"
    return train(file, out, SETTINGS, base=str(home / "base"), device="cpu", threads=1)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
    ],
    ids=["numpy", "torch"],
)
def test_out_of_memory_while_it_learns(home, tmp_path, monkeypatch, error):
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(training, "learn_by", fail)
    with pytest.raises(MachineError, match="the training ran out of memory; nothing was left beh"):
        run(home, tmp_path / "bundle")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "step", ["save_network", "export_graphs", "write_report", "write_manifest"]
)
def test_a_disk_that_fills_up_while_a_bundle_is_written(home, tmp_path, monkeypatch, step):
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(bundling, step, full)
    with pytest.raises(BundleError, match=r"could not be written \(No space left on device\): ma"):
        run(home, tmp_path / "bundle")
    assert list(tmp_path.iterdir()) == []
