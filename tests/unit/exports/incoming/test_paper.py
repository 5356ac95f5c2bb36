import csv
import io

import pytest

from bot.domain.codebook import Code, Codebook
from bot.domain.discussion import Scenario
from bot.domain.errors import InputError
from exports.incoming import paper
from exports.incoming.files import read_incoming

HEADER = ("Comment", "label", "Sequence-#", "Scenario-#")


def table(tmp_path, rows, header=HEADER, encoding="utf-8"):
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    path = tmp_path / "haines.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def read(tmp_path, rows, header=HEADER, **options):
    found = read_incoming(table(tmp_path, rows, header), **options)
    assert found.form == paper.FORM
    return found.transcript


def shape(found):
    return [(d.thread_id, d.scenario.id, d.round, len(d.messages)) for d in found.discussions]


def talk(*discussions):
    """Return rows of (scenario, how many messages)."""
    return [
        (f"words {n} of {place}", "SA", n, scenario)
        for place, (scenario, count) in enumerate(discussions)
        for n in range(1, count + 1)
    ]


def test_the_papers_columns(tmp_path):
    rows = [
        ("just because its legal", "SA", 1, 1),
        ("doesnt mean", "", 2, 1),
        ('"its" fair, 🦊', "UC", 3, 1),
        ("hi", "SR", 1, 2),
    ]
    found = read(tmp_path, rows)
    assert shape(found) == [("group 1", "1", 1, 3), ("group 1", "2", 1, 1)]
    assert [(m.text, m.sequence, m.speaker, m.sent_at) for m in found.messages][2] == (
        '"its" fair, 🦊',
        3,
        "unknown",
        None,
    )
    # A cell without a label is a coder who gave none: the end of a thought over two lines.
    assert [found.codes[m.id] for m in found.messages] == [
        {"coder 1": code} for code in ("SA", "", "UC", "SR")
    ]
    assert (found.dataset, found.lines[found.messages[3].id]) == ("haines", 5)


@pytest.mark.parametrize(
    "header",
    [
        ("comment", "Label", "sequence #", "scenario #"),
        ("COMMENT", "LABEL", "Sequence_No", "Scenario Number"),
        (" Comments ", "labels", "Seq", "ScenarioID"),
        ("Comment", "label", "Sequence", "Scenario"),
    ],
)
def test_however_a_spreadsheet_spells_them(tmp_path, header):
    assert shape(read(tmp_path, talk((1, 2), (2, 1)), header)) == [
        ("group 1", "1", 1, 2),
        ("group 1", "2", 1, 1),
    ]


def test_several_labels_are_several_coders(tmp_path):
    header = ("Scenario-#", "Sequence-#", "Comment", "label", "label 2", "Label-B")
    found = read(tmp_path, [(1, 1, "hi", "SA", "", "CR")], header)
    (codes,) = found.codes.values()
    assert codes == {"coder 1": "SA", "coder 2": "", "coder B": "CR"}


def test_group_after_group_and_scenario_after_scenario_give_the_same_groups(tmp_path):
    by_group = read(tmp_path, talk((1, 2), (2, 3), (1, 4), (2, 5)))
    by_scenario = read(tmp_path, talk((1, 2), (1, 4), (2, 3), (2, 5)))
    assert sorted(shape(by_group)) == sorted(shape(by_scenario))
    assert shape(by_group) == [
        ("group 1", "1", 1, 2),
        ("group 1", "2", 1, 3),
        ("group 2", "1", 1, 4),
        ("group 2", "2", 1, 5),
    ]
    assert "4 discussions told by scenario and sequence" in by_group.notes[0]


def test_a_group_that_leaves_out_a_scenario(tmp_path):
    found = read(tmp_path, talk((1, 1), (2, 1), (3, 1), (1, 1), (3, 1), (1, 1)))
    assert [(d.thread_id, d.scenario.id) for d in found.discussions][3:] == [
        ("group 2", "1"),
        ("group 2", "3"),
        ("group 3", "1"),
    ]


def test_a_group_column_tells_the_threads_also_of_rows_that_alternate(tmp_path):
    header = ("Group", *HEADER, "Speaker", "Timestamp")
    at = "2024-05-31 14:02:07"
    rows = [
        ("7.0", "a", "SA", "1.0", "1.0", "P1", at),
        ("8.0", "b", "SA", "1.0", "1.0", "P1", ""),
        ("7.0", "c", "SA", "2.0", "1.0", "P2", ""),
        ("7.0", "d", "SA", "1.0", "1.0", "P1", ""),
    ]
    found = read(tmp_path, rows, header)
    assert shape(found) == [("7", "1", 1, 2), ("8", "1", 1, 1), ("7", "1", 2, 1)]
    assert found.messages[0].sent_at.isoformat() == "2024-05-31T14:02:07+00:00"
    assert [m.speaker for m in found.messages] == ["P1", "P2", "P1", "P1"]


