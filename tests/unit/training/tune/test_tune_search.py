"""The search: what is tried first, what is cut off, what a stop costs, and when it is over."""

import pytest
from optuna.trial import TrialState

from bot.encoding.spec import Architecture
from tests.unit.training.tune.stand_in import Clock, Fake, Silent, kept_in, plan
from training.presets import DEFAULT, PAPER
from training.split import SplitBy
from training.tune.crew import TuningError
from training.tune.duration import told
from training.tune.plan import counted, spent
from training.tune.search import search
from training.tune.standing import Standing, settings_of


def run(path, fake: Fake, **limits: object) -> Silent:
    watch = Silent()
    with kept_in(path) as kept:
        search(kept, fake, plan(**limits), watch, fake.clock)
    return watch


def states(path) -> list[TrialState]:
    with kept_in(path) as kept:
        return [t.state for t in kept.trials()]


def test_the_default_is_tried_first_then_the_paper_both_on_the_same_groups(tmp_path):
    fake = Fake()
    watch = run(tmp_path / "t.db", fake, most=3, seed=7)
    assert watch.began_with == [(0, "default"), (1, "paper"), (2, None)]
    first, second, third = fake.ran
    assert first.to_dict() == {**DEFAULT.to_dict(), "seed": 7}
    assert second.to_dict() == {**PAPER.to_dict(), "seed": 7, "split": "group"}
    assert {s.split for s in fake.ran} == {SplitBy.GROUP}
    assert third.preset == "tuned"


def test_one_architecture_alone_does_not_try_the_paper(tmp_path):
    fake = Fake()
    watch = run(tmp_path / "t.db", fake, most=6, architectures=(Architecture.THREAD,))
    assert watch.began_with[1] == (1, None)
    assert {s.architecture for s in fake.ran} == {Architecture.THREAD}


def test_the_search_goes_on_where_it_was_and_guesses_what_it_would_have_guessed(tmp_path):
    whole, first, second = Fake(), Fake(), Fake()
    run(tmp_path / "whole.db", whole, most=12)
    run(tmp_path / "parts.db", first, most=5)
    run(tmp_path / "parts.db", second, most=12)
    assert len(first.ran) == 5
    assert first.ran + second.ran == whole.ran
    assert len({s.learning_rate for s in whole.ran}) == 12  # no guess twice
    assert search_again(tmp_path / "parts.db") == "12 trials done"


def search_again(path) -> str:
    with kept_in(path) as kept:
        return search(
            kept, Fake(reach=lambda _: pytest.fail("it was over")), plan(most=12), Silent()
        )


def test_the_budget_counts_over_runs_and_what_it_cut_off_is_tried_again(tmp_path):
    # The default takes ten seconds an epoch. The budget ends in the paper's second epoch.
    budget = 10.0 * DEFAULT.epochs + 15
    fake = Fake(seconds=1.0)
    run(tmp_path / "t.db", fake, budget=budget, longest=1000.0)
    assert fake.clock.now == budget
    with kept_in(tmp_path / "t.db") as kept:
        trials = kept.trials()
        assert [t.state.name for t in trials] == ["COMPLETE", "FAIL", "WAITING"]
        assert spent(trials) == pytest.approx(budget)
        assert counted(trials) == 1
        assert trials[1].user_attrs["sentence"] == "the budget was spent; tried again."
        assert search(kept, fake, plan(budget=budget), Silent()) == (
            f"the budget of {told(budget)} is spent"
        )
    again = Fake()
    watch = run(tmp_path / "t.db", again, budget=budget + 90, longest=1000.0)
    assert watch.began_with[0] == (2, "paper")
    assert again.ran[0] == fake.ran[1]
    assert again.clock.now == pytest.approx(90.0)  # the rest was spent before


def test_a_trial_that_would_take_too_long_is_given_up_with_its_sentence(tmp_path):
    # 40 steps for the default, 70 for the paper, at 10 s: both would take longer.
    fake = Fake(seconds=10.0)
    run(tmp_path / "t.db", fake, most=2, longest=200.0)
    with kept_in(tmp_path / "t.db") as kept:
        default, paper = kept.trials()
    assert default.state is TrialState.COMPLETE, "there must be something to beat"
    assert paper.state is TrialState.PRUNED
    assert paper.user_attrs["sentence"] == (
        "it would take about 11 min 40 s, and a trial may take 3 min 20 s."
    )
    assert paper.user_attrs["seconds"] == pytest.approx(50.0)  # five steps told


