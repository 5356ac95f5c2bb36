"""The gate: what is promoted, what is kept, and the sentence that says why."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.gate import PARITY, Parity, Rule, Verdict, decide, too_few
from training.paired import Judged, difference

RULE = Rule(min_gold=10, margin=0.05, tolerance=0.02, resamples=2000)
FAITHFUL = Parity(1e-6, 0)
CODES = ("A", "B")


def judged(groups: int, each: int, before: float, after: float, seed: int = 0) -> Judged:
    """Return `groups` groups of `each` messages, right as often as said, of two codes by turns."""
    chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
    n = groups * each
    gold = [CODES[i % 2] for i in range(n)]

    def coder(share: float) -> tuple[str, ...]:
        wrong = set(chance.sample(range(n), n - round(share * n)))
        return tuple(CODES[1 - i % 2] if i in wrong else gold[i] for i in range(n))

    names = tuple(f"g{i // each}" for i in range(n))
    return Judged(names, tuple(gold), coder(before), coder(after))


def of(case: Judged, parity: Parity = FAITHFUL, rule: Rule = RULE) -> Verdict:
    return decide(case, parity, rule, CODES)


def test_a_better_coder_is_promoted_with_its_numbers_in_the_sentence():
    found = of(judged(20, 20, 0.70, 0.85))
    assert found.decision == "promote"
    assert "340 of 400 gold messages right (85.0%), before 280 (70.0%)" in found.reason
    assert found.difference.value == pytest.approx(0.15)
    assert found.difference.low > 0.05
    assert (
        f"{100 * found.difference.low:+.1f} to {100 * found.difference.high:+.1f}" in found.reason
    )
    assert "90 % interval" in found.reason


def test_a_worse_coder_is_kept_out():
    found = of(judged(20, 20, 0.85, 0.70))
    assert found.decision == "keep"
    assert found.reason.startswith("It is worse: ")


def test_a_coder_that_few_groups_cannot_tell_from_a_worse_one_is_kept_out():
    found = of(judged(6, 10, 0.70, 0.75))
    assert found.difference.value > 0
    assert found.decision == "keep"
    assert "It may be worse by more than the 2.0 points that are tolerated" in found.reason


def test_a_tolerance_that_a_researcher_widens_lets_it_pass():
    case = judged(6, 10, 0.70, 0.75)
    assert of(case, rule=replace(RULE, tolerance=0.3, margin=1)).decision == "promote"


def test_the_same_coder_again_is_not_worse():
    case = judged(20, 20, 0.8, 0.8)
    same = of(replace(case, after=case.before))
    assert same.decision == "promote"
    assert same.difference.value == 0
    # None of 400 messages was lost: with 95 % certainty it is fewer than 3 of 400 others, too.
    assert same.difference.low == pytest.approx(-3 / 400, rel=0.01)
    assert same.difference.high == -same.difference.low


def fallen(n: int, lost: int) -> Judged:
    """Return two coders of which the second is better over all and loses `lost` of `n` Bs."""
    gold = ("A",) * 200 + ("B",) * n
    before = ("B",) * 60 + gold[60:]
    after = gold[:200] + ("A",) * lost + ("B",) * (n - lost)
    return Judged(tuple(f"g{i % 10}" for i in range(200 + n)), gold, before, after)


def test_a_code_that_falls_by_more_than_the_margin_forbids_it():
    found = of(fallen(40, 3))
    assert found.decision == "keep"
    assert "It finds less of B from 100% to 92% of its 40 gold records" in found.reason
    assert "more than 5% less" in found.reason
    assert [(c.code, c.n, c.fell) for c in found.codes] == [("A", 200, False), ("B", 40, True)]
    code = found.codes[1]
    assert (code.recall_before, code.recall_after) == (1.0, 0.925)
    assert code.f1_before == pytest.approx(2 * 40 / (40 + 100))
    assert code.f1_after == pytest.approx(2 * 37 / (40 + 37))


def test_a_fall_by_just_the_margin_is_allowed():
    assert of(fallen(40, 2)).decision == "promote"  # 0.95 of 1.0, whatever 1 - 0.95 is in binary
    assert of(fallen(100, 5)).decision == "promote"


def test_a_code_with_too_few_gold_records_decides_nothing_and_that_is_said():
    found = of(fallen(9, 9))
    assert found.decision == "promote"
    assert found.notes == (
        "fewer than 10 gold records of B: a fall there would not have been noticed",
    )
    assert of(fallen(10, 9)).decision == "keep"


def test_gold_without_some_code_is_judged_and_said():
    case = judged(20, 20, 0.7, 0.85)
    found = decide(case, FAITHFUL, RULE, (*CODES, "NEVER"))
    assert found.decision == "promote"
    assert "of NEVER" in found.notes[0]
    assert [c.code for c in found.codes] == ["A", "B"]


def test_a_code_that_people_never_gave_has_no_recall():
    case = judged(20, 20, 0.7, 0.85)
    odd = replace(case, before=("X",) * 10 + case.before[10:])
    code = of(odd).codes[-1]
    assert (code.code, code.n, code.recall_before, code.f1_before) == ("X", 0, None, 0.0)
    assert (code.recall_after, code.f1_after, code.fell) == (None, None, False)


@pytest.mark.parametrize(
    ("parity", "said"),
    [
        (Parity(1e-6, 3), "The ONNX graph gives 3 gold messages another code: "),
        (Parity(PARITY, 0), "The probabilities of the ONNX graph are off by up to 0.0001: "),
    ],
)
def test_a_graph_that_is_not_its_network_is_never_promoted(parity, said):
    found = of(judged(20, 20, 0.5, 0.9), parity)
    assert found.decision == "keep"
    assert found.reason.startswith(said)


def test_a_first_coder_only_has_to_beat_the_commonest_code():
    case = replace(judged(2, 10, 0.5, 0.55), first=True)
    case = replace(case, before=("A",) * 20)
    found = of(case)
    assert found.decision == "promote"
    assert "with the commonest code 10 (50.0%)" in found.reason
    assert not any(c.fell for c in found.codes)
    kept = of(replace(case, after=case.before))
    assert kept.decision == "keep"
    assert kept.reason.startswith("It is no better than giving everything the commonest code")


@pytest.mark.parametrize(
    ("groups", "records", "first", "said"),
    [
        (5, 50, False, None),
        (3, 80, False, "80 usable records of 3 groups, and needs 2 more groups."),
        (4, 49, False, "49 usable records of 4 groups, and needs 1 more group and 1 more record."),
        (0, 0, False, "0 usable records of 0 groups, and needs 5 more groups and 50 more records."),
        (2, 10, True, None),
        (1, 10, True, "10 usable records of 1 group, and needs 1 more group."),
    ],
)
def test_a_gold_set_that_is_too_small_says_what_it_lacks(groups, records, first, said):
    found = too_few(groups, records, RULE, first=first)
    assert found is None if said is None else found is not None
    if said:
        assert found == f"The gold set cannot judge yet: it holds {said}"


@given(st.lists(st.tuples(st.sampled_from("abcdef"), *[st.sampled_from(CODES)] * 3), min_size=1))
def test_the_interval_holds_the_difference_and_turns_around_with_it(rows):
    case = Judged(*(tuple(column) for column in zip(*rows, strict=True)))
    there = difference(case, 0.95, 200, 0)
    assert there.low - 1e-9 <= there.value <= there.high + 1e-9
    back = difference(replace(case, before=case.after, after=case.before), 0.95, 200, 0)
    assert (back.value, back.low, back.high) == pytest.approx(
        (-there.value, -there.high, -there.low)
    )


@settings(max_examples=20)
@given(st.integers(0, 50), st.randoms())
def test_the_order_of_the_messages_changes_nothing(seed, chance):
    case = judged(8, 10, 0.7, 0.8, seed)
    order = list(range(80))
    chance.shuffle(order)

    def mixed(column: Sequence[str]) -> tuple[str, ...]:
        return tuple(column[i] for i in order)

    other = Judged(*map(mixed, (case.groups, case.gold, case.before, case.after)))
    assert of(other) == of(case)


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others():
    case = judged(17, 13, 0.7, 0.8)
    assert of(case) == of(case)
    assert of(case, rule=replace(RULE, seed=1)).difference != of(case).difference


def test_one_group_tells_nothing_of_others():
    assert difference(judged(1, 60, 0.5, 0.9), 0.95, 100, 0).low == -1.0


def test_a_group_that_answers_as_one_counts_as_one():
    # 10 groups of 20 that are right or wrong together, against 200 that are on their own.
    gold, after = ("A",) * 200, ("A",) * 120 + ("B",) * 80
    before = ("A",) * 100 + ("B",) * 100
    together = Judged(tuple(f"g{i // 20}" for i in range(200)), gold, before, after)
    apart = replace(together, groups=tuple(f"g{i}" for i in range(200)))
    assert difference(together, 0.95, 4000, 0).low < difference(apart, 0.95, 4000, 0).low - 0.02


def test_an_equal_length_is_asked_for():
    with pytest.raises(ValueError, match="different length"):
        Judged(("g",), ("A",), ("A", "B"), ("A",))
    with pytest.raises(ValueError, match="no gold messages"):
        Judged((), (), (), ())


@pytest.mark.parametrize(
    ("groups", "each", "won"), [(6, 20, 0.08), (20, 20, 0.08), (5, 10, 0.0), (5, 10, 0.01)]
)
def test_a_coder_that_is_worse_by_the_tolerance_hardly_ever_passes_by_luck(groups, each, won):
    """Of 200 nights with a coder that is truly 2 points worse, about 5 % promote at most.

    `won` of the messages only the new coder gets right, 2 points more only the old one.
    """
    chance = random.Random(5)  # noqa: S311 - a simulation
    passed = 0
    for night in range(200):
        rows = []
        for g in range(groups):
            for _ in range(each):
                found = chance.random()
                lost = won <= found < 2 * won + 0.02
                before, after = (0, 1) if found < won else (1, 0) if lost else (1, 1)
                rows.append((f"g{g}", "A", "BA"[before], "BA"[after]))
        case = Judged(*(tuple(column) for column in zip(*rows, strict=True)))
        rule = replace(RULE, margin=1, resamples=400, seed=night)
        passed += of(case, rule=rule).decision == "promote"
    assert passed <= 16  # 200 * 5 % and two standard errors
