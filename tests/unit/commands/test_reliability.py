"""`intercoder reliability`: a study or a file, its figures, and nobody's work overwritten."""

import asyncio
import io
import json
import re

import pytest
from rich.console import Console

from bot.commands import reliability_view
from bot.commands.reliability_view import print_reliability
from bot.domain.agreement import agreement
from bot.domain.coding import Act, Seen
from bot.reliability.words import LANDIS_KOCH_SOURCE, MCHUGH_SOURCE
from bot.services.reliability import Wanted, transcript_reliability
from exports.incoming.files import door
from tests.coded_study import CodedStudy
from tests.command_line import dump, intercoder, rows, write

MEASURES = ("percent agreement", "Cohen's kappa", "Fleiss' kappa", "Krippendorff's alpha", "AC1")
CODES = [f"code {n}" for n in range(25)]


async def _study(path):
    coded = await CodedStudy.open(path)
    for number, session in enumerate(("monday", "tuesday")):
        for group in ("g1", "g2", "g3"):
            await coded.talk(session, group, 15, first=1 + 100 * number)
    await coded.code_all()
    await coded.code("g1-1", "ann", "AG", Act.CONFIRMED, Seen.CODES)
    await coded.store.close()


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    path = tmp_path_factory.mktemp("study") / "study.db"
    asyncio.run(_study(path))
    return path


def reliability(database, *options):
    return intercoder("reliability", "--database", database, *options)


def test_all_measures_are_printed_with_intervals_units_and_words(database):
    before = dump(database)
    ended = reliability(database)
    assert ended.code == 0, ended.err
    for name in (*MEASURES, "95 % interval", "units", "Landis, J. R.", "McHugh, M. L."):
        assert name in ended.out, name
    for pair in ("ann | bob", "ann | starter", "starter | second"):
        assert pair in ended.out
    for part in ("=SUM", "monday", "tuesday", "stretch", "Most often confused"):
        assert part in ended.out
    assert "a rough interval: from 3 groups alone" in ended.out
    assert "of people's codes (" in ended.out, "who had seen the model's code"
    assert dump(database) == before


def test_files_are_written_where_asked_for_and_replaced(database, tmp_path):
    outs = [tmp_path / name for name in ("r.json", "r.csv", "r.png")]
    options = ("--json", outs[0], "--csv", outs[1], "--png", outs[2])
    assert reliability(database, *options).code == 0
    first = [out.read_bytes() for out in outs]
    assert reliability(database, *options).code == 0, "earlier files of its own may be replaced"
    assert [out.read_bytes() for out in outs] == first
    plain = json.loads(outs[0].read_text("utf-8"))
    assert plain["study"] == "study"
    assert len(plain["pairs"]) == 10
    assert plain["per_code"]["=SUM"]["n_units"] == plain["n_units"]


@pytest.mark.parametrize("option", ["--json", "--csv", "--png"])
def test_nobodys_work_is_overwritten(database, tmp_path, option):
    out = tmp_path / "mine"
    out.write_text("my notes")
    ended = reliability(database, option, out)
    assert (ended.code, out.read_text()) == (2, "my notes")
    assert "write to another file" in ended.err
    assert ended.out == "", "refused before the work"


def test_coders_are_chosen_by_name_and_verified_is_one(database, tmp_path):
    out = tmp_path / "r.json"
    ended = reliability(database, "--coders", "starter, verified", "--json", out)
    assert ended.code == 0, ended.err
    plain = json.loads(out.read_text("utf-8"))
    assert plain["coders"] == ["starter", "verified"]
    assert plain["confusion"]["coders"] == ["starter", "verified"]
    assert "starter down | verified across" in ended.out


