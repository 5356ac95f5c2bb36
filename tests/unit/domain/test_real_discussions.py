"""The importer and the window rule on 396 real group chats, where they lie beside the checkout."""

from pathlib import Path

import pytest

from bot.domain.codebook import load_codebook
from bot.domain.layout import load_transcript
from bot.domain.transcript import Transcript
from bot.domain.window import windows

DATA = Path(__file__).parents[4] / "shared" / "data"


@pytest.fixture(scope="module")
def chats() -> Transcript:
    path = DATA / "delidata.csv"
    if not path.is_file():
        pytest.skip("needs DeliData: put delidata.csv and its codebook into ../shared/data")
    return load_transcript(path, load_codebook(DATA / "delidata-codebook.csv"))


def test_every_chat_is_read_with_its_codes_and_times(chats):
    assert len(chats.threads) == len(chats.discussions) == 396
    assert len(chats.messages) == len(chats.codes) == 11_241
    assert all(m.sent_at is not None for m in chats.messages)
    given = {code for by_coder in chats.codes.values() for code in by_coder.values()}
    assert len(given - {""}) == 8


def test_no_window_leaves_its_chat_and_the_first_is_empty(chats):
    for discussion in chats.discussions:
        found = windows(discussion, 12)
        assert found[0].messages == ()
        for at, seen in enumerate(found):
            assert seen.messages == discussion.messages[max(0, at - 12) : at]
