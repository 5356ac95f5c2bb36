"""The interval of kappa while coding goes on holds however often one looks at it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.agreement import agreement
from bot.reliability import sequence
from bot.reliability.sequence import KappaSequence

CHANCE = np.array([0.4, 0.3, 0.2, 0.1])
ALPHA = 0.05


def stream(random: np.random.Generator, kappa: float, units: int) -> np.ndarray:
    """Return codes (units, 2) of two coders whose kappa is exactly `kappa`.

    The second copies the first with that probability and draws anew otherwise, so that
    P(equal) = kappa + (1 - kappa) sum p^2, with the same frequencies on both sides.
    """
    first, anew = (random.choice(len(CHANCE), units, p=CHANCE) for _ in range(2))
    second = np.where(random.random(units) < kappa, first, anew)
    return np.stack([first, second], axis=1)


def after(codes: np.ndarray, alpha: float = ALPHA) -> KappaSequence:
    found = KappaSequence(alpha)
    for one, other in codes:
        found.update("abcd"[one], "abcd"[other])
    return found


def usual_intervals_miss(codes: np.ndarray, kappa: float) -> np.ndarray:
    """Return which of the usual intervals after 20, 22, 24, ... units miss `kappa`.

    kappa -+ 1.96 standard errors by the delta method, as in Fleiss, Cohen & Everitt (1969),
    Large sample standard errors of kappa and weighted kappa, Psychological Bulletin 72(5).
    """
    size = len(CHANCE)
    cells = np.eye(size * size)[codes[:, 0] * size + codes[:, 1]].cumsum(axis=0)[19::2]
    n = cells.sum(axis=1)
    joint = (cells / n[:, None]).reshape(-1, size, size)
    p, q = joint.sum(axis=2), joint.sum(axis=1)
    differ, by_chance = 1 - np.trace(joint, axis1=1, axis2=2), 1 - (p * q).sum(axis=1)
    value = 1 - differ / by_chance
    of_cell = (1 - q[:, :, None]) + (1 - p[:, None, :]) - 2 * by_chance[:, None, None]
    slope = (1 - np.eye(size)) - differ[:, None, None] - (1 - value)[:, None, None] * of_cell
    error = np.sqrt((joint * slope**2).sum(axis=(1, 2)) / n) / by_chance
    return np.abs(value - kappa) > 1.96 * error


@pytest.mark.parametrize("kappa", [0.2, 0.75])
def test_true_kappa_stays_inside_at_every_look_but_in_one_stream_of_twenty(kappa):
    """Looked at after each of 300 pairs: since the ends only come closer, the last look tells."""
    random = np.random.default_rng(20)
    streams = [stream(random, kappa, 600) for _ in range(200)]
    missed = sum(not (s := after(codes)).low <= kappa <= s.high for codes in streams)
    margin = 2 * np.sqrt(ALPHA * (1 - ALPHA) / len(streams))
    assert missed / len(streams) <= ALPHA + margin
    usual = np.array([usual_intervals_miss(codes, kappa) for codes in streams])
    assert usual[:, -1].mean() <= 0.1  # right for one look at the end ...
    assert usual.any(axis=1).mean() > 4 * ALPHA  # ... and wrong when watched


def test_ends_only_come_closer_and_enclose_what_they_should():
    found, before = KappaSequence(), (-1.0, 1.0)
    for one, other in stream(np.random.default_rng(1), 0.7, 500):
        found.update(str(one), str(other))
        assert before[0] <= found.low <= found.high <= before[1]
        before = found.low, found.high
    assert found.low < found.kappa < found.high
    assert found.high - found.low < 0.3
    assert not found.empty


def test_a_stricter_level_gives_a_wider_interval():
    codes = stream(np.random.default_rng(2), 0.5, 300)
    loose, strict = after(codes, 0.1), after(codes, 0.01)
    assert strict.low < loose.low < loose.high < strict.high


@pytest.mark.parametrize(("place", "kappa"), [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0), (-1.0, -1.0)])
def test_no_bet_gains_on_average_where_kappa_is_what_it_says(place, kappa):
    """The proof in numbers: over all pairs of units the capital's mean is 1, and never below 0."""
    size = 2 if kappa < 0 else len(CHANCE)
    joint = np.array([[0, 0.5], [0.5, 0]])  # each other's opposite: kappa -1
    if kappa >= 0:
        joint = kappa * np.diag(CHANCE) + (1 - kappa) * np.outer(CHANCE, CHANCE)
    grid = int(np.argmin(np.abs(sequence._GRID - place)))
    means = np.zeros((2, len(sequence._SHARES)))
    for cell in np.ndindex(size, size, size, size):
        a, b, c, d = cell
        differ, by_chance = (a != b) + (c != d), (a != d) + (c != b)
        for i, factors in enumerate(sequence._factors()):
            assert (factors[differ, by_chance, grid] > 0).all()
            means[i] += joint[a, b] * joint[c, d] * factors[differ, by_chance, grid]
    assert means == pytest.approx(np.ones(means.shape), abs=1e-12)


