"""A bundle is judged on what it did not learn from."""

import csv
import json
from collections.abc import Iterable

import pytest

from bot.domain.errors import InputError
from bot.domain.layout import COLUMNS, load_transcript
from bot.encoding.spec import Architecture
from bot.inference.bundle import load_bundle
from tests.unit.training.tiny_study import tiny_base, tiny_rows, tiny_settings, write_rows
from training.arrange import Record, arrange
from training.evaluate import evaluate_bundle
from training.seen import Seen
from training.split import SplitBy
from training.train import train

GROUPS = [f"g{n}" for n in range(10)]


def talk(groups: Iterable[str]) -> list[list[str]]:
    """Return rows in which every group has words of its own, as people have."""
    rows = tiny_rows(groups)
    return [[*row[:7], f"{row[7]} {row[1]} {row[2]} {row[4]}", *row[8:]] for row in rows]


@pytest.fixture(scope="module", params=list(SplitBy), ids=str)
def home(request, tmp_path_factory):
    """A folder with a file, and the bundle that learned from it, split by group or by record."""
    folder = tmp_path_factory.mktemp("evaluate")
    settings = tiny_settings(Architecture.THREAD, epochs=1, split=request.param)
    file = write_rows(folder / "talk.csv", talk(GROUPS))
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
    write_rows(home / "new.csv", talk(["new-1", "new-2"]))
    found = evaluated(home, "new.csv")
    assert found.records == len(found.arrangement.records) == 32
    assert found.left_out == 0


def test_a_file_it_has_never_seen_is_said_to_be_new_as_far_as_can_be_told(home):
    write_rows(home / "new.csv", talk(["new-1", "new-2"]))
    assert "none of the file was met in training" in evaluated(home, "new.csv").said
    assert "did not learn from" in evaluated(home).said


def test_another_datasets_groups_of_the_same_name_are_not_taken_for_seen(home):
    rows = talk(f"other-{n}" for n in range(len(GROUPS)))
    rows = [["other", row[1].replace("other-", "g"), *row[2:]] for row in rows]
    write_rows(home / "other.csv", rows)
    assert evaluated(home, "other.csv").left_out == 0


def test_what_taught_is_known_again_under_other_names_edited_and_with_gaps(home):
    rows = [
        ["imported", f"thread {row[1]}", f"case {row[2]}", *row[3:7], edited(row), *row[8:]]
        for row in talk(GROUPS)
        if row[4] != "5"  # a message that was taken back
    ]
    write_rows(home / "imported.csv", rows)
    found = evaluated(home, "imported.csv")
    learned = parts(home)["train"] | parts(home)["validation"]

    def expected(record: Record) -> bool:
        group, case = record.group.split()[1], record.message.scenario_id.split()[1]
        if learned & set(GROUPS):
            return group not in learned
        # By record: an edited message may have been any, so it is not judged.
        sequence = record.message.sequence
        return sequence != 2 and f"tiny/{group}/{case}/{sequence}" not in learned

    judged = [r for r in found.arrangement.records if expected(r)]
    assert judged
    assert found.records == len(judged)
    assert "did not learn from" in found.said


def test_a_discussion_that_went_on_is_known_again(home):
    rows = talk(GROUPS)
    more = [
        [*row[:4], str(int(row[4]) + 8 * part), *row[5:7], f"new {part} {row[7]}", *row[8:]]
        for part in (1, 2)
        for row in rows
    ]
    longer = sorted([*rows, *more], key=lambda row: (row[1], row[2], int(row[4])))
    write_rows(home / "longer.csv", [["longer", f"x{row[1]}", *row[2:]] for row in longer])
    taught = [r for r in evaluated(home, part="all").arrangement.records if known(home, r)]
    assert evaluated(home, "longer.csv").left_out >= len(taught) > 0


def known(home, record: Record) -> bool:
    met = parts(home)["train"] | parts(home)["validation"]
    return record.group in met or record.message.id in met


def test_a_lone_comment_proves_nothing(home):
    rows = [
        ["lone", f"lone-{n}", row[2], row[3], "1", *row[5:]]
        for n, row in enumerate(r for r in talk(GROUPS) if r[8])
    ]
    write_rows(home / "lone.csv", rows)
    assert evaluated(home, "lone.csv").left_out == 0