def test_a_quarter_of_the_budget_is_the_most_for_one_trial(tmp_path):
    assert plan(budget=400.0).cap == 100.0
    assert plan(budget=400.0, longest=7.0).cap == 7.0
    assert plan(most=4).cap is None


def test_a_trial_below_the_median_is_cut_off_after_its_second_epoch_but_no_reference(tmp_path):
    # Five good trials first; what comes then is bad.
    fake = Fake()
    fake.reach = lambda _: 0.9 if len(fake.ran) <= 5 else 0.1
    run(tmp_path / "t.db", fake, most=9)
    with kept_in(tmp_path / "t.db") as kept:
        bad = kept.trials()[5:]
    longer = [t for t in bad if t.params["epochs"] > 2]
    assert longer
    for trial in longer:
        assert trial.state is TrialState.PRUNED
        assert trial.last_step == 2
        assert trial.user_attrs["sentence"] == "below the median of the others after epoch 2."
    with kept_in(tmp_path / "t.db", "late default") as kept:
        good = Fake(reach=lambda _: 0.9)
        search(kept, good, plan(most=2), Silent())
        reference = kept.trials()[0]
        kept.study.enqueue_trial({}, user_attrs={"reference": "default"})
        for _ in range(4):
            kept.study.add_trial(reference)
        search(kept, Fake(reach=lambda _: 0.1), plan(most=7), Silent())
        assert kept.trials()[2].state is TrialState.COMPLETE


def test_a_failing_trial_is_told_and_is_not_the_end(tmp_path):
    fake = Fake()
    fake.reach = lambda _: "the loss is not a number." if len(fake.ran) == 3 else 0.6
    run(tmp_path / "t.db", fake, most=5)
    with kept_in(tmp_path / "t.db") as kept:
        rows = Standing.of(kept.trials()).rows
    assert [r.state.name for r in rows].count("COMPLETE") == 4
    assert rows[2].state is TrialState.FAIL
    assert rows[2].sentence == "the loss is not a number."
    assert settings_of(rows[2]) == fake.ran[2]


def test_trial_after_trial_that_fails_ends_the_search_with_the_reason(tmp_path):
    fake = Fake(reach=lambda _: "the base model reads 64 tokens.")
    with pytest.raises(TuningError, match=r"5 trials in a row failed, .* reads 64 tokens"):
        run(tmp_path / "t.db", fake, most=50)
    assert len(fake.ran) == 5


def test_a_stop_puts_the_running_trial_back_with_its_values(tmp_path):
    fake = Fake(stop_at=3)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "t.db", fake, most=4)
    with kept_in(tmp_path / "t.db") as kept:
        *_, cut, waiting = kept.trials()
        assert cut.user_attrs["sentence"] == "the search was stopped; tried again."
        assert cut.user_attrs["seconds"] == pytest.approx(10.0)
        assert waiting.state is TrialState.WAITING
        assert "seconds" not in waiting.user_attrs, "it would count twice"
    again = Fake()
    run(tmp_path / "t.db", again, most=4)
    assert again.ran[0] == fake.ran[2]
    assert len(again.ran) == 2


def test_a_trial_that_never_lives_is_given_up_in_the_end(tmp_path):
    alone = {"most": 4, "architectures": (Architecture.THREAD,)}  # no paper in between
    for _ in range(4):
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "t.db", Fake(stop_at=1), **alone)
    with kept_in(tmp_path / "t.db") as kept:
        cut = kept.trials()
    assert [t.state.name for t in cut] == ["FAIL"] * 4
    assert {t.user_attrs["reference"] for t in cut} == {"default"}
    assert cut[-1].user_attrs["sentence"] == (
        "the search was stopped; given up after 3 more tries."
    )
    assert run(tmp_path / "t.db", Fake(), **alone).began_with[0] == (4, None)


def test_time_is_noted_while_a_trial_runs(tmp_path):
    # A kill between two epochs costs the account ten seconds at most.
    clock = Clock()
    lost: list[float] = []
    watch = Silent()
    with kept_in(tmp_path / "t.db") as kept:
        watch.step = lambda _: lost.append(
            clock.now - kept.trials()[0].user_attrs.get("seconds", 0.0)
        )
        search(kept, Fake(clock=clock, steps=20), plan(most=1), watch, clock)
    assert max(lost) <= 10.0
