"""Markdown shows what was typed; read back by a CommonMark parser, with tables and strikes on."""

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from exports.printed.markdown import escaped, write_markdown
from exports.printed.words import visible
from tests.unit.exports.coded import about, by_person, coded, message, stream
from tests.unit.exports.hard import ABOUT, TEXTS, hard_study

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def shown(markdown):
    """Return the text of the only paragraph, and fail on anything but text in it."""
    blocks = PARSER.parse(markdown)
    assert [b.type for b in blocks] == ["paragraph_open", "inline", "paragraph_close"]
    parts = []
    for child in blocks[1].children:
        assert child.type in ("text", "hardbreak", "softbreak", "text_special")
        parts.append("\n" if child.type == "hardbreak" else child.content)
    return "".join(parts)


def as_lines(text):
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line if line.strip() else "\xa0" for line in map(visible, lines))


@given(
    st.text(
        st.one_of(
            st.sampled_from("\\`*_[]<>&|~$#+-=.)1 \t\n\r!:/@w"),
            st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
        ),
        min_size=1,
    )
)
@example("1. a")
@example("\x1f")
@example("    code")
@example("a  \nb")
@example("[x]: http://example.org")
@example("=====\n---")
@example("a | b\n--|--\nc | d")
def test_what_was_typed_is_shown(text):
    assert shown(escaped(text)) == as_lines(text)


async def test_the_whole_study_parses_and_holds_every_text(tmp_path):
    path = tmp_path / "o.md"
    await write_markdown(stream(*hard_study()), ABOUT, path)
    text = path.read_text("utf-8")
    for each in TEXTS:
        assert escaped(each) in text
    kinds = {block.type for block in PARSER.parse(text)}
    assert not kinds & {"code_block", "fence", "table_open", "hr"}
    assert [b.content for b in PARSER.parse(text) if b.type == "html_block"] == [
        "<!-- Intercoder transcript -->\n"
    ]


async def test_codes_stand_below_what_was_said(tmp_path):
    codings = [by_person("m1", "CR"), by_person("m1", "DH-1", coder="bob")]
    talk = coded([message("a*b"), message("c", 2)], [*codings, by_person("m2", "CR")])
    await write_markdown(stream(talk), about(), tmp_path / "o.md")
    text = (tmp_path / "o.md").read_text("utf-8")
    assert "## pilot, Group 1: The fox" in text
    assert "> A maker of cereal offers a game. Ethical?" in text
    assert "**P1**\n\n1 \N{MIDDLE DOT} 12:00:00\\\na\\*b\n" in text
    assert "- **CR** Customer respect: ann" in text
    assert "- **DH-1**: bob" in text
    assert "- \N{CHECK MARK} **CR** Customer respect (coded by ann)" in text
