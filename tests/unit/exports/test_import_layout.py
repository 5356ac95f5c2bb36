"""What is written in the import layout reads back to the same transcript."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.discussion import Discussion, Message, Scenario
from bot.domain.layout import load_transcript, parse_transcript
from bot.domain.transcript import Transcript
from exports.import_layout import NOBODY, layout_text, write_layout

CSV = """dataset,thread_id,scenario_id,scenario,sequence,speaker,timestamp,comment,code,coder
talk,g1,s,The case,1,P1,2026-03-01T10:00:00+00:00,"=1+1, ""said""\r\nso",A,ann
talk,g1,s,The case,1,P1,2026-03-01T10:00:00+00:00,"=1+1, ""said""\r\nso",,bob
talk,g1,s,The case,2,P2,,ok,B,ann
talk,g2,s,The case,1,P1,,-,B,bob
"""
# What a file may hold at all: the reader refuses control characters.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\r\n\t"))


def test_a_file_comes_back_as_it_was(tmp_path):
    before = parse_transcript(CSV, "talk")
    write_layout(before, tmp_path / "talk.csv")
    after = load_transcript(tmp_path / "talk.csv")
    assert (after.dataset, after.discussions, after.codes) == (
        before.dataset,
        before.discussions,
        before.codes,
    )


@given(TEXT)
def test_any_comment_comes_back(comment):
    message = Message("talk/g/s/1", "g", "s", 1, "P1", None, comment)
    discussion = Discussion("g", Scenario("s", "s", "case"), (message,))
    transcript = Transcript("talk", (discussion,), {message.id: {"ann": "A"}})
    assert parse_transcript(layout_text(transcript), "talk").messages == (message,)


def test_a_message_without_coders_keeps_a_row():
    before = parse_transcript(CSV, "talk")
    bare = Transcript("talk", before.discussions, {})
    after = parse_transcript(layout_text(bare), "talk")
    assert len(after.messages) == 3
    assert set(after.coders) == {NOBODY}
    assert not any(code for by in after.codes.values() for code in by.values())
