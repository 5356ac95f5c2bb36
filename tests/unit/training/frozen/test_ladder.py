"""Few records teach a linear head; which method serves is decided on groups it has not seen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor

from bot.domain.errors import InputError
from bot.encoding.spec import Architecture
from bot.inference.bundle import load_bundle
from bot.inference.lineage import read_records
from bot.inference.speech import KIND
from tests.unit.training.tiny_study import tiny_base, tiny_rows, tiny_settings, write_rows
from training import ladder
from training.frozen import learning
from training.frozen.choosing import Choice, choose, folds, logits, taught
from training.frozen.logistic import Linear
from training.frozen.reading import Reading
from training.ladder import Method
from training.train import train


def _reading(labels: Sequence[int]) -> Reading:
    """Return features that give the labels away, and a prior that knows nothing."""
    gold = torch.tensor(labels)
    return Reading(torch.zeros(len(labels), 3), torch.nn.functional.one_hot(gold, 3).float())


def _certain(gold: Tensor) -> Tensor:
    return torch.nn.functional.one_hot(gold, 3).float()


def test_no_group_stands_on_both_sides_of_a_fold() -> None:
    groups = [f"g{n % 7}" for n in range(50)]
    for learned, judged in folds(groups, 5, seed=0):
        assert not {groups[n] for n in learned} & {groups[n] for n in judged}
    assert not list(folds(["g"] * 9, 5, seed=0))


def test_a_classifier_learns_what_the_features_tell() -> None:
    gold = torch.tensor([0, 1, 2] * 8)
    reading = _reading(gold.tolist())
    layer = taught(reading, _certain(gold), 1e-4, 1.0)
    assert (logits(reading, layer, 1.0).argmax(-1) == gold).all()


def test_the_codebook_is_believed_where_it_is_right_and_not_where_it_is_wrong() -> None:
    gold = torch.tensor([0, 1, 2] * 20)
    groups = [f"g{n % 6}" for n in range(60)]
    empty = torch.zeros(60, 3)
    right = 3 * torch.nn.functional.one_hot(gold, 3).float()
    targets = _certain(gold)
    assert choose(Reading(right, empty), targets, groups, 0).trust == 1.5
    wrong = right.roll(1, dims=1)
    assert choose(Reading(wrong, empty), targets, groups, 0).trust == 0.0
    # Those on which people differ judge nothing, whatever their votes say.
    mixed = torch.cat([targets, targets.roll(1, dims=1).repeat(3, 1)])
    twice = Reading(right.repeat(4, 1), empty.repeat(4, 1))
    assert choose(twice, mixed, groups * 4, 0, range(60, 240)).trust == 1.5
    assert choose(twice, mixed, groups * 4, 0).trust == 0.0


def test_votes_teach_as_they_are_divided() -> None:
    # All messages are alike, and people differ on each: seven in ten say the first code.
    reading = Reading(torch.zeros(40, 3), torch.zeros(40, 3))
    targets = torch.tensor([0.7, 0.3, 0.0]).repeat(40, 1)
    likely = logits(reading, taught(reading, targets, 1e-4, 0.0), 0.0).softmax(-1)
    assert torch.allclose(likely, targets, atol=0.02)


def test_a_single_group_leaves_nothing_to_choose_by() -> None:
    targets = _certain(torch.tensor([0, 1, 2]))
    assert choose(_reading([0, 1, 2]), targets, ["g"] * 3, 0) == Choice(1e-2, 1.5, None)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ladder")
    tiny_base(folder / "base")
    write_rows(folder / "study.csv", tiny_rows(f"g{n}" for n in range(12)))
    book = "code,title,uncoded\nCR,Critical,\nAG,Agree,\nQ,Question,\nUC,Uncoded,true\n"
    (folder / "study-codebook.csv").write_text(book, encoding="utf-8")
    return folder


@pytest.mark.parametrize("method", [Method.CODEBOOK, Method.FROZEN])
def test_a_method_that_is_named_is_taken_and_told(study: Path, method: Method) -> None:
    out = study / method
    settings = tiny_settings(Architecture.THREAD)
    train(study / "study.csv", out, settings, base=str(study / "base"), method=method)
    manifest = load_bundle(out).manifest
    assert manifest.network["kind"] == KIND
    assert manifest.training["method"] == method
    assert manifest.labels == ("CR", "AG", "Q")


def test_a_coder_by_the_codebook_lists_no_record_that_taught_it(study: Path) -> None:
    # What a method that learns would have learned from has helped to calibrate this one.
    out = study / Method.CODEBOOK
    told = load_bundle(out).manifest.training
    records = read_records(out) or ()
    assert told["records"] == told["lineage"]["soft"] == 0
    assert set(told["lineage"]["parts"]) == {"validation", "test"} == {r.part for r in records}
    assert len(records) == 12 * 2 * 7
    assert json.loads((out / "split.json").read_text(encoding="utf-8"))["train"] == []
    card = (out / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "No message taught it" in card
    assert "fine-tuned" not in card
    assert "| learned from |" not in card


def test_votes_that_differ_teach_a_frozen_coder_as_votes(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = tiny_rows(f"g{n}" for n in range(12))
    rows += [[*row[:8], "CR" if row[8] != "CR" else "AG", "bob"] for row in rows[::16]]
    write_rows(study / "votes.csv", rows)
    seen: list[Tensor] = []
    real = learning.taught

    def noted(reading: Reading, targets: Tensor, penalty: float, trust: float) -> Linear:
        seen.append(targets)
        return real(reading, targets, penalty, trust)

    monkeypatch.setattr(learning, "taught", noted)
    trained = train(
        study / "votes.csv",
        study / "votes",
        tiny_settings(Architecture.THREAD, disagreements="soft"),
        codebook=study / "study-codebook.csv",
        base=str(study / "base"),
        method=Method.FROZEN,
    )
    (targets,) = seen
    soft = trained.bundle.manifest.training["lineage"]["soft"]
    assert soft > 0
    assert int((targets.amax(-1) < 0.95).sum()) == soft
    assert torch.allclose(targets.sum(-1), torch.ones(len(targets)))


def test_auto_takes_the_best_on_held_out_groups_and_tells_the_table(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ladder, "FEWEST_FINETUNE", 1)
    said: list[str] = []
    settings = tiny_settings(Architecture.THREAD, epochs=1)
    trained = train(
        study / "study.csv",
        study / "auto",
        settings,
        base=str(study / "base"),
        method=Method.AUTO,
        say=said.append,
    )
    told = trained.bundle.manifest.training
    rungs = told["ladder"]["rungs"]
    assert [r["method"] for r in rungs] == ["codebook", "frozen", "finetune"]
    best = max(rungs, key=lambda r: r["kappa"])
    assert told["method"] == told["ladder"]["serves"] == best["method"]
    assert any(line.startswith("finetune") for line in said)


def test_fine_tuning_is_not_tried_on_few_records_and_the_reason_is_said(study: Path) -> None:
    said: list[str] = []
    settings = tiny_settings(Architecture.THREAD, epochs=1)
    train(
        study / "study.csv",
        study / "few",
        settings,
        base=str(study / "base"),
        method=Method.AUTO,
        say=said.append,
    )
    assert any("finetune   not tried" in line and "it can win from" in line for line in said)


def test_pair_has_no_frozen_head(study: Path) -> None:
    settings = tiny_settings(Architecture.PAIR)
    with pytest.raises(InputError, match="frozen with architecture pair"):
        train(
            study / "study.csv",
            study / "pair",
            settings,
            base=str(study / "base"),
            method=Method.FROZEN,
        )
    assert not (study / "pair").exists()
