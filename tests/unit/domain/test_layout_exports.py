"""An export of ours read back: people's codes, provenance and rounds, and nothing made up."""

import pytest

from bot.domain.codebook import codebook_from_codes
from bot.domain.discussion import Provenance
from bot.domain.errors import InputError
from bot.domain.layout import COLUMNS, parse_transcript

EXPORT = (*COLUMNS, "round", "provenance", "coder_kind")


def row(sequence=1, comment="hi", code="A", coder="ann", nth=1, provenance="", kind="human"):
    start = ["d", "g1", "s1", "Fair?", str(sequence), "P1", ""]
    return [*start, comment, code, coder, str(nth), provenance, kind]


FULL = (*EXPORT, "message_id", "deleted")


def read(*rows, columns=EXPORT):
    lines = [columns, *(r[: len(columns)] for r in rows)]
    return parse_transcript("\n".join(",".join(line) for line in lines), "f.csv")


def test_a_models_code_is_left_out_and_counted():
    found = read(row(), row(code="B", coder="starter", kind="model"))
    assert found.codes == {"d/g1/s1/1": {"ann": "A"}}
    assert found.notes == ("1 coding by models was left out: only people's codes are taken",)


def test_a_models_code_need_not_be_in_the_codebook():
    text = "\n".join(",".join(r) for r in [EXPORT, row(code="B", coder="m", kind="model")])
    assert parse_transcript(text, "f.csv", codebook_from_codes(["A"], "c")).codes == {
        "d/g1/s1/1": {}
    }


def test_a_message_that_nobody_coded_has_no_codes():
    assert read(row(code="", coder="", kind="")).codes == {"d/g1/s1/1": {}}
    assert read(row(code="", coder=""), columns=COLUMNS).codes == {"d/g1/s1/1": {}}


def test_a_code_without_a_coder_is_refused():
    with pytest.raises(InputError, match=r"f.csv:2: code .* stands there without a coder"):
        read(row(coder=""))


def test_of_a_coders_decisions_in_an_export_the_last_counts():
    assert read(row(code="A"), row(code="B")).codes == {"d/g1/s1/1": {"ann": "B"}}


def test_elsewhere_a_coder_has_one_row_a_message():
    for coder, code in (("ann", "A"), ("", "")):
        with pytest.raises(InputError, match="stands twice"):
            read(row(code=code, coder=coder), row(code=code, coder=coder), columns=COLUMNS)


def test_a_second_round_is_a_discussion_of_its_own():
    found = read(row(), row(2), row(nth=2))
    assert [(d.round, len(d.messages)) for d in found.discussions] == [(1, 2), (2, 1)]
    assert [m.id for m in found.messages] == ["d/g1/s1/1", "d/g1/s1/2", "d/g1/s1/1/round 2"]


def test_the_provenance_of_an_export_is_kept():
    found = read(row(provenance="discord"), row(2))
    assert [m.provenance for m in found.messages] == [Provenance.DISCORD, Provenance.IMPORT]
    with pytest.raises(InputError, match="provenance 'mail' is not known"):
        read(row(provenance="mail"))


def test_apostrophes_are_taken_off_in_exports_alone():
    assert read(row(comment="'=1")).messages[0].text == "=1"
    assert read(row(comment="'=1"), columns=COLUMNS).messages[0].text == "'=1"


@pytest.mark.parametrize("kind", ["Model", " MODEL ", "model"])
def test_a_model_is_no_person_however_its_kind_is_written(kind):
    assert read(row(), row(code="B", coder="starter", kind=kind)).codes == {
        "d/g1/s1/1": {"ann": "A"}
    }


@pytest.mark.parametrize(
    ("kind", "problem"),
    [("robot", "coder_kind 'robot' is not known; write model or human"), ("", "is empty beside")],
)
def test_a_coder_of_no_known_kind_is_refused(kind, problem):
    with pytest.raises(InputError, match=rf"^f\.csv:3: .*{problem}"):
        read(row(), row(2, kind=kind))


def test_a_message_keeps_the_id_of_the_export():
    found = read([*row(), "m/1", ""], [*row(2), "m/5", ""], columns=FULL)
    assert [m.id for m in found.messages] == ["m/1", "m/5"]
    assert list(found.codes) == list(found.lines) == ["m/1", "m/5"]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([[*row(), "", ""]], "f.csv:2: message_id is empty"),
        ([[*row(), "m", ""], [*row(2), "m", ""]], "f.csv:3: message_id 'm' is that of line 2, too"),
        (
            [[*row(), "m", ""], [*row(coder="bob"), "n", ""]],
            "f.csv:3: sequence 1 .* has another message_id",
        ),
        ([[*row(), "m", "perhaps"]], "f.csv:2: deleted 'perhaps' is not known"),
    ],
)
def test_ids_and_deletions_that_cannot_be_are_refused(rows, problem):
    with pytest.raises(InputError, match=f"^{problem}"):
        read(*rows, columns=FULL)


def test_ids_of_a_foreign_file_are_not_taken_for_ours():
    columns = (*COLUMNS, "message_id", "deleted")
    found = read([*row()[:10], "17", "soon"], columns=columns)
    assert [m.id for m in found.messages] == ["d/g1/s1/1"]


def test_deleted_messages_are_told_apart():
    found = read([*row(), "a", "TRUE"], [*row(2), "b", "false"], [*row(3), "c", ""], columns=FULL)
    assert found.deleted == {"a"}
    assert found.only(["g1"]).deleted == {"a"}
    assert found.only([]).deleted == frozenset()


def test_a_scenario_may_change_its_words_between_discussions_of_an_export():
    changed = row(nth=2)
    changed[3] = "Is it really fair?"
    found = read(row(), changed)
    assert [d.scenario.text for d in found.discussions] == ["Fair?", "Is it really fair?"]
    within = row(2)
    within[3] = "Another?"
    with pytest.raises(InputError, match=r"^f\.csv:3: scenario 's1' has another text"):
        read(row(), within)
