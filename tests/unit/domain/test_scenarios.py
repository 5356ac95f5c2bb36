"""The list of scenarios: TOML or CSV, refused in one sentence."""

from pathlib import Path

import pytest

from bot.domain.discussion import Scenario
from bot.domain.errors import InputError
from bot.domain.scenarios import load_scenarios, parse_scenarios

BOTH = (Scenario("fox", "The fox", "a game"), Scenario("2", "The clock", "ten minutes"))


def test_toml_gives_the_scenarios_in_order():
    text = """
        [[scenarios]]
        id = "fox"
        title = "The fox"
        text = '''
        a game
        '''
        [[scenarios]]
        title = "The clock"
        text = "ten minutes"
    """
    assert parse_scenarios(text, Path("s.toml")) == BOTH


def test_csv_gives_the_same():
    text = 'id,title,text\nfox,The fox,a game\n,The clock,"ten minutes"\n'
    assert parse_scenarios(text, Path("s.csv")) == BOTH


def test_csv_keeps_line_breaks_inside_a_text():
    found = parse_scenarios('title,text\nA,"one\ntwo"\n', Path("s.csv"))
    assert found == (Scenario("1", "A", "one\ntwo"),)


def test_a_file_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("\ufefftitle,text\nA,one\n", encoding="utf-8")
    assert load_scenarios(path) == (Scenario("1", "A", "one"),)


REFUSED = {
    ("s.toml", ""): "s.toml: there are no scenarios; add at least one",
    ("s.csv", ""): "s.csv: there are no scenarios",
    ("s.csv", "title,text\n"): "s.csv: there are no scenarios",
    ("s.toml", "scenarios = 3"): "s.toml: scenarios is not a list",
    ("s.toml", 'scenarios = ["a"]'): "s.toml: scenarios is not a list",
    ("s.toml", "[[scenarios"): "s.toml: not valid TOML",
    ("s.toml", '[[scenarios]]\ntitle = "A"'): "s.toml: scenario number 1 lacks",
    ("s.toml", '[[scenarios]]\ntitle = " "\ntext = "a"'): "s.toml: scenario number 1 lacks",
    ("s.csv", "title,text\nA,one\nB,\n"): "s.csv: scenario number 2 lacks",
    ("s.csv", "id,title,text\nx,A,one\nx,B,two\n"): "s.csv: scenario id 'x' stands twice",
    ("s.csv", "title,text\nA,one, two\n"): "s.csv:2: a row has more cells",
}


@pytest.mark.parametrize(("name", "text"), REFUSED)
def test_bad_lists_are_refused_with_their_file(name, text):
    with pytest.raises(InputError, match=f"^{REFUSED[name, text]}"):
        parse_scenarios(text, Path(name))


def test_a_missing_file_a_folder_and_another_encoding_are_refused(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        load_scenarios(tmp_path / "none.toml")
    with pytest.raises(InputError, match="this is a folder"):
        load_scenarios(tmp_path)
    path = tmp_path / "latin.csv"
    path.write_bytes("title,text\nÄ,one".encode("latin-1"))
    with pytest.raises(InputError, match=r"latin\.csv:2: byte 0xc4 is not UTF-8"):
        load_scenarios(path)
