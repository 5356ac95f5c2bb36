"""The process that trains: when it dies it costs one trial, and it never outlives the search."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.incoming import PLAIN
from tests.unit.training.tune.stand_in import FACTS, serve
from training.presets import DEFAULT
from training.tune import crew as module
from training.tune.crew import TuningError, crew
from training.tune.messages import Done, Failed, Task

DEADLY = replace(DEFAULT, epochs=1)


@pytest.fixture(autouse=True)
def _stand_in(monkeypatch):
    monkeypatch.setattr(module, "work", serve)


def door():
    return PLAIN


def task(kind: str) -> Task:
    return Task(Path("talk.csv"), door, base=kind)


def on(_: object) -> bool:
    return True


def test_a_trainer_that_is_killed_costs_one_trial_and_is_replaced():
    with crew(task("works")) as process:
        assert process.facts == FACTS
        first = process.pid
        assert process.run(DEADLY, on) == Failed(
            "the training process was killed (SIGKILL), as the system does when memory runs out."
        )
        assert process.pid is None
        assert isinstance(process.run(DEFAULT, on), Done)
        assert process.pid not in (None, first)


def test_no_trainer_outlives_the_search():
    def stop(_: object) -> bool:
        raise KeyboardInterrupt

    with crew(task("works")) as process:
        pid = process.pid
        assert Path(f"/proc/{pid}").exists()
        with pytest.raises(KeyboardInterrupt):
            process.run(DEFAULT, stop)
        assert not Path(f"/proc/{pid}").exists()
        assert isinstance(process.run(DEFAULT, on), Done)  # should somebody go on
        pid = process.pid
    assert not Path(f"/proc/{pid}").exists()


def test_a_trainer_that_hangs_is_ended():
    with crew(task("hangs")) as process:
        process._trainer._silence = 0.05
        assert process.run(DEFAULT, on) == Failed(
            "the training process gave no sign of life for 0.05 s and was ended."
        )


def test_data_that_cannot_teach_are_refused_with_the_trainers_sentence():
    with pytest.raises(TuningError, match="the data are too few; code more"), crew(task("refuses")):
        pass


def test_a_trainer_that_dies_before_its_first_trial_is_told():
    with (
        pytest.raises(TuningError, match=r"crashed \(SIGABRT\) at its start"),
        crew(task("crashes")),
    ):
        pass
