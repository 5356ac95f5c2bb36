"""The import layout: what it reads, and every refusal with its file and line."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.codebook import codebook_from_codes
from bot.domain.discussion import Message, Provenance, Scenario
from bot.domain.errors import InputError
from bot.domain.layout import COLUMNS, load_transcript, parse_transcript
from bot.domain.transcript import Transcript

HEADER = ",".join(COLUMNS)
BOOK = codebook_from_codes(["A", "B"], "book")
SMALL = f"""{HEADER}
d,g1,fox,The fox,1,P1,2024-05-31T14:02:07+02:00,hi,A,ann
d,g1,fox,The fox,1,P1,2024-05-31T14:02:07+02:00,hi,B,bob
d,g1,fox,The fox,2,P2,2024-05-31 14:02:09,"no, ""really""?",,ann
d,g1,clock,The clock,1,P1,,next,B,ann
d,g2,fox,The fox,1,P9,,hello,A,ann
"""


def row(**changes: object) -> list[str]:
    cells = {
        "dataset": "d",
        "thread_id": "g",
        "scenario_id": "s",
        "scenario": "The case",
        "sequence": 1,
        "speaker": "P1",
        "timestamp": "",
        "comment": "hello",
        "code": "A",
        "coder": "ann",
    }
    return [str(value) for value in {**cells, **changes}.values()]


def table(*rows: list[str], quoting: int = csv.QUOTE_MINIMAL, end: str = "\n") -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator=end, quoting=quoting).writerows([COLUMNS, *rows])
    return out.getvalue()


def parse(text: str) -> Transcript:
    return parse_transcript(text, "talk.csv", BOOK)


def comments(text: str) -> list[str]:
    return [m.text for m in parse(text).messages]


def test_a_small_file_is_read_whole():
    found = parse(SMALL)
    assert found.dataset == "d"
    assert [(d.thread_id, d.scenario, len(d.messages)) for d in found.discussions] == [
        ("g1", Scenario("fox", "fox", "The fox"), 2),
        ("g1", Scenario("clock", "clock", "The clock"), 1),
        ("g2", Scenario("fox", "fox", "The fox"), 1),
    ]
    assert found.messages[0] == Message(
        "d/g1/fox/1", "g1", "fox", 1, "P1", datetime(2024, 5, 31, 12, 2, 7, tzinfo=UTC), "hi"
    )
    assert found.messages[1].text == 'no, "really"?'
    assert found.messages[1].sent_at == datetime(2024, 5, 31, 14, 2, 9, tzinfo=UTC)
    assert found.messages[2].sent_at is None
    assert found.codes == {
        "d/g1/fox/1": {"ann": "A", "bob": "B"},
        "d/g1/fox/2": {"ann": ""},
        "d/g1/clock/1": {"ann": "B"},
        "d/g2/fox/1": {"ann": "A"},
    }
    assert found.coders == ("ann", "bob")
    assert found.threads == ("g1", "g2")
    assert found.lines == {
        "d/g1/fox/1": 2,
        "d/g1/fox/2": 4,
        "d/g1/clock/1": 5,
        "d/g2/fox/1": 6,
    }
    assert found.notes == ()


def test_a_part_of_the_threads_keeps_their_codes_alone():
    found = parse(SMALL).only(["g2"])
    assert [m.id for m in found.messages] == ["d/g2/fox/1"]
    assert found.codes == {"d/g2/fox/1": {"ann": "A"}}
    assert found.lines == {"d/g2/fox/1": 6}


@given(st.permutations(SMALL.splitlines()[1:]))
def test_rows_may_stand_in_any_order(rows):
    found = parse("\n".join([HEADER, *rows]))
    expected = parse(SMALL)
    assert {d.scenario.id + d.thread_id: d.messages for d in found.discussions} == {
        d.scenario.id + d.thread_id: d.messages for d in expected.discussions
    }
    assert found.codes == expected.codes


def test_columns_may_stand_in_any_order_beside_others():
    names = [*reversed(COLUMNS), "note"]
    cells = [*reversed(row(comment="hi there")), "not read"]
    assert comments(f"{','.join(names)}\n{','.join(cells)}\n") == ["hi there"]


@pytest.mark.parametrize(
    "comment",
    [
        "x" * 100_000,
        "word " * 40_000,
        "שלום, מה דעתך?",
        "👩‍👩‍👧 👍🏽 yes",
        "one\u2028two\u0085three\u2029four",  # line ends to Python, not to a CSV file
        " spaces kept \t",
        "one\ntwo\r\nthree",
        "",
    ],
    ids=["long", "longer", "hebrew", "emoji", "separators", "spaces", "lines", "empty"],
)
def test_a_comment_arrives_as_it_was_written(comment):
    assert comments(table(row(comment=comment), row(sequence=2))) == [comment, "hello"]


def test_columns_that_are_not_read_may_stand_twice():
    assert comments(f"{HEADER},note,note,,\n{','.join(row())},a,b,,\n") == ["hello"]


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path):
    path = tmp_path / "talk.csv"
    path.write_bytes(b"\xef\xbb\xbf" + table(row(comment="hi"), end="\r\n").encode())
    assert [m.text for m in load_transcript(path).messages] == ["hi"]


def test_old_line_ends_and_blank_lines_are_read():
    assert comments(table(row(), end="\r")) == ["hello"]
    assert comments(table(row()) + "\n\n") == ["hello"]


def test_lines_count_those_inside_quoted_comments():
    text = table(row(comment="one\ntwo\nthree"), row(sequence=2), row(sequence=3, code="C"))
    with pytest.raises(InputError, match=r"^talk\.csv:6: code 'C' is not in codebook 'book'"):
        parse(text)
    assert list(parse(text.replace(",C,", ",B,")).lines.values()) == [2, 5, 6]


def test_the_provenance_is_the_callers():
    found = parse_transcript(SMALL, "talk.csv", provenance=Provenance.REPLAY)
    assert {m.provenance for m in found.messages} == {Provenance.REPLAY}


def test_any_code_is_taken_without_a_codebook():
    assert parse_transcript(table(row(code="ZZ")), "talk.csv").codes == {"d/g/s/1": {"ann": "ZZ"}}


def test_gaps_in_a_sequence_are_counted_and_named():
    found = parse(table(row(), row(sequence=4), row(sequence=6)))
    assert found.notes == ("3 sequence numbers are missing: messages left out upstream",)


def test_ids_with_slashes_stay_apart():
    found = parse(
        table(row(thread_id="a/b", scenario_id="c"), row(thread_id="a", scenario_id="b/c"))
    )
    assert len({m.id for m in found.messages}) == 2
    assert len(found.codes) == 2


REFUSED = {
    "empty file": ("", None, "the file is empty; export it again"),
    "blank file": ("\n\n", None, "the file is empty"),
    "blank first line": (f"\n{HEADER}\n", 1, "columns dataset, .* are missing .found: nothing."),
    "header only": (f"{HEADER}\n", None, "no messages below the header; add one row a message"),
    "two columns missing": (
        "dataset,thread_id,scenario_id,scenario,sequence,speaker,timestamp,comment\n",
        1,
        "columns code, coder are missing",
    ),
    "one column missing": (HEADER.replace("coder", "who"), 1, "column coder is missing"),
    "semicolons": (HEADER.replace(",", ";"), 1, "separated by semicolons; .* comma-separated"),
    "quoted semicolons": ('"dataset";"thread_id";"scenario_id"', 1, "separated by semicolons"),
    "tabs": (HEADER.replace(",", "\t"), 1, "separated by tabs; .* comma-separated"),
    "no thread": (table(row(thread_id=" ")), 2, "thread_id is empty"),
    "no scenario": (table(row(), row(scenario_id="")), 3, "scenario_id is empty"),
    "no speaker": (table(row(speaker="")), 2, "speaker is empty"),
    "no coder": (table(row(coder="")), 2, "code .* stands there without a coder; name who"),
    "sequence zero": (table(row(sequence=0)), 2, "sequence '0' is not a whole number"),
    "sequence negative": (table(row(sequence=-1)), 2, "sequence '-1' is not"),
    "sequence a fraction": (table(row(sequence="1.0")), 2, "sequence '1.0' is not"),
    "sequence a word": (table(row(sequence="one")), 2, "sequence 'one' is not"),
    "sequence of other digits": (table(row(sequence="\u0661")), 2, "sequence '\u0661' is not"),
    "sequence without end": (table(row(sequence="9" * 5000)), 2, "sequence '9{40}' is not"),
    "sequence twice": (
        table(row(), row(comment="other")),
        3,
        "sequence 1 in thread .* stands twice",
    ),
    "coder twice": (table(row(), row()), 3, "stands twice .*first in line 2"),
    "two codes by one coder": (
        table(row(code="A"), row(code="B")),
        3,
        "has code 'B' by coder 'ann' here and 'A' in line 2; keep the one that counts",
    ),
    "coders saw other words": (
        table(row(), row(coder="bob", comment="x")),
        3,
        "sequence 1 in thread 'g', scenario 's', has another comment than in line 2",
    ),
    "coders saw another speaker": (
        table(row(), row(coder="bob", speaker="P2")),
        3,
        "another speaker than in line 2",
    ),
    "not restarting": (
        table(row(), row(scenario_id="t", sequence=2)),
        3,
        "sequence starts at 2 in thread 'g', scenario 't'; restart the sequence at 1",
    ),
    "unknown code": (table(row(), row(sequence=2, code="a")), 3, "code 'a' is not in codebook"),
    "another text": (
        table(row(), row(sequence=2, scenario="Another")),
        3,
        "scenario 's' has another text than in line 2",
    ),
    "another dataset": (
        table(row(), row(dataset="e", thread_id="h")),
        3,
        "dataset 'e' stands beside 'd' .line 2.",
    ),
    "column twice": (
        f"{HEADER},comment\n",
        1,
        "column comment stands twice, as number 8 and number 11",
    ),
    "bad time": (table(row(timestamp="31.5.24")), 2, "timestamp '31.5.24' is not a time"),
    "time before all times": (
        table(row(timestamp="0001-01-01T00:00:00+10:00")),
        2,
        "is not a time",
    ),
    "NUL": (table(row(), row(sequence=2, comment="a\0b")), 3, r"control character U\+0000"),
    "bell": (table(row(comment="a\x07")), 2, r"control character U\+0007"),
    "text after a quote": (table(row()) + 'd,g,s,"The" case,2,P1,,hi,A,ann\n', 3, "as CSV"),
    "quote never closed": (table(row(), row(sequence=2)) + 'd,g,"s,\n\n\n', 4, "as CSV"),
    "cells missing": (table(row()) + "d,g,s\n", 3, "3 cells where the header has 10"),
    "comma not quoted": (
        table(row()) + "d,g,s,The case,2,P1,,well, no,A,ann\n",
        3,
        "11 cells where the header has 10",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_files_are_refused_with_file_and_line(case):
    text, line, problem = REFUSED[case]
    where = "talk.csv" if line is None else f"talk.csv:{line}"
    with pytest.raises(InputError, match=f"^{where}: .*{problem}") as caught:
        parse(text)
    assert caught.value.remedy
    assert str(caught.value).endswith(f"; {caught.value.remedy}.")


@pytest.mark.parametrize(
    ("encoding", "line"), [("latin-1", 3), ("utf-16", 1)], ids=["latin-1", "utf-16"]
)
def test_another_encoding_is_refused_with_its_line(tmp_path, encoding, line):
    path = tmp_path / "talk.csv"
    path.write_bytes(table(row(), row(sequence=2, comment="schön")).encode(encoding))
    with pytest.raises(InputError, match=rf"talk\.csv:{line}: byte 0x.. is not UTF-8; save"):
        load_transcript(path)


def test_the_byte_named_is_right_behind_a_byte_order_mark(tmp_path):
    path = tmp_path / "talk.csv"
    path.write_bytes(b"\xef\xbb\xbfone\ntwo\xfcx")
    with pytest.raises(InputError, match=r"talk\.csv:2: byte 0xfc is not UTF-8"):
        load_transcript(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"none\.csv: there is no such file; check the path\.$"):
        load_transcript(tmp_path / "none.csv")
    with pytest.raises(InputError, match="this is a folder"):
        load_transcript(tmp_path)


def test_the_csv_modules_own_limit_is_as_before():
    before = csv.field_size_limit()
    parse(table(row(comment="x" * 200_000)))
    with pytest.raises(InputError):
        parse("")
    assert csv.field_size_limit() == before


# --- fuzz ---

NASTY = st.sampled_from(
    ['"', ",", "\n", "\r", "\0", "\ufeff", "\u2028", "=1+1", "9" * 20, "é", "-"]
)
CELLS = st.one_of(st.sampled_from(row()), NASTY, st.text(max_size=5))


def fuzz_file(factory: pytest.TempPathFactory) -> Path:
    return factory.getbasetemp() / "fuzz.csv"


def parsed_or_refused(read: Callable[[], Transcript], source: str) -> bool:
    """Tell whether `read` gave messages, or an InputError that names `source`."""
    try:
        return len(read().messages) > 0
    except InputError as error:
        return error.source == source


@given(st.one_of(st.binary(max_size=200), st.binary(max_size=80).map(SMALL.encode().__add__)))
@example(SMALL.encode("utf-16"))
@example(f'{HEADER}\n"'.encode())
def test_any_bytes_parse_or_are_refused(tmp_path_factory, raw):
    path = fuzz_file(tmp_path_factory)
    path.write_bytes(raw)
    assert parsed_or_refused(lambda: load_transcript(path, BOOK), str(path))


@given(st.lists(st.lists(CELLS, min_size=8, max_size=11), max_size=5), st.booleans())
def test_any_cells_parse_or_are_refused(rows, quoted):
    text = "\n".join([HEADER, *(",".join(cells) for cells in rows)])
    if quoted:
        text = table(*rows, quoting=csv.QUOTE_ALL)
    assert parsed_or_refused(lambda: parse(text), "talk.csv")


@given(st.data())
def test_a_damaged_file_parses_or_is_refused(data):
    at = data.draw(st.integers(0, len(SMALL)))
    taken = data.draw(st.integers(0, 20))
    damaged = SMALL[:at] + data.draw(st.one_of(NASTY, st.just(""))) + SMALL[at + taken :]
    assert parsed_or_refused(lambda: parse(damaged), "talk.csv")


VISIBLE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=30)


@given(
    st.lists(
        st.tuples(
            VISIBLE,
            st.none()
            | st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5))])).filter(
                lambda moment: 1 < moment.year < 9999
            ),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_what_a_csv_writer_wrote_is_read_back(messages):
    rows = [
        row(sequence=n, comment=text, timestamp=at.isoformat() if at else "")
        for n, (text, at) in enumerate(messages, start=1)
    ]
    found = parse(table(*rows)).messages
    assert [(m.text, m.sent_at) for m in found] == messages
    assert all(m.sent_at is None or m.sent_at.tzinfo is UTC for m in found)
