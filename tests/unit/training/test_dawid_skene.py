"""Dawid & Skene's estimate, held to their own data, and to what a prior is for."""

import numpy as np
import pytest

from training.dawid_skene import estimate

# Dawid & Skene 1979, Table 1: 45 patients; observer 1 saw each three times, four others once.
# A line: what observer 1 said in turn, then observers 2, 3, 4, 5.
PATIENTS = """
111 1 1 1 1|333 4 3 3 4|112 2 1 2 2|222 3 1 2 1|222 3 2 2 2|222 3 3 2 2|122 2 1 1 1|333 3 4 3 3
222 2 2 2 3|232 2 2 2 3|444 4 4 4 4|222 3 3 4 3|111 1 1 1 1|222 3 2 1 2|121 1 1 1 1|111 2 1 1 1
111 1 1 1 1|111 1 1 1 1|222 2 2 2 1|222 1 3 2 2|222 2 2 2 2|222 2 2 2 1|222 3 2 2 2|221 2 2 2 2
111 1 1 1 1|111 1 1 1 1|232 2 2 2 2|111 1 1 1 1|111 1 1 1 1|112 1 1 2 1|111 1 1 1 1|333 3 2 3 3
111 1 1 1 1|222 2 2 2 2|222 3 2 3 2|433 4 3 4 3|221 2 2 3 2|232 3 2 3 3|333 3 4 3 2|111 1 1 1 1
111 1 1 1 1|121 2 1 1 1|232 2 2 2 2|121 1 1 1 1|222 2 2 2 2
"""


def anaesthetists():
    lines = [line for row in PATIENTS.split("\n") for line in row.split("|") if line]
    counts = np.zeros((45, 5, 4))
    for n, line in enumerate(lines):
        for coder, said in enumerate(line.split()):
            for each in said:
                counts[n, coder, int(each) - 1] += 1
    return counts


def test_their_own_example():
    counts = anaesthetists()
    found = estimate(counts)
    assert counts.sum() == 45 * 7
    assert found.shares.round(2).tolist() == [0.40, 0.42, 0.11, 0.07]  # their Table 3
    assert found.classes[0].round(2).tolist() == [1, 0, 0, 0]
    assert found.classes.sum(axis=1) == pytest.approx(np.ones(45))
    assert found.rates.sum(axis=2) == pytest.approx(np.ones((5, 4)))


def votes(truth, coders, k, seed):
    """Return counts of coders (accuracy each) on items of the given true classes."""
    chance = np.random.default_rng(seed)
    counts = np.zeros((len(truth), len(coders), k))
    for n, true in enumerate(truth):
        for c, right in enumerate(coders):
            others = [j for j in range(k) if j != true]
            said = true if chance.random() < right else chance.choice(others)
            counts[n, c, said] += 1
    return counts


def test_the_careless_coder_counts_for_less():
    truth = np.random.default_rng(0).integers(0, 4, 400)
    counts = votes(truth, (0.9, 0.85, 0.4), 4, seed=1)
    found = estimate(counts, prior=5)
    right = np.trace(found.rates, axis1=1, axis2=2) / 4
    assert right == pytest.approx([0.9, 0.85, 0.4], abs=0.06)
    # One and one against each other: the reliable one is believed.
    apart = (counts[:, 0] * counts[:, 2]).sum(axis=1) == 0
    first, careless = counts[apart, 0].argmax(1), counts[apart, 2].argmax(1)
    rows = np.arange(apart.sum())
    assert (found.classes[apart][rows, first] > found.classes[apart][rows, careless]).mean() > 0.9


def test_a_prior_keeps_few_votes_from_becoming_certain():
    counts = np.zeros((3, 2, 3))
    counts[0, :, 0] = counts[1, :, 1] = 1
    counts[2, 0, 0] = counts[2, 1, 2] = 1
    found = estimate(counts, prior=5)
    assert 0.2 < found.classes[2].max() < 0.9
    assert found.classes[0].argmax() == 0


def test_nobody_and_nothing_are_no_error():
    assert estimate(np.zeros((0, 0, 3))).classes.shape == (0, 3)
    assert estimate(np.zeros((2, 1, 3)), 1).classes.sum(axis=1) == pytest.approx([1, 1])
