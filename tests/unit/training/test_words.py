"""The coder by words alone: probabilities, whatever codes there are."""

import numpy as np
import pytest

from training.words import by_words

TEXTS = ["i agree", "yes agree", "why ?", "what do you think ?", "that is wrong", "wrong"]
CODES = [0, 0, 2, 2, 3, 3]


def test_it_learns_the_words_and_leaves_room_for_codes_it_never_saw():
    found = by_words(TEXTS, CODES, ["agree !", "why", "so wrong"], 5, seed=0)
    assert found.shape == (3, 5)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert found.argmax(axis=1).tolist() == [0, 2, 3]
    assert (found[:, [1, 4]] > 0).all()
    assert (found[:, [1, 4]] < 0.2).all()


@pytest.mark.parametrize("codes", [[0, 0, 1, 1, 1, 1], [1, 1, 0, 0, 0, 0]])
def test_two_codes_are_told_apart_either_way(codes):
    found = by_words(TEXTS, codes, ["agree", "why"], 2, seed=0)
    assert found.argmax(axis=1).tolist() == [codes[0], codes[2]]


def test_a_single_code_is_nearly_certain():
    found = by_words(TEXTS, [2] * 6, ["anything"], 4, seed=0)
    assert found[0, 2] > 0.9


def test_nothing_asked_nothing_told():
    assert by_words(TEXTS, CODES, [], 5, seed=0).shape == (0, 5)


def test_talk_of_single_letters_and_signs_is_learned_too():
    given = by_words(["A", "B", "A?", "😀"], [0, 1, 0, 1], ["A", "😀"], 2, seed=0)
    assert given.argmax(axis=1).tolist() == [0, 1]
