"""A bundle is judged on what it did not learn from."""

import json

import pytest

from bot.domain.errors import InputError
from bot.encoding.spec import Architecture
from tests.unit.training.tiny_study import tiny_base, tiny_rows, tiny_settings, write_rows
from training.evaluate import evaluate_bundle, write_json
from training.split import SplitBy
from training.train import train

GROUPS = [f"g{n}" for n in range(10)]


@pytest.fixture(scope="module", params=list(SplitBy), ids=str)
def home(request, tmp_path_factory):
    """A folder with a file, and the bundle that learned from it, split by group or by record."""
    folder = tmp_path_factory.mktemp("evaluate")
    settings = tiny_settings(Architecture.THREAD, epochs=1, split=request.param)
    file = write_rows(folder / "talk.csv", tiny_rows(GROUPS))
    base = str(tiny_base(folder / "base"))
    train(file, folder / "bundle", settings, base=base, device="cpu", threads=1)
    return folder


def parts(home) -> dict[str, set[str]]:
    stored = json.loads((home / "bundle" / "split.json").read_text(encoding="utf-8"))
    return {part: set(stored[part]) for part in ("train", "validation", "test")}


def evaluated(home, file="talk.csv", **options):
    return evaluate_bundle(home / "bundle", home / file, device="cpu", threads=1, **options)


def test_on_its_own_file_it_is_judged_on_the_test_part_as_training_did(home):
    found = evaluated(home)
    report = json.loads((home / "bundle" / "report" / "report.json").read_text(encoding="utf-8"))
    assert found.metrics.n == found.records == report["test"]["n"]
    assert found.metrics.accuracy == pytest.approx(report["test"]["accuracy"])
    assert found.metrics.kappa == pytest.approx(report["test"]["kappa"])
    assert found.left_out == len(found.arrangement.records) - found.records
    assert found.left_out > found.records


def test_it_learned_from_all_the_rest(home):
    found = evaluated(home)
    by_group = len(parts(home)["train"]) < len(GROUPS)
    learned = parts(home)["train"] | parts(home)["validation"]
    rest = [
        r
        for r in found.arrangement.records
        if (r.group if by_group else r.message.id) not in learned
    ]
    assert len(rest) == found.records


def test_everything_is_judged_only_when_asked_for_and_it_says_what_that_is_worth(home):
    found = evaluated(home, part="all")
    assert found.records == len(found.arrangement.records)
    assert found.left_out == 0
    assert "ALL records" in found.said


def test_a_file_it_has_never_seen_is_used_whole(home):
    write_rows(home / "new.csv", tiny_rows(["new-1", "new-2"]))
    found = evaluated(home, "new.csv")
    assert found.records == len(found.arrangement.records) == 32
    assert found.left_out == 0


def test_another_datasets_groups_of_the_same_name_are_not_taken_for_seen(home):
    rows = [["other", *row[1:]] for row in tiny_rows(GROUPS)]
    write_rows(home / "other.csv", rows)
    assert evaluated(home, "other.csv").left_out == 0


def test_a_file_of_nothing_but_what_it_learned_from_is_refused(home):
    learned = parts(home)["train"]
    rows = tiny_rows(GROUPS)
    for row in rows:
        message_id = "/".join((*row[:3], row[4]))
        if not learned & {row[1], message_id}:
            row[8] = ""  # not coded, so that it is context alone
    write_rows(home / "taught.csv", rows)
    with pytest.raises(
        InputError, match=r"taught\.csv: every usable record is one the bundle learned"
    ):
        evaluated(home, "taught.csv")


def test_both_engines_give_the_same_measures(home):
    assert evaluated(home, engine="torch").metrics.accuracy == evaluated(home).metrics.accuracy


def test_the_progress_is_told(home):
    told: list[tuple[str, int, int]] = []
    found = evaluated(home, progress=lambda *call: told.append(call))
    assert told[-1][1:] == (found.records, found.records)


def test_the_figures_are_written_as_json(home, tmp_path):
    found = evaluated(home)
    write_json(found, tmp_path / "out.json")
    written = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    wanted = {"n", "accuracy", "kappa", "kappa_low", "kappa_high", "macro_f1", "ece", "per_code"}
    assert wanted <= set(written)
    assert written["n"] == found.records