def test_the_proof_holds_on_either_side_of_the_place():
    """Bets on "lower" gain nothing where kappa is the place or higher, those on "higher" ..."""
    for kappa in (0.1, 0.4, 0.8):
        joint = kappa * np.diag(CHANCE) + (1 - kappa) * np.outer(CHANCE, CHANCE)
        above, below = (np.zeros((401, len(sequence._SHARES))) for _ in range(2))
        for a, b, c, d in np.ndindex(4, 4, 4, 4):
            weight, at = joint[a, b] * joint[c, d], ((a != b) + (c != d), (a != d) + (c != b))
            above += weight * sequence._factors()[0][at]
            below += weight * sequence._factors()[1][at]
        here = int(np.argmin(np.abs(sequence._GRID - kappa)))
        assert (above[: here + 1] <= 1 + 1e-12).all()
        assert (below[here:] <= 1 + 1e-12).all()
        assert (above[here + 40 :] > 1).any(axis=1).all()  # else nothing is ever refuted
        assert (below[: here - 40 if here > 40 else 0] > 1).any(axis=1).all()


CODINGS = st.lists(st.tuples(*[st.sampled_from("abc")] * 2), max_size=30)


@given(CODINGS)
def test_kappa_so_far_is_that_of_the_summaries(pairs):
    found = KappaSequence()
    for one, other in pairs:
        found.update(one, other)
    first, second = zip(*pairs, strict=True) if pairs else ((), ())
    plain = agreement(first, second)
    assert (found.n, found.percent) == (plain.n, plain.percent)
    assert found.kappa == pytest.approx(plain.kappa) if plain.kappa is not None else (
        found.kappa is None
    )  # fmt: skip


@given(CODINGS, st.permutations("abc"))
def test_the_names_of_codes_do_not_matter(pairs, names):
    renamed = dict(zip("abc", names, strict=True))
    one, other = KappaSequence(), KappaSequence()
    for first, second in pairs:
        one.update(first, second)
        other.update(renamed[first], renamed[second])
    assert (one.low, one.high) == (other.low, other.high)


def test_one_code_throughout_says_nothing():
    found = KappaSequence()
    for _ in range(300):
        found.update("a", "a")
    assert (found.low, found.high, found.kappa, found.percent) == (-1.0, 1.0, None, 1.0)


def test_units_of_different_groups_meet_and_one_group_alone_gives_an_interval_too():
    random = np.random.default_rng(4)
    codes = stream(random, 0.8, 400)
    one_group, two = KappaSequence(), KappaSequence()
    for i, (one, other) in enumerate(codes):
        one_group.update(str(one), str(other), "g")
        two.update(str(one), str(other), f"g{i // 200}")
        assert len(one_group._waiting) <= sequence._WAITING
    assert one_group.low > 0.5
    assert two.low > 0.5
    # What a group says by turns: its own codes alike, the other group's different ones.
    paired = KappaSequence()
    for i in range(40):
        paired.update("a" if i % 2 else "b", "a" if i % 2 else "b", f"g{i % 2}")
    assert paired.low > 0.5  # each unit met one of the other group, of the other code


def test_which_units_meet_does_not_depend_on_their_codes():
    groups = [f"g{i}" for i in np.random.default_rng(5).integers(0, 3, 120)]

    def waiting(codes: np.ndarray) -> list[int]:
        found, left = KappaSequence(), []
        for (one, other), group in zip(codes, groups, strict=True):
            found.update(str(one), str(other), group)
            left.append([unit[2] for unit in found._waiting])
        return left

    random = np.random.default_rng(6)
    assert waiting(stream(random, 0.1, 120)) == waiting(stream(random, 0.9, 120))


def test_codes_that_contradict_any_one_kappa_are_told_and_the_interval_stays():
    found = KappaSequence()
    for i in range(200):
        code = "ab"[i % 2]
        found.update(code, code)
    for i in range(400):
        found.update("ab"[i % 2], "ba"[i % 2])
    assert found.empty
    assert -1 <= found.low <= found.high <= 1


@pytest.mark.parametrize("alpha", [0, 1, -0.1])
def test_levels_that_are_none_are_refused(alpha):
    with pytest.raises(ValueError, match="between 0 and 1"):
        KappaSequence(alpha)
