"""The words for a kappa are those of the two papers, bound by bound."""

import math

import pytest

from bot.reliability.measure import measure
from bot.reliability.ratings import Ratings
from bot.reliability.words import LANDIS_KOCH_SOURCE, MCHUGH_SOURCE, landis_koch, mchugh, words


@pytest.mark.parametrize(
    ("first", "last", "word"),
    [
        (-1.0, -0.000001, "poor"), (0.0, 0.2, "slight"), (0.21, 0.4, "fair"),
        (0.41, 0.6, "moderate"), (0.61, 0.8, "substantial"), (0.81, 1.0, "almost perfect"),
    ],
)  # fmt: skip
def test_landis_and_koch_1977(first, last, word):
    assert landis_koch(first) == landis_koch(last) == word
    assert landis_koch(math.nextafter(last, -2)) == word


@pytest.mark.parametrize(
    ("first", "last", "word"),
    [
        (-1.0, 0.2, "none"), (0.21, 0.39, "minimal"), (0.4, 0.59, "weak"),
        (0.6, 0.79, "moderate"), (0.8, 0.9, "strong"), (0.91, 1.0, "almost perfect"),
    ],
)  # fmt: skip
def test_mchugh_2012(first, last, word):
    assert mchugh(first) == mchugh(last) == word


@pytest.mark.parametrize(
    ("value", "landis", "other"),
    [
        (0.2, "slight", "none"), (0.201, "fair", "minimal"), (0.205, "fair", "minimal"),
        (0.398, "fair", "minimal"), (0.4, "fair", "weak"), (0.405, "moderate", "weak"),
        (0.598, "moderate", "weak"), (0.6, "moderate", "moderate"),
        (0.601, "substantial", "moderate"), (0.798, "substantial", "moderate"),
        (0.8, "substantial", "strong"), (0.805, "almost perfect", "strong"),
        (0.9, "almost perfect", "strong"), (0.905, "almost perfect", "almost perfect"),
    ],
)  # fmt: skip
def test_between_two_printed_ranges_the_round_bound_divides(value, landis, other):
    assert (landis_koch(value), mchugh(value)) == (landis, other)


def test_the_last_digits_of_a_float_do_not_change_a_word():
    assert 1 - 0.4 + 1e-16 >= 0.6
    assert words(0.6000000000000001) == words(0.6) == words(0.5999999999999999)
    assert landis_koch(1.0000000000000002) == "almost perfect"
    assert landis_koch(-1e-17) == "slight"


@pytest.mark.parametrize("value", [1.01, math.nan])
def test_what_is_no_kappa_has_no_word(value):
    with pytest.raises(ValueError, match="1 at most"):
        words(value)


def test_a_kappa_below_minus_one_has_the_lowest_words():
    # A model coded nine messages alike, a person two of them otherwise.
    rows = [(f"m{n}", "g", "model", "A") for n in range(9)]
    rows += [(f"m{n}", "g", "ann", "B") for n in range(2)]
    fleiss = measure(Ratings.of(rows)).overall["fleiss_kappa"].value
    assert fleiss is not None
    assert fleiss < -1
    assert (landis_koch(fleiss), mchugh(fleiss)) == ("poor", "none")


def test_the_papers_are_named():
    assert "Biometrics, 33(1), 159-174" in LANDIS_KOCH_SOURCE
    assert "Biochemia Medica, 22(3), 276-282" in MCHUGH_SOURCE
