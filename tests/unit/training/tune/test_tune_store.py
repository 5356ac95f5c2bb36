"""The study file: one search at a time, never another's database, and names by what is compared."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from optuna.trial import TrialState

from bot.domain.errors import InputError
from bot.encoding.spec import Architecture
from tests.unit.training.tune.stand_in import kept_in, plan
from training.presets import DEFAULT
from training.tune.crew import TuningError
from training.tune.store import opened, search_name


def test_a_second_search_on_the_file_is_refused_and_says_what_to_do(tmp_path):
    path = tmp_path / "t.db"
    with opened(path), pytest.raises(TuningError, match="another search is running"), opened(path):
        pass
    with opened(path):
        pass  # the first has let go


def test_the_database_of_something_else_is_left_alone(tmp_path):
    other = tmp_path / "intercoder.db"
    with closing(sqlite3.connect(other)) as database:
        database.execute("CREATE TABLE messages (id INTEGER)")
    before = other.read_bytes()
    with pytest.raises(InputError, match="a database, but of no search"), opened(other):
        pass
    assert other.read_bytes() == before


def test_what_is_no_database_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("not a database at all")
    with pytest.raises(InputError, match="no readable study file"), opened(tmp_path / "notes.txt"):
        pass
    with pytest.raises(InputError, match="this is a folder"), opened(tmp_path):
        pass


def test_its_folder_is_made_and_its_name_may_hold_anything(tmp_path):
    path = tmp_path / "my data?" / "night #1.db"
    with kept_in(path, "a") as kept:
        kept.study.enqueue_trial({})
    with kept_in(path, "a") as kept:
        assert len(kept.trials()) == 1
    with kept_in(path, "another") as kept:
        assert kept.trials() == []


def broken(path: Path) -> None:
    with kept_in(path) as kept:
        with closing(sqlite3.connect(path)) as database:
            database.execute("DROP TABLE trial_user_attributes")
        kept.note(kept.study.ask().number, "seconds", 1.0)


def test_a_file_that_breaks_while_it_is_used_is_a_sentence(tmp_path):
    with pytest.raises(TuningError, match="the trials cannot be kept"):
        broken(tmp_path / "t.db")


def test_another_data_set_base_seed_space_or_default_is_another_search():
    talk = Path("some talk.csv")
    name = search_name(talk, "digest", plan())
    assert name.startswith("some-talk-")
    assert name == search_name(Path("elsewhere/some talk.csv"), "digest", plan(budget=9.0, most=2))
    others = {
        search_name(talk, "other", plan()),
        search_name(talk, "digest", plan(architectures=(Architecture.PAIR,))),
        search_name(talk, "digest", plan(seed=1)),
    }
    others.add(search_name(talk, "digest", replace(plan(), base=replace(DEFAULT, epochs=77))))
    assert len(others | {name}) == 5


def test_a_trial_that_was_running_has_lost_its_process_and_is_tried_again(tmp_path):
    with kept_in(tmp_path / "t.db") as kept:
        trial = kept.study.ask()
        trial.suggest_float("learning_rate", 0.1, 0.2)
        kept.note(trial.number, "reference", "paper")
        kept.note(trial.number, "seconds", 7.0)
    with kept_in(tmp_path / "t.db") as kept:
        lost, again = kept.trials()
    assert lost.state is TrialState.FAIL
    assert lost.user_attrs["sentence"] == "its process was killed; tried again."
    assert again.state is TrialState.WAITING
    assert again.params == trial.params
    assert again.user_attrs == {"reference": "paper"}
