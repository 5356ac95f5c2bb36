"""The report in a bundle: what it says, its pictures, and the predictions."""

from __future__ import annotations

import csv
import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

from bot.domain.cells import restore
from tests.unit.training.report_of import report_of, scored_of
from training.metrics import evaluate
from training.report import ReportData, write_predictions, write_report
from training.report.plots import draw
from training.report.text import report_text

PICTURES = {
    "confusion.png",
    "errors_by_confidence.png",
    "f1_by_code.png",
    "learning_curve.png",
    "reliability.png",
    "sent_to_people.png",
}


@pytest.fixture(scope="module")
def data() -> ReportData:
    return report_of(scored_of(8))


def size_of(png: bytes) -> tuple[int, int]:
    """Return width and height from a PNG's header."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


def test_folder_holds_every_file_and_the_text_links_every_picture(
    data: ReportData, tmp_path: Path
) -> None:
    write_report(tmp_path / "report", data)
    found = {p.name for p in (tmp_path / "report").iterdir()}
    assert found == {"report.json", "report.md", "predictions.csv"} | PICTURES
    text = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    assert set(re.findall(r"!\[[^]]+\]\(([^)]+)\)", text)) == PICTURES


def test_json_holds_the_run_and_its_measures(data: ReportData, tmp_path: Path) -> None:
    write_report(tmp_path, data)
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["test"]["kappa"] == data.test.kappa
    assert report["best_epoch"] == 3
    assert report["records"][0] == {
        "code": "C00", "train": 70, "train_drawn": 90, "validation": 15, "test": 15
    }  # fmt: skip
    assert report["dropped"][2]["coders"] == ["ann", "bob"]
    assert [e["learning_rate"] for e in report["epochs"]] == [e.learning_rate for e in data.epochs]
    assert report["machine"]["torch"] == "2.13.0"


def test_loss_that_ran_away_is_null_in_json(data: ReportData, tmp_path: Path) -> None:
    lost = dataclasses.replace(data.epochs[0], train_loss=float("nan"))
    write_report(tmp_path, dataclasses.replace(data, epochs=(lost,)))
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["epochs"][0]["train_loss"] is None


def test_pictures_are_the_same_bytes_again_whatever_a_person_has_set(data: ReportData) -> None:
    first = draw(data.epochs, data.best_epoch, data.test)
    with mpl.rc_context({"font.size": 22.0}):
        again = draw(data.epochs, data.best_epoch, data.test)
    assert again == first


@pytest.mark.parametrize("codes", [1, 8, 16, 25])
def test_pictures_grow_with_the_codes(codes: int) -> None:
    data = report_of(scored_of(codes))
    pictures = draw(data.epochs, data.best_epoch, data.test)
    assert set(pictures) == PICTURES
    width, height = size_of(pictures["confusion.png"])
    assert min(width, height) >= 45 * codes  # pixels: room for three digits in every cell


def test_pictures_of_odd_codes_and_of_nothing_are_drawn(data: ReportData) -> None:
    labels = (r"$\frac$", "_y", "案件", "a" * 60, "שלום", "|", "", "B")
    odd = evaluate(dataclasses.replace(data.test_scored, labels=labels), resamples=10)
    none = dataclasses.replace(
        data.test_scored,
        message_ids=(),
        groups=(),
        comments=(),
        gold=np.zeros(0, dtype=np.int64),
        probabilities=np.zeros((0, 8), dtype=np.float32),
    )
    assert set(draw(data.epochs, data.best_epoch, odd)) == PICTURES
    assert set(draw((), 0, evaluate(none))) == PICTURES - {"learning_curve.png"}


def test_curve_without_training_accuracy_and_of_a_single_epoch(data: ReportData) -> None:
    one = (dataclasses.replace(data.epochs[0], train_accuracy=None),)
    assert "learning_curve.png" in draw(one, 1, data.test)


def test_headline_tells_agreement_kappa_and_what_they_rest_on(data: ReportData) -> None:
    text = report_text(data)
    assert data.test.accuracy is not None
    assert data.test.kappa is not None
    assert f"**{data.test.accuracy:.1%}".replace("%", " %") in text
    assert f"kappa {data.test.kappa:.2f}".replace("0.", ".") in text
    assert "400 test messages in 12 groups, from groups that it has never seen" in text
    assert "| paper: two people (Haines et al. 2014) | 89 % | .71 |" in text


def test_random_split_is_not_called_unseen_groups(data: ReportData) -> None:
    text = report_text(dataclasses.replace(data, split="record"))
    assert "never seen" not in text
    assert "the paper's split" in text


def test_weak_coder_is_called_weak(data: ReportData) -> None:
    weak = dataclasses.replace(data, test=dataclasses.replace(data.test, kappa=0.55))
    assert "not substantial" in report_text(weak)
    assert "not substantial" not in report_text(data)


def test_account_names_rules_and_pairs_of_coders(data: ReportData) -> None:
    text = report_text(data)
    assert "- 7: uncoded" in text
    assert "  - on 3 of these, ann and bob differ" in text
    assert "| C00 First code | 70 | 90 | 15 | 15 |" in text
    assert "| all | 588 | 748 | 120 | 120 |" in text


def test_examples_are_the_surest_errors_of_each_pair(data: ReportData) -> None:
    pair = data.test.most_confused[0]
    scored = data.test_scored
    errors = [
        i
        for i in range(len(scored.message_ids))
        if scored.labels[scored.gold[i]] == pair.gold
        and scored.labels[scored.predicted[i]] == pair.predicted
    ]
    surest = max(errors, key=lambda i: scored.confidence[i])
    section = report_text(data).split(f"**{pair.gold} → {pair.predicted}**\n\n")[1]
    assert section.startswith(f"- “{scored.comments[surest]}” (")


def test_peoples_words_do_not_become_markup(data: ReportData) -> None:
    wild = "*b* <script>x</script> | `c`\n# [l](u) " + "long " * 100
    comments = (wild,) * len(data.test_scored.comments)
    spoken = dataclasses.replace(data.test_scored, comments=comments)
    text = report_text(dataclasses.replace(data, test_scored=spoken))
    assert "<script>" not in text
    assert r"\*b\* \<script\>x\</script\> \| \`c\` \# \[l\](u) long" in text
    assert "\n# [l]" not in text
    assert max(map(len, text.splitlines())) < 1000


def test_unknown_codes_are_named_in_the_text(data: ReportData) -> None:
    gold = data.test_scored.gold.copy()
    gold[0] = -1
    strange = dataclasses.replace(data.test_scored, gold=gold, unknown=("ZZ",))
    changed = dataclasses.replace(data, test_scored=strange, test=evaluate(strange))
    assert "does not know these codes; their messages count as errors: ZZ (1)" in report_text(
        changed
    )


def read(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_predictions_hold_every_test_message_with_two_codes(
    data: ReportData, tmp_path: Path
) -> None:
    write_predictions(tmp_path / "predictions.csv", data.test_scored)
    rows = read(tmp_path / "predictions.csv")
    scored = data.test_scored
    assert [r["message_id"] for r in rows] == list(scored.message_ids)
    assert [r["thread_id"] for r in rows] == list(scored.groups)
    assert [r["predicted"] for r in rows] == [scored.labels[p] for p in scored.predicted]
    assert [float(r["confidence"]) for r in rows] == pytest.approx(scored.confidence, abs=1e-6)
    second = np.argsort(scored.probabilities, axis=1)[:, -2]
    assert [r["runner_up"] for r in rows] == [scored.labels[i] for i in second]
    assert [r["correct"] == "yes" for r in rows] == scored.right.tolist()


def test_predictions_open_in_a_spreadsheet_as_exports_do(data: ReportData, tmp_path: Path) -> None:
    write_predictions(tmp_path / "predictions.csv", data.test_scored)
    raw = (tmp_path / "predictions.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfmessage_id,")
    assert raw.count(b"\r\n") == raw.count(b"\n") == len(data.test_scored.message_ids) + 1


def test_formulas_in_predictions_are_harmless_and_can_be_restored(
    data: ReportData, tmp_path: Path
) -> None:
    said = ("=HYPERLINK(1)", "+1", "-1 for me", "@ann", "\tx", "'=quoted", "plain\nlines", "")
    comments = said + ("",) * (len(data.test_scored.comments) - len(said))
    write_predictions(tmp_path / "p.csv", dataclasses.replace(data.test_scored, comments=comments))
    cells = [r["comment"] for r in read(tmp_path / "p.csv")][: len(said)]
    assert not [c for c in cells if c[:1] in {"=", "+", "-", "@", "\t", "\r"}]
    assert tuple(map(restore, cells)) == said


def test_single_label_has_no_runner_up(tmp_path: Path) -> None:
    write_predictions(tmp_path / "p.csv", scored_of(1, messages=3))
    assert [r["runner_up"] for r in read(tmp_path / "p.csv")] == ["", "", ""]
