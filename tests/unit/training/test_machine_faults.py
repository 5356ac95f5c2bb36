"""What the machine lacks is told in one sentence, whoever says it and in whatever words."""

from __future__ import annotations

import errno

import pytest

from bot.domain.errors import InputError
from training.faults import MachineError, failure, lacking, machine_spoken

MEMORY = "the training ran out of memory; nothing was left behind: give it more, use fewer"


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate "
            "memory: you tried to allocate 4096 bytes. Error code 12 (Cannot allocate memory)"
        ),
        RuntimeError("std::bad_alloc"),
        RuntimeError("[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : bad allocation"),
        RuntimeError("can't start new thread"),
        RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
    ],
)
def test_out_of_memory(error):
    assert lacking("the training", error).startswith(MEMORY)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "the quota of the disk is used up"),
        (OSError(errno.EFBIG, "File too large"), "a file grew larger than this process may write"),
        (RuntimeError("I/O error: No space left on device (os error 28)"), "the disk is full"),
        (RuntimeError("File too large (os error 27)"), "a file grew larger than this process may"),
    ],
)
def test_no_room_on_the_disk(error, said):
    found = lacking("the bundle", error)
    assert found.startswith(f"the bundle could not be written ({said}")
    assert found.endswith("nothing was left behind: make room, try again.")


@pytest.mark.parametrize("error", [ValueError("a bug"), OSError(errno.EACCES, "Permission denied")])
def test_other_errors_are_not_explained_away(error):
    assert lacking("the training", error) is None
    with pytest.raises(type(error)), machine_spoken("the training"):
        raise error


def test_a_block_says_it_in_one_sentence_and_leaves_sentences_alone():
    with pytest.raises(MachineError, match="ran out of memory"), machine_spoken("the training"):
        raise MemoryError
    with pytest.raises(InputError, match="a bad file"), machine_spoken("the training"):
        raise InputError("a bad file", "bring another")


def test_a_fault_of_the_program_is_told_by_its_place_and_not_by_its_text():
    try:
        raise KeyError("what a participant wrote")
    except KeyError as error:
        said = failure("the retraining", error)
    assert said.startswith("the retraining failed (KeyError in test_machine_faults.py, line ")
    assert "participant" not in said
    assert failure("the retraining", MemoryError()).startswith("the retraining ran out of memory")
