"""A retraining on a tiny study: what it leaves, who judges, and when nothing is trained."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.domain.codebook import Code, Codebook
from bot.domain.errors import InputError
from bot.domain.retraining import BUNDLE, Outcome
from bot.encoding.spec import Architecture
from bot.inference.bundle import Bundle, load_bundle
from exports.codebooks.codebook_toml import write_codebook
from tests.unit.training.tiny_study import BOOK, tiny_base, tiny_rows, tiny_settings, write_rows
from training import retrain as module
from training.case import Case, open_case
from training.gate import Rule
from training.ladder import Method
from training.retrain import GOLD, PICTURE, Plan, retrain

GROUPS = [f"g{n}" for n in range(16)]
GOLD_GROUPS = frozenset(GROUPS[:5])
RULE = Rule(min_gold=10, margin=0.05, tolerance=0.02, resamples=500)
Line = tuple[str, str, int, int]


@dataclass
class Ran:
    """A retraining that reached a decision."""

    case: Case
    plan: Plan
    outcome: Outcome
    told: list[Line]

    @property
    def bundle(self) -> Bundle:
        return load_bundle(self.plan.folder / BUNDLE)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny base and a study in which one code has a single record."""
    folder = tmp_path_factory.mktemp("retrain")
    tiny_base(folder / "base")
    rows = tiny_rows(GROUPS)
    rows[200][8] = "ONCE"
    write_rows(folder / "records.csv", rows)
    codes = (*BOOK.codes[:3], Code("ONCE", "Once"), Code("NEVER", "Never"), *BOOK.codes[3:])
    write_codebook(replace(BOOK, codes=codes), folder / "codebook.toml")
    return folder


def case_of(home: Path, champion: Bundle | None = None) -> Case:
    return open_case(home / "records.csv", home / "codebook.toml", champion)


def plan_of(home: Path, folder: Path, **changes: object) -> Plan:
    plan = Plan(
        folder=folder,
        name="tiny-20260301",
        gold=GOLD_GROUPS,
        rule=RULE,
        settings=tiny_settings(Architecture.THREAD, epochs=2),
        verified=224,
        base=str(home / "base"),
        threads=1,
        method=Method.FINETUNE,
    )
    return replace(plan, **changes)


def run(home: Path, folder: Path, champion: Bundle | None = None, **changes: object) -> Ran:
    told: list[Line] = []
    case, plan = case_of(home, champion), plan_of(home, folder, **changes)
    outcome = retrain(case, plan, lambda *line: told.append(line))
    return Ran(case, plan, outcome, told)


