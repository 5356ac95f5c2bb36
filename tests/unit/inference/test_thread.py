"""The thread scorer on a network of plain arithmetic, where every number can be followed."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.encoding.inputs import ThreadInput
from bot.inference.engine import EngineError
from bot.inference.thread import HEAD_ROWS, ThreadScorer
from bot.inference.vectors import VectorCache


class Arithmetic:
    """A text's vector is (sum of ids, 1); the head writes down all that it was given."""

    def __init__(self) -> None:
        self.encoded: list[list[int]] = []

    def encoder(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        self.encoded += [row[m > 0].tolist() for row, m in zip(ids, mask, strict=True)]
        return np.stack([(ids * mask).sum(1), np.ones(len(ids))], axis=1).astype(np.float32)

    def head(
        self,
        scenario: NDArray[np.float32],
        messages: NDArray[np.float32],
        present: NDArray[np.bool_],
        same_speaker: NDArray[np.int64],
    ) -> NDArray[np.float32]:
        columns = [scenario[:, :1], messages[:, :, 0], present, same_speaker]
        return np.concatenate(columns, axis=1).astype(np.float32)


def scorer(network: Arithmetic, cache: VectorCache | None = None) -> ThreadScorer:
    return ThreadScorer(network.encoder, network.head, window=2, cache=cache)


def item(scenario: int, *messages: int, same: Sequence[bool] = ()) -> ThreadInput:
    speakers = (*same, *[True] * (len(messages) - len(same)))
    return ThreadInput((scenario,), tuple((m,) for m in messages), speakers, cut=False)


def test_the_message_to_be_coded_stands_last_and_empty_places_are_absent() -> None:
    rows = scorer(Arithmetic()).logits([item(9, 5), item(8, 3, 4, 5, same=[True, False])])
    #            scenario  messages  present  same speaker
    assert rows.tolist() == [
        [9, 0, 0, 5, 0, 0, 1, 0, 0, 1],
        [8, 3, 4, 5, 1, 1, 1, 1, 0, 1],
    ]


def test_a_text_is_encoded_once_however_often_it_is_seen() -> None:
    network = Arithmetic()
    scoring = scorer(network)
    scoring.logits([item(9, 1, 2), item(9, 1, 2, 3)])
    scoring.logits([item(9, 2, 3, 4)])
    assert sorted(network.encoded) == [[1], [2], [3], [4], [9]]


@pytest.mark.parametrize("capacity", [0, 1, 3, 100])
def test_a_cache_miss_never_changes_a_result(capacity: int) -> None:
    inputs = [item(9, 1), item(9, 1, 2), item(9, 1, 2, 3), item(8, 2, 3, 4)]
    forgetful = scorer(Arithmetic(), VectorCache(capacity))
    wanted = scorer(Arithmetic()).logits(inputs)
    np.testing.assert_array_equal(forgetful.logits(inputs), wanted)
    for given, row in zip(reversed(inputs), reversed(wanted), strict=True):
        np.testing.assert_array_equal(forgetful.logits([given])[0], row)


def test_more_messages_than_one_run_of_the_head_takes_keep_their_order() -> None:
    inputs = [item(9, n) for n in range(1, 2 * HEAD_ROWS + 5)]
    assert scorer(Arithmetic()).logits(inputs)[:, 3].tolist() == list(range(1, len(inputs) + 1))


def test_a_longer_window_than_the_network_reads_is_refused() -> None:
    with pytest.raises(EngineError, match="window of 3 messages is longer than the 2"):
        scorer(Arithmetic()).logits([item(9, 1, 2, 3, 4)])


def test_remembered_vectors_do_not_keep_their_batch_in_memory() -> None:
    cache = VectorCache()
    scorer(Arithmetic(), cache).logits([item(9, 1, 2)])
    assert all(v.base is None for v in cache.known([(9,), (1,), (2,)]).values())
