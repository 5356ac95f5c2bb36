"""Seeding holds while the block runs, and gives torch back as it was."""

import torch

from training.determinism import reproducible


def test_the_seeding_leaves_torch_as_it_was():
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    with reproducible(3, 1):
        assert torch.get_num_threads() == 1
        assert torch.are_deterministic_algorithms_enabled()
        drawn = torch.rand(3)
    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == before
    with reproducible(3, 1):
        assert torch.equal(torch.rand(3), drawn)
