"""Scenario lists and uploaded codebooks: read from TOML or CSV, or refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.codebook import codebook_from_file, load_codebook
from bot.domain.discussion import NO_SCENARIO, Scenario
from bot.domain.errors import InputError
from bot.domain.scenario_list import load_scenario_list, scenario_id, scenario_list_from_file

STUDY = Path(__file__).parents[3] / "training" / "sample_study"


def test_the_sample_study_has_its_five() -> None:
    found = scenario_list_from_file("scenarios.toml", (STUDY / "scenarios.toml").read_bytes())
    assert [s.id for s in found] == [
        "kids-game",
        "countdown-clock",
        "paid-reviews",
        "smaller-bag",
        "step-data",
    ]
    assert found[0].title == "The fox and the cereal"


def test_csv_needs_title_and_text_and_may_have_ids() -> None:
    text = 'title,text,id\nThe fox,"Is it, fair?",own\nThe fox!,Again,\nThe fox?,Third,\n'
    assert load_scenario_list(text, "List.CSV") == (
        Scenario("own", "The fox", "Is it, fair?"),
        Scenario("the-fox", "The fox!", "Again"),
        Scenario("the-fox-2", "The fox?", "Third"),
    )


def test_a_made_id_never_takes_one_that_is_given_later() -> None:
    found = load_scenario_list("title,text,id\nFox,a,\nOther,b,fox\n", "a.csv")
    assert [s.id for s in found] == ["fox-2", "fox"]


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("a.toml", "scenarios = 3", "scenarios is not a list"),
        ("a.toml", "[[scenarios]]\ntitle =", "not valid TOML"),
        ("a.toml", "", "no scenarios"),
        ("a.toml", '[[scenarios]]\ntitle = "A"', "scenario 1 has no text"),
        ("a.toml", '[[scenarios]]\ntext = "A"', "scenario 1 has no title"),
        ("a.toml", '[[scenarios]]\ntitle = 3\ntext = "A"', "title = 3 of scenario 1"),
        ("a.toml", '[[scenarios]]\ntitle = "A"\ntext = "A"\nminutes = 3', "'minutes'"),
        ("a.csv", "title,words\na,b\n", "the header lacks text"),
        ("a.csv", "title,text,id\na,b,x\nc,d,x\n", "a.csv:3: scenario id 'x' stands twice"),
        ("a.csv", 'title,text\na,"b\nc"\nB,b\nA,b\n', r"^a.csv:5: .* 1 and 3 \(lines 2 and 5\)"),
        ("a.toml", '[[scenarios]]\ntitle="A"\ntext="b"\n' * 2, "scenarios 1 and 2 have the same"),
        ("a.csv", f"title,text,id\na,b,{NO_SCENARIO}\n", "before any scenario"),
    ],
)
def test_what_is_no_list_is_refused(name: str, text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        load_scenario_list(text, name, name)
    with pytest.raises(InputError, match="not UTF-8"):
        scenario_list_from_file(name, b"title,text\n\xff,b\n")


@given(st.text(), st.lists(st.text(max_size=3)))
def test_every_title_gives_an_id_of_its_own(title: str, taken: list[str]) -> None:
    made = scenario_id(title, taken)
    assert made
    assert made not in {*taken, NO_SCENARIO}
    assert made == scenario_id(title, taken)


def test_letters_of_every_script_stay() -> None:
    assert scenario_id("Der Fuchs & das Müsli!") == "der-fuchs-das-müsli"
    assert scenario_id("狐 と 朝食") == "狐-と-朝食"
    assert scenario_id("none") == "none-2"


def test_a_codebook_is_read_from_an_upload_as_from_a_file(tmp_path: Path) -> None:
    for name in ("codebook.toml", "codes.csv"):
        file = tmp_path / name
        file.write_bytes(
            (STUDY / "codebook.toml").read_bytes()
            if name.endswith("toml")
            else b"\xef\xbb\xbfcode,title\nA,Ask\nB,Belief\n"
        )
        assert codebook_from_file(name, file.read_bytes()) == load_codebook(file)
    with pytest.raises(InputError, match=r"codes\.csv:1: the header lacks title"):
        codebook_from_file("codes.csv", b"code\nA\n")
