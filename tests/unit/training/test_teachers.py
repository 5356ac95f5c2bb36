"""Teachers tell what they have not learned by heart, and their word stands beside the people's."""

from collections import Counter
from dataclasses import replace

import pytest
from tokenizers import Tokenizer

from bot.domain.errors import InputError
from bot.encoding.encode import Encoder
from bot.encoding.spec import Architecture
from tests.unit.training.tiny_study import BOOK, tiny_base, tiny_rows, tiny_settings, transcript_of
from training import teachers
from training.arrange import arrange
from training.base import BaseModel, find_base
from training.build import encoder_spec
from training.data import Source
from training.determinism import reproducible
from training.fit import Fit, TrainingError
from training.material import Material, encode, part
from training.presets import Settings
from training.teachers import fold_of, soft_labels, taught, teaches


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> BaseModel:
    return find_base(str(tiny_base(tmp_path_factory.mktemp("teachers") / "base")))


def settings(**changes: object) -> Settings:
    return tiny_settings(Architecture.THREAD, **{"teachers": 3, "teacher_epochs": 4, **changes})


def material(base: BaseModel, chosen: Settings, tmp_path, groups: int = 16) -> Material:
    transcript = transcript_of(tiny_rows(f"g{n}" for n in range(groups)))
    source = Source(tmp_path / "talk.csv", "0", transcript, BOOK, "the test")
    parts = part(source, arrange(transcript, BOOK), chosen)
    encoder = Encoder(Tokenizer.from_str(base.tokenizer_json), encoder_spec(chosen, base))
    return encode(parts, encoder, lambda _: None)[0]


def soft(base: BaseModel, given: Material, chosen: Settings, progress=lambda *_: None):
    with reproducible(chosen.seed, 1):
        return soft_labels(given, base, chosen, device="cpu", progress=progress)


def test_every_record_and_every_uncoded_message_gets_a_distribution(base, tmp_path):
    chosen = settings()
    given = material(base, chosen, tmp_path)
    calls: list[tuple[str, int, int]] = []
    found = soft(base, given, chosen, lambda *call: calls.append(call))
    parts = given.parts.split
    assert parts.uncoded
    assert found.keys() == {r.message.id for r in (*parts.train, *parts.uncoded)}
    assert all(sum(row) == pytest.approx(1) for row in found.values())
    right = [given.parts.labels[row.index(max(row))] for row in map(found.get, ids(parts.train))]
    assert sum(a == r.code for a, r in zip(right, parts.train, strict=True)) > 0.7 * len(right)
    done = [call[1] for call in calls]
    assert done == list(range(1, calls[0][2] + 1))  # one bar for all of them
    assert {call[0] for call in calls} == {f"teacher {n} of 3" for n in (1, 2, 3)}


def ids(records) -> list[str]:
    return [r.message.id for r in records]


def test_no_teacher_has_learned_what_it_tells_of(base, tmp_path, monkeypatch):
    chosen = settings(teacher_epochs=1)
    given = material(base, chosen, tmp_path)
    learned: list[set[str]] = []
    real = teachers.training_units

    def units(records, *rest):
        learned.append({r.group for r in records})
        return real(records, *rest)

    asked: list[set[str]] = []
    answer = teachers._answers

    def answers(network, records, inputs):
        asked.append({r.group for r in records})
        return answer(network, records, inputs)

    monkeypatch.setattr(teachers, "training_units", units)
    monkeypatch.setattr(teachers, "_answers", answers)
    soft(base, given, chosen)
    own = asked[::2]  # the uncoded messages come between
    assert len(learned) == len(own) == 3
    assert all(not a & b for a, b in zip(learned, own, strict=True))
    assert set().union(*own) == {r.group for r in given.parts.split.train}


def test_a_group_stays_in_one_fold_and_the_folds_are_even(base, tmp_path):
    records = material(base, settings(), tmp_path).parts.split.train
    folds = fold_of(records, 3, seed=5)
    by_group = {(r.group, f) for r, f in zip(records, folds, strict=True)}
    assert len(by_group) == len({r.group for r in records})
    sizes = Counter(f for _, f in by_group).values()
    assert max(sizes) - min(sizes) <= 1
    assert fold_of(records, 3, seed=6) != folds


def test_the_peoples_code_keeps_its_share(base, tmp_path):
    given = material(base, settings(), tmp_path)
    labels, parts = given.parts.labels, given.parts.split
    row = (0.2, 0.7, 0.1)
    told = taught(parts, dict.fromkeys(ids((*parts.train, *parts.uncoded)), row), labels, 0.25)
    for record in told.train:
        wanted = {label: 0.25 * p for label, p in zip(labels, row, strict=True)}
        wanted[record.code] += 0.75
        assert dict(record.target) == pytest.approx(wanted)
    assert {r.code for r in told.uncoded} == {labels[1]}
    assert {r.target for r in told.uncoded} == {tuple(zip(labels, row, strict=True))}
    assert (told.validation, told.test) == (parts.validation, parts.test)


def test_without_teachers_people_alone_are_learned_from(base, tmp_path):
    chosen = settings()
    given = material(base, chosen, tmp_path)
    none = replace(chosen, teachers=0)
    assert soft(base, given, none) == {}
    told = taught(given.parts.split, {}, given.parts.labels, 0.5)
    assert told == replace(given.parts.split, uncoded=())


def test_with_too_little_uncoded_nobody_teaches(base, tmp_path):
    parts = material(base, settings(), tmp_path).parts.split
    share = len(parts.uncoded) / len(parts.train)
    assert teaches(parts, settings(uncoded_for_teachers=share))
    asked = settings(uncoded_for_teachers=share + 0.01)
    assert not teaches(parts, asked)
    assert soft(base, material(base, asked, tmp_path), asked) == {}


def test_one_teacher_alone_is_refused_for_it_would_have_nothing_to_learn_from():
    with pytest.raises(InputError, match=r"teachers = 1 cannot be used: .*; give 0 or at least 2"):
        settings(teachers=1)
    assert [settings(teachers=n).teachers for n in (0, 2)] == [0, 2]


def test_codes_that_were_not_drawn_are_forgotten(base, tmp_path):
    whole = material(base, settings(), tmp_path).parts.split
    parts = material(base, settings(records=20), tmp_path).parts.split
    assert len(parts.train) == 20
    assert {r.code for r in parts.uncoded} == {""}
    assert set(ids(whole.train)) < set(ids((*parts.train, *parts.uncoded)))
    held = {r.group for r in (*parts.validation, *parts.test)}
    assert not held & {r.group for r in (*parts.train, *parts.uncoded)}


def test_an_interruption_among_the_teachers_ends_the_training(base, tmp_path, monkeypatch):
    chosen = settings()
    given = material(base, chosen, tmp_path)
    monkeypatch.setattr(teachers, "fit", lambda *_: Fit((), 1, interrupted=True, seconds=0.0))
    with pytest.raises(TrainingError, match="interrupted while the teachers"):
        soft(base, given, chosen)