def test_a_coder_that_is_not_there_is_refused_in_one_sentence(database):
    ended = reliability(database, "--coders", "ann,dan")
    assert ended.code == 2
    assert "study 'study' has no coder 'dan'; there are 'ann', 'bob'" in ended.err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--coders", "ann"), "'ann' is the only coder"),
        (("--coders", "ann,,bob"), "has an empty name"),
        (("--confusion", "ann"), "names 1 coders; name two"),
        (("--confusion", "ann,dan"), "no codes by coder 'dan'"),
        (("--leave-out", "XX"), "no code 'XX' to leave out"),
        (("--session", "friday"), "no session 'friday'"),
        (("--study", "other"), "no study 'other'"),
        (("--codebook", "b.toml"), "--codebook without --file"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_what_cannot_be_compared_is_told_with_a_remedy(database, options, sentence):
    ended = reliability(database, *options)
    assert (ended.code, ended.out) == (2, "")
    assert sentence in ended.err


def test_a_session_units_blind_codes_and_left_out_codes_may_be_asked_for(database, tmp_path):
    def figures(*options):
        out = tmp_path / "r.json"
        assert reliability(database, "--json", out, *options).code == 0
        return json.loads(out.read_text("utf-8"))

    whole = figures()
    monday = figures("--session", "monday")
    assert (monday["session"], monday["n_units"] < whole["n_units"]) == ("monday", True)
    units = figures("--units")
    assert (units["unit"], units["n_units"]) == ("unit of analysis", whole["n_units"])
    blind = figures("--blind")
    assert (blind["blind"], blind["notes"]) == (True, [])
    assert "=SUM" not in figures("--leave-out", "=SUM")["codes"]
    assert figures("--seed", "3")["seed"] == 3


def test_every_pair_in_every_session_is_printed_where_asked_for(database):
    assert "pair in session tuesday" in reliability(database, "--by-session").out
    assert "pair in session" not in reliability(database).out


def test_a_file_is_compared_without_any_database(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    talk = rows(messages=8)
    other = [{**row, "coder": "bob", "code": talk[-1 - n]["code"]} for n, row in enumerate(talk)]
    other[3]["code"] = ""
    file = write(tmp_path / "talk.csv", [*talk, *other])
    before = sorted(tmp_path.iterdir())
    ended = intercoder("reliability", "--file", file)
    assert ended.code == 0, ended.err
    assert sorted(tmp_path.iterdir()) == before, "nothing is written"
    out = tmp_path / "r.json"
    assert intercoder("reliability", "--file", file, "--json", out).code == 0
    plain = json.loads(out.read_text("utf-8"))
    coded = [(a["code"], b["code"]) for a, b in zip(talk, other, strict=True) if b["code"]]
    expected = agreement(*zip(*coded, strict=True))
    assert (plain["study"], plain["coders"]) == ("talk", ["ann", "bob"])
    assert plain["n_units"] == expected.n == len(talk) - 1
    assert plain["cohen_kappa_mean"] == pytest.approx(expected.kappa, abs=1e-12)


def test_a_file_is_not_replaced_by_its_own_figures(tmp_path):
    file = write(tmp_path / "talk.csv", rows())
    before = file.read_bytes()
    ended = intercoder("reliability", "--file", file, "--csv", file)
    assert (ended.code, "this is the file that is read" in ended.err) == (2, True)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "options",
    [("--units",), ("--blind",), ("--session", "s"), ("--study", "s"), ("--database", "d.db")],
    ids=" ".join,
)
def test_what_a_file_does_not_tell_is_refused(tmp_path, options):
    file = write(tmp_path / "talk.csv", rows())
    ended = intercoder("reliability", "--file", file, *options)
    assert (ended.code, "--file" in ended.err) == (2, True)


def test_a_file_with_one_coder_is_told_in_a_sentence_that_names_it(tmp_path):
    file = write(tmp_path / "talk.csv", rows())
    ended = intercoder("reliability", "--file", file)
    assert ended.code == 2
    assert f"{file}: 'ann' is the only coder with codes" in ended.err


def test_a_name_with_a_comma_goes_in_quotes(tmp_path):
    talk = rows(messages=6)
    other = [{**row, "coder": "Dee, B."} for row in talk]
    file = write(tmp_path / "talk.csv", [*talk, *other])
    ended = intercoder("reliability", "--file", file, "--coders", 'ann, "Dee, B."')
    assert ended.code == 0, ended.err
    assert "'Dee, B.'" in ended.out
    assert ": ann | Dee, B.. 24" in ended.out
    wrong = intercoder("reliability", "--file", file, "--coders", "ann,Dee, B.")
    assert "no coder 'Dee'" in wrong.err
    assert "; a name that holds a comma goes in double quotes" in wrong.err


def test_a_name_is_told_as_it_is_written(tmp_path):
    talk = rows(messages=6)
    other = [{**row, "coder": 'Ann O\'Neil \\ "X"'} for row in talk]
    file = write(tmp_path / "talk.csv", [*talk, *other])
    ended = intercoder("reliability", "--file", file, "--coders", "ann,dan")
    assert "'Ann O'Neil \\ \"X\"'" in ended.err


def test_files_are_whole_though_nobody_reads_what_is_printed(database, tmp_path, monkeypatch):
    def stopped(*_given, **_options):
        raise BrokenPipeError

    monkeypatch.setattr(reliability_view, "print_reliability", stopped)
    outs = [tmp_path / name for name in ("r.json", "r.csv", "r.png")]
    reliability(database, "--json", outs[0], "--csv", outs[1], "--png", outs[2])
    assert [out for out in outs if not out.exists()] == []


def test_a_picture_is_not_named_as_what_it_is_not(database, tmp_path):
    ended = reliability(database, "--png", tmp_path / "p.jpg")
    assert (ended.code, ended.out, list(tmp_path.iterdir())) == (2, "", [])
    assert "the picture is a PNG" in ended.err


def _printed(file, width):
    out = io.StringIO()
    found = transcript_reliability(door().incoming(file).transcript, "study", None, Wanted())
    print_reliability(Console(file=out, width=width), found, every_session=True)
    return out.getvalue()


def test_no_table_is_cut_at_80_columns(tmp_path):
    talk = [{**row, "code": CODES[n % 25]} for n, row in enumerate(rows(messages=30))]
    given = [
        {**row, "coder": coder, "code": CODES[(n * step) % 25]}
        for step, coder in enumerate(("Smith, Ann", "a_coder_with_one_long_name"), start=2)
        for n, row in enumerate(talk)
    ]
    text = _printed(write(tmp_path / "talk.csv", [*talk, *given]), 80)
    assert "…" not in text
    tables = [line for line in text.splitlines() if line.startswith(" ")]
    assert max(map(len, tables)) <= 80
    whole = re.compile(
        r"-?[01]\.\d{3} \[-?\.\d\d, -?\.\d\d\] +-?[01]\.\d{3} \[-?\.\d\d, -?\.\d\d\]"
    )
    assert len(whole.findall(text)) > 30
    for code in CODES:
        assert sum(line.startswith(f" {code} ") for line in tables) > 1, code
    for source in (LANDIS_KOCH_SOURCE, MCHUGH_SOURCE):
        assert source in " ".join(text.split())
        assert f"\n{source[:20]}" in text


def test_an_export_compares_its_people_and_says_that_models_are_left_out(database, tmp_path):
    out = tmp_path / "out.csv"
    assert intercoder("export", "--out", out, "--database", database).code == 0
    ended = intercoder("reliability", "--file", out, "--json", tmp_path / "file.json")
    assert ended.code == 0, ended.err
    assert "codings by models" in ended.out
    options = ("--coders", "ann,bob,cyd", "--json", tmp_path / "study.json")
    assert reliability(database, *options).code == 0
    file, study = (json.loads((tmp_path / f"{n}.json").read_text()) for n in ("file", "study"))
    for name in ("n_units", "percent_agreement", "cohen_kappa_mean", "krippendorff_alpha"):
        assert file[name] == pytest.approx(study[name], abs=1e-12), name