def test_records_that_were_left_out_are_gaps(tmp_path):
    """The authors dropped comments on which the coders differ: numbers are missing."""
    rows = [("a", "SA", 3, 1), ("b", "SA", 5, 1), ("c", "SA", 2, 1), ("d", "SA", 6, 2)]
    found = read(tmp_path, rows)
    assert [[m.sequence for m in d.messages] for d in found.discussions] == [[1, 3], [1], [1]]
    assert "1 sequence number is missing: messages left out upstream" in found.notes
    assert "3 discussions begin later than with 1: counted from 1 here" in found.notes


LIST = (Scenario("toys", "Toys", "Toys. Fair?"), Scenario("drugs", "Drugs", "Drugs. Fair?"))


def test_scenario_words_from_a_column_a_list_or_in_place_of_the_number(tmp_path):
    long = "A maker of cereal offers a game to children. Is that ethical?"
    column = read(tmp_path, [("a", "SA", 1, 1, long)], (*HEADER, "Scenario"))
    assert [(d.scenario.id, d.scenario.text) for d in column.discussions] == [("1", long)]
    instead = read(tmp_path, [("a", "SA", 1, long), ("b", "SA", 1, f"{long}!")])
    assert [(d.scenario.id, d.scenario.text) for d in instead.discussions] == [
        ("1", long),
        ("2", f"{long}!"),
    ]
    rows = [("a", "SA", 1, 2), ("b", "SA", 1, "TOYS"), ("c", "SA", 1, "drugs")]
    listed = read(tmp_path, rows, scenarios=LIST)
    assert [d.scenario.text for d in listed.discussions] == [
        "Drugs. Fair?",
        "Toys. Fair?",
        "Drugs. Fair?",
    ]
    bare = read(tmp_path, [("a", "SA", 1, 1)])
    assert bare.discussions[0].scenario.text == ""
    assert "give them with --scenarios FILE" in bare.notes[-1]


@pytest.mark.parametrize(
    ("rows", "header", "parts"),
    [
        ([("a", "SA", 1)], HEADER[:3], [":1: ", "scenario-# is missing", "must name Comment"]),
        ([("a", 1, 1)], ("Comment", "Sequence-#", "Scenario-#"), [":1: ", "label is missing"]),
        ([("a", "SA", 1)], ("Comment", "label", "Scenario-#"), [":1: ", "sequence is missing"]),
        ([("a", "SA", 1, 1, "b")], (*HEADER, "comment"), ["'Comment' and 'comment' say the same"]),
        ([("a", "SA", 1, 1, "")], (*HEADER, "Label 1"), ["two columns hold", "'coder 1'"]),
        ([("a", "SA", "x", 1)], HEADER, [":2: ", "'x' is not a whole number"]),
        ([("a", "SA", 1.5, 1)], HEADER, [":2: ", "'1.5' is not a whole number"]),
        ([("a", "SA", 1, "")], HEADER, [":2: ", "the scenario is empty"]),
        ([("a", "SA", 2, 1), ("b", "SA", 2, 1)], HEADER, [":3: ", "2 stands twice", "line 2"]),
        (
            [("a", "SA", 1, 1, "x"), ("b", "SA", 2, 1, "y")],
            (*HEADER, "Scenario"),
            [":3: ", "line 2"],
        ),
        ([("", "", "", "")], HEADER, ["there are no messages"]),
        ([("a\x00", "SA", 1, 1)], HEADER, [":2: ", "U+0000"]),
        ([("a", "SA", 1, 1, "")], (*HEADER, "Group"), [":2: ", "Group is empty"]),
        ([("x" * 200_000, "SA", 1, 1)], HEADER, [":2: ", "field larger than"]),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path, rows, header, parts):
    with pytest.raises(InputError) as refused:
        read_incoming(table(tmp_path, rows, header))
    for part in ("haines.csv", *parts):
        assert part in str(refused.value)


def test_a_scenario_that_the_list_lacks(tmp_path):
    with pytest.raises(InputError, match=r"haines.csv:2: scenario '3' is not in the list of 2"):
        read(tmp_path, [("a", "SA", 1, 3)], scenarios=LIST)


def test_a_code_that_the_codebook_lacks(tmp_path):
    book = Codebook("b", "b", "1", (Code("SA", "SA"),))
    path = table(tmp_path, [("a", "SA", 1, 1), ("b", "XX", 2, 1)])
    with pytest.raises(InputError, match=r"haines.csv:3: code 'XX' is not in codebook 'b'; use"):
        read_incoming(path, book)