@pytest.fixture(scope="module")
def first(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return run(home, tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="module")
def second(home: Path, first: Ran, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return run(home, tmp_path_factory.mktemp("second"), first.bundle)


def test_the_first_coder_is_judged_against_the_commonest_code(first):
    found = first.outcome
    assert found.champion is None
    assert found.challenger == first.bundle.manifest.fingerprint
    assert found.decision == ("promote" if found.difference.value > 0 else "keep")
    assert found.before.accuracy < found.after.accuracy
    assert found.before.ece is None
    assert found.notes[0] == (
        "no coder serves the study yet: a new one only has to beat the commonest code"
    )
    assert first.bundle.manifest.name == "tiny-20260301"


def test_no_gold_group_taught_and_all_of_them_judged(first):
    stored = json.loads((first.plan.folder / BUNDLE / "split.json").read_text("utf-8"))
    assert set(stored["test"]) == GOLD_GROUPS
    assert not GOLD_GROUPS & {*stored["train"], *stored["validation"]}
    gold = [r for r in first.case.records if r.group in GOLD_GROUPS]
    assert (first.outcome.gold_groups, first.outcome.gold_records) == (5, len(gold))
    assert first.outcome.gold_met == 0
    with (first.plan.folder / GOLD).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["message_id"] for row in rows] == [r.message.id for r in gold]
    assert [row["gold"] for row in rows] == [r.code for r in gold]
    right = sum(row["after"] == row["gold"] for row in rows)
    assert right / len(rows) == pytest.approx(first.outcome.after.accuracy)
    taught = Counter(r.code for r in first.case.records if r.group not in GOLD_GROUPS)
    assert {row["before"] for row in rows} == {taught.most_common(1)[0][0]}


def test_everything_that_a_decision_rests_on_is_written_down(first):
    found = first.outcome
    assert Outcome.from_json(found.to_json()) == found
    assert found.parity < 1e-4
    assert found.changed_codes == 0
    assert found.rule["tolerance"] == 0.02
    assert found.repeat["seed"] == 0
    assert found.repeat["records_sha256"] == first.case.source.sha256
    assert found.repeat["gold"] == sorted(GOLD_GROUPS)
    assert found.repeat["versions"]["torch"]
    assert found.pictures == (PICTURE,)
    assert (first.plan.folder / PICTURE).read_bytes().startswith(b"\x89PNG")


def test_the_same_seed_gives_the_same_coder_and_no_difference(first, second):
    assert second.outcome.champion == first.outcome.challenger
    weights = [(r.plan.folder / BUNDLE / "model.safetensors").read_bytes() for r in (first, second)]
    assert weights[0] == weights[1]
    assert second.outcome.difference.value == 0
    # Of 70 messages none was lost: that does not say that fewer than 2 of 100 others would be.
    assert second.outcome.difference.low < -RULE.tolerance
    assert second.outcome.decision == "keep"
    assert second.outcome.before == second.outcome.after == first.outcome.after


def test_a_code_with_a_single_record_trains_and_is_never_judged_alone(first):
    notes = "\n".join(first.outcome.notes)
    assert "a single record to learn ONCE from" in notes
    assert "nothing to learn NEVER from" in notes
    assert "ONCE and NEVER: a fall there would not have been noticed" in notes
    assert "ONCE" in first.bundle.manifest.labels
    assert not any(code.fell for code in first.outcome.codes)


def test_the_stages_are_told_in_their_order(second):
    stages = list(dict.fromkeys(stage for stage, *_ in second.told))
    assert stages == ["training", "parity", "judging", "deciding"]
    assert not any(m.text in text for m in _messages(second) for _, text, *_ in second.told)


def _messages(ran: Ran):
    return [m for m in ran.case.source.transcript.messages if len(m.text) > 6]


def test_groups_that_taught_the_champion_are_named(home, first):
    assert case_of(home, first.bundle).taught() == set(GROUPS) - GOLD_GROUPS
    assert case_of(home).taught() == set()


def refuse_to_train(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "train", lambda *_, **__: pytest.fail("trained for nothing"))


def test_too_few_gold_groups_keep_the_old_coder_and_nothing_is_trained(
    home, first, tmp_path, monkeypatch
):
    refuse_to_train(monkeypatch)
    found = run(home, tmp_path, first.bundle, gold=frozenset(GROUPS[:3])).outcome
    assert found.decision == "keep"
    assert found.challenger is found.after is found.difference is None
    assert found.reason.endswith("of 3 groups, and needs 2 more groups and 8 more records.")
    assert found.notes[-1].startswith(f"3 of {len(GROUPS)} groups with people's codes are gold")
    assert list(tmp_path.iterdir()) == []


def test_gold_that_the_champion_has_met_judges_nobody(home, first, tmp_path, monkeypatch):
    refuse_to_train(monkeypatch)
    found = run(home, tmp_path, first.bundle, gold=frozenset(GROUPS[4:10])).outcome
    assert found.decision == "keep"
    assert found.gold_groups == 1
    assert found.gold_met == sum(r.group in GROUPS[5:10] for r in case_of(home).records)
    assert f"{found.gold_met} gold records left out" in found.notes[0]


def test_a_champion_with_other_codes_is_none(home, first, tmp_path):
    other = Codebook("other", "Other", "1", BOOK.codes[1:])
    write_codebook(other, tmp_path / "codebook.toml")
    rows = [row for row in tiny_rows(GROUPS[:6]) if row[8] != "CR"]
    write_rows(tmp_path / "records.csv", renumbered(rows))
    case = open_case(tmp_path / "records.csv", tmp_path / "codebook.toml", first.bundle)
    assert case.champion is None
    assert "gives codes that the codebook does not have (CR, ONCE)" in case.why
    assert case.taught() == set()


def renumbered(rows: list[list[str]]) -> list[list[str]]:
    count: Counter[tuple[str, str]] = Counter()
    found = []
    for row in rows:
        count[row[1], row[2]] += 1
        found.append([*row[:4], str(count[row[1], row[2]]), *row[5:]])
    return found


def test_what_cannot_teach_ends_in_a_sentence_and_leaves_nothing(home, tmp_path):
    one = frozenset(GROUPS[:15])  # one group is left to learn from
    with pytest.raises(InputError, match="beside the gold set, 1 group with usable records"):
        run(home, tmp_path, gold=one)
    assert list(tmp_path.iterdir()) == []
