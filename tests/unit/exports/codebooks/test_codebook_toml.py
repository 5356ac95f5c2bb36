"""A codebook written as TOML is read back equal, whatever stands in it."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.codebook import Code, Codebook, codebook_from_toml, load_codebook
from exports.codebooks.codebook_toml import codebook_text, write_codebook

# Codebooks strip their texts when they are read, and no surrogate can be written as UTF-8.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(str.strip)
CODE = st.builds(
    Code,
    code=TEXT.filter(bool),
    title=TEXT.filter(bool),
    definition=TEXT,
    examples=st.lists(TEXT, max_size=3).map(tuple),
    uncoded=st.booleans(),
)
CODEBOOK = st.builds(
    Codebook,
    id=TEXT.filter(bool),
    title=TEXT.filter(bool),
    version=TEXT,
    description=TEXT,
    codes=st.lists(CODE, min_size=1, max_size=4, unique_by=lambda c: c.code).map(tuple),
)


@given(CODEBOOK)
def test_every_codebook_is_read_back_equal(codebook):
    assert codebook_from_toml(codebook_text(codebook)) == codebook


def test_examples_stand_one_a_line(tmp_path):
    code = Code("SA", "Supportive argument", "a reason for it", ("its legal", 'he said "ok"'))
    path = tmp_path / "codebook.toml"
    write_codebook(Codebook("c", "C", "1", (code,)), path)
    assert path.read_text().splitlines()[-4:] == [
        "examples = [",
        '  "its legal",',
        '  "he said \\"ok\\"",',
        "]",
    ]
    assert load_codebook(path).codes == (code,)