def edited(row: list[str]) -> str:
    return "we think so" if row[4] == "2" else f" {row[7].upper()}"


def test_a_bundle_that_keeps_names_alone_says_so(home, tmp_path):
    seen = json.loads((home / "bundle" / "split.json").read_text(encoding="utf-8"))
    old = Seen(json.dumps({k: seen[k] for k in ("by", "train", "validation", "test")}))
    records = arrange(
        load_transcript(home / "talk.csv"), load_bundle(home / "bundle").manifest.codebook
    ).records
    assert not old.by_text
    assert old.by_trace(records) == set()
    assert len(records) - len(old.by_name(records)) == evaluated(home).records


def test_no_word_of_a_participant_is_in_the_traces(home):
    text = (home / "bundle" / "split.json").read_text(encoding="utf-8")
    marks = {
        m[n : n + 4]
        for t in json.loads(text)["traces"]
        for m in [t["marks"]]
        for n in range(0, len(m), 4)
    }
    assert all(len(mark) == 4 and set(mark) <= set("0123456789abcdef") for mark in marks)
    assert not [row[7] for row in talk(GROUPS) if len(row[7]) > 3 and row[7] in text]


def test_the_notes_of_the_file_come_along(home):
    rows = [row for row in talk(["gap-1", "gap-2"]) if row[4] != "3"]
    write_rows(home / "gaps.csv", rows)
    assert [note for note in evaluated(home, "gaps.csv").notes if "4 sequence numbers" in note]


def test_a_scenario_that_is_too_long_is_named_with_file_and_line(home):
    rows = talk(["long-1", "long-2"])
    for row in rows:
        row[3] = "kids " * 41 if row[2] == "ad" else row[3]
    write_rows(home / "long.csv", rows)
    with pytest.raises(InputError, match=r"long\.csv:10: scenario 'ad' takes 41 tokens"):
        evaluated(home, "long.csv")


@pytest.mark.parametrize("part", ["test", "all"])
def test_a_file_that_nobody_coded_is_said_to_be_one(home, part):
    write_rows(home / "none.csv", [[*row[:8], "", ""] for row in talk(["n"])])
    with pytest.raises(InputError, match=r"none\.csv: no message in it has a person's code; fill"):
        evaluated(home, "none.csv", part=part)


def test_a_file_without_usable_records_is_refused_with_the_account(home):
    write_rows(home / "none.csv", [[*row[:7], "", *row[8:]] for row in talk(["n"])])
    with pytest.raises(InputError, match=r"none\.csv: no record is usable: 16 dropped: empty"):
        evaluated(home, "none.csv")


def test_judging_takes_what_came_through_discord(home):
    rows = [[*row, "discord"] for row in talk(["d-1", "d-2"])]
    with (home / "discord.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([[*COLUMNS, "provenance"], *rows])
    assert evaluated(home, "discord.csv").records == 32


def test_a_file_of_nothing_but_what_it_learned_from_is_refused(home):
    learned = parts(home)["train"]
    rows = talk(GROUPS)
    for row in rows:
        message_id = "/".join((*row[:3], row[4]))
        if not learned & {row[1], message_id}:
            row[8] = ""  # not coded, so that it is context alone
    write_rows(home / "taught.csv", rows)
    with pytest.raises(
        InputError, match=r"taught\.csv: every usable record is one the bundle learned"
    ):
        evaluated(home, "taught.csv")


def test_thresholds_come_of_groups_that_did_not_teach_and_are_tried_on_the_records(home):
    found = evaluated(home)
    if load_bundle(home / "bundle").manifest.training["settings"]["split"] == "record":
        assert found.thresholds == ()
        return
    (split,) = {(t.threshold.groups, t.threshold.messages) for t in found.thresholds}
    assert split[0] == len(parts(home)["validation"])
    assert [t.threshold.target for t in found.thresholds] == [0.05, 0.1, 0.15]
    assert all(t.threshold.everything and t.sent == 1 and t.error == 0 for t in found.thresholds)


def test_both_engines_give_the_same_measures(home):
    assert evaluated(home, engine="torch").metrics.accuracy == evaluated(home).metrics.accuracy


def test_the_progress_is_told(home):
    told: list[tuple[str, int, int]] = []
    found = evaluated(home, progress=lambda *call: told.append(call))
    assert told[-1][1:] == (found.records, found.records)
