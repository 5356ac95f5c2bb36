"""The study that is shipped: whole, coded throughout, and true to its own codebook."""

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from bot.domain.codebook import Codebook, load_codebook
from bot.domain.layout import load_transcript
from bot.domain.transcript import Transcript

STUDY = Path(__file__).parents[3] / "training" / "sample_study"


@pytest.fixture(scope="module")
def book() -> Codebook:
    return load_codebook(STUDY / "codebook.toml")


@pytest.fixture(scope="module")
def talk(book: Codebook) -> Transcript:
    return load_transcript(STUDY / "discussions.csv", book)


def test_it_is_large_enough_to_teach(talk):
    assert len(talk.threads) >= 8
    assert len(talk.messages) >= 900
    people: dict[str, set[str]] = {}
    for message in talk.messages:
        people.setdefault(message.thread_id, set()).add(message.speaker)
    assert {len(group) for group in people.values()} <= {5, 6}


def test_every_message_has_a_text_a_time_and_a_code_of_its_author(talk):
    assert talk.coders == ("author",)
    assert talk.notes == ()
    for message in talk.messages:
        assert message.text.strip()
        assert message.sent_at is not None
        assert talk.codes[message.id]["author"]


def test_time_runs_forward_within_each_discussion(talk):
    for discussion in talk.discussions:
        times = [m.sent_at for m in discussion.messages]
        assert times == sorted(times)


def test_each_of_the_sixteen_codes_is_defined_and_present(talk, book):
    used = Counter(code for by in talk.codes.values() for code in by.values())
    assert len(book.codes) == 16
    assert set(used) == set(book.by_code)
    assert min(used.values()) >= 20  # fewer could not be split in three
    for code in book.codes:
        assert code.title
        assert code.definition
        assert len(set(code.examples)) >= 3


def test_no_example_of_the_codebook_is_a_message(talk, book):
    examples = {e.casefold() for code in book.codes for e in code.examples if len(e.split()) > 3}
    assert not examples & {m.text.casefold() for m in talk.messages}


def test_its_scenarios_are_those_of_the_list(talk):
    listed = tomllib.loads((STUDY / "scenarios.toml").read_text(encoding="utf-8"))["scenarios"]
    assert len(listed) == 5
    assert all(s["title"] for s in listed)
    assert {(d.scenario.id, d.scenario.text) for d in talk.discussions} == {
        (s["id"], s["text"].strip()) for s in listed
    }


def test_the_readme_counts_what_is_there(talk):
    counts = Counter(code for by in talk.codes.values() for code in by.values())
    text = (STUDY / "README.md").read_text(encoding="utf-8")
    assert f"{len(talk.messages):,} messages" in text
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in text.splitlines()]
    stated = {
        name.split()[0]: int(n)
        for row in cells
        if len(row) == 4 and row[1].isdigit()
        for name, n in ((row[0], row[1]), (row[2], row[3]))
    }
    assert stated == counts
