"""Trials with a tiny base: what they may see, what is kept between them, how they end."""

from dataclasses import replace

import pytest

from bot.domain.errors import InputError
from bot.domain.incoming import PLAIN
from bot.encoding.spec import Architecture
from tests.unit.training.tiny_study import (
    tiny_base,
    tiny_rows,
    tiny_settings,
    write_rows,
    write_verified,
)
from training.pace import paced
from training.presets import DEFAULT, DEFAULT_PAIR, Settings
from training.split import SplitBy, split
from training.tune import trainer as module
from training.tune.messages import Done, Failed, Judged, Step, Stopped, Task
from training.tune.trainer import Trainer

GROUPS = [f"g{n}" for n in range(8)]


def plain_door():
    return PLAIN


@pytest.fixture(scope="module")
def task(tmp_path_factory) -> Task:
    folder = tmp_path_factory.mktemp("tune")
    tiny_base(folder / "base")
    write_rows(folder / "talk.csv", tiny_rows(GROUPS))
    return Task(folder / "talk.csv", plain_door, base=str(folder / "base"), threads=1, device="cpu")


@pytest.fixture(scope="module")
def trainer(task) -> Trainer:
    return Trainer(task)


def settings(architecture: Architecture = Architecture.THREAD, **changes: object) -> Settings:
    quick = {"epochs": 2, "teachers": 0, "least_steps": 0, "average": False}
    return tiny_settings(architecture, **{**quick, **changes})


def on(_: object) -> bool:
    return True


@pytest.mark.parametrize("architecture", list(Architecture), ids=str)
def test_a_trial_tells_its_epochs_and_how_the_best_did_group_by_group(trainer, architecture):
    epochs = []

    def told(message: Step | Judged) -> bool:
        if isinstance(message, Judged):
            epochs.append(message.epoch)
        return True

    done = trainer.run(settings(architecture), told)
    assert isinstance(done, Done)
    assert [e.epoch for e in epochs] == [1, 2]
    assert done.accuracy == max(e.validation_accuracy for e in epochs)
    assert done.accuracy == pytest.approx(
        sum(hits for hits, _ in done.groups.values()) / sum(n for _, n in done.groups.values())
    )
    assert set(done.groups) == {r.group for r in trainer.parts.split.validation}


@pytest.mark.parametrize("changes", [{}, {"teachers": 2, "teacher_epochs": 1}], ids=str)
def test_no_record_of_a_test_group_can_be_learned_or_seen(trainer, changes):
    chosen = settings(**changes)
    everything = trainer._arrangement
    test = {r.group for r in split(everything.records, SplitBy.GROUP, 0).test}
    assert test
    material = trainer.material(chosen)
    parts = material.parts
    assert parts.split.test == ()
    for records in (*parts.split.parts().values(), parts.split.uncoded, parts.arrangement.records):
        assert not test & {r.group for r in records}
    hidden = {
        m.id
        for d in trainer._source.transcript.discussions
        for m in d.messages
        if m.thread_id in test
    }
    assert hidden
    assert not hidden & set(material.inputs)


def test_what_is_encoded_is_kept_for_trials_that_read_alike(trainer, monkeypatch):
    asked = []
    real = module.encode
    monkeypatch.setattr(module, "encode", lambda *a: asked.append(1) or real(*a))
    for window in (1, 2, 1, 2):
        trainer.run(settings(window=window, epochs=1), on)
    assert len(asked) == 2


def test_equal_settings_give_equal_results(trainer):
    assert trainer.run(settings(), on) == trainer.run(settings(), on)


def test_the_default_is_told_as_it_runs_on_these_data(task, trainer, tmp_path):
    told = trainer.facts.defaults
    discussions = {r.message.discussion_key for r in trainer.parts.split.train}
    assert told[Architecture.THREAD] == replace(paced(DEFAULT, len(discussions)), teachers=0)
    assert told[Architecture.THREAD].epochs > DEFAULT.epochs
    assert told[Architecture.PAIR] == DEFAULT_PAIR
    # Where most is uncoded, teachers do teach: as many as there are groups to part, at most.
    rows = [[*row[:8], row[8] if row[4] in "12" else "", row[9]] for row in tiny_rows(GROUPS)]
    found = Trainer(replace(task, file=write_rows(tmp_path / "few.csv", rows)))
    assert found.facts.defaults[Architecture.THREAD].teachers == DEFAULT.teachers


def test_groups_that_the_file_marks_as_gold_are_the_test_part(task, tmp_path):
    file = write_verified(tmp_path / "verified.csv", tiny_rows(GROUPS), gold={"g1", "g6"})
    found = Trainer(replace(task, file=file))
    assert found.facts.groups["test"] == 2
    held = {r.group for r in (*found.parts.split.train, *found.parts.split.validation)}
    assert held == set(GROUPS) - {"g1", "g6"}
    assert not {r.group for r in found.parts.split.uncoded} & {"g1", "g6"}
    assert any(line.startswith("2 gold groups set aside") for line in found.facts.said)


def test_a_trial_ends_when_it_is_told_to(trainer):
    heard = []

    def told(message: object) -> bool:
        heard.append(message)
        return not isinstance(message, Judged)

    assert trainer.run(settings(epochs=5), told) == Stopped()
    assert isinstance(heard[-1], Judged)
    assert heard[-1].epoch.epoch == 1
    assert trainer.run(settings(), lambda _: False) == Stopped()


def test_a_loss_that_is_no_number_is_a_failed_trial(trainer):
    ended = trainer.run(settings(learning_rate=1e30, head_learning_rate=1e30), on)
    assert isinstance(ended, Failed)
    assert "the loss is not a number in epoch" in ended.sentence


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (MemoryError(), "ran out of memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "ran out of memory"),
        (ValueError("what somebody wrote"), "ValueError in test_tune_trainer.py"),
    ],
)
def test_whatever_goes_wrong_ends_that_trial_alone(trainer, monkeypatch, error, told):
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(module, "learn", fail)
    ended = trainer.run(settings(), on)
    assert isinstance(ended, Failed)
    assert told in ended.sentence
    assert "somebody" not in ended.sentence


def test_data_that_cannot_teach_are_refused(task, tmp_path):
    file = write_rows(tmp_path / "one.csv", tiny_rows(["g0"]))
    with pytest.raises(InputError, match="cannot be split"):
        Trainer(replace(task, file=file))
