"""Reliability as table, figures and picture: every figure, the same bytes, whole or not at all."""

import csv
import json
import math
import struct

import matplotlib as mpl
import numpy as np
import pytest

from bot.domain.errors import InputError
from bot.reliability.ratings import Ratings
from bot.services.reliability.reading import Read, Wanted
from bot.services.reliability.study import measured
from exports.reliability.lines import BETWEEN, lines
from exports.reliability.picture import draw, picture
from exports.reliability.plain import write_plain
from exports.reliability.table import COLUMNS, is_table, write_table

CODES = ("AG", "=SUM", "$x_1$", "عربي", "a code with a very long name, indeed 🙂")
CODERS = ("ann", "=bob", "Cyd, the third", "starter@12ab")


def study(units=120, coders=CODERS, codes=CODES, sessions=2, seed=0):
    random = np.random.default_rng(seed)
    true = random.integers(0, len(codes), units)
    table = np.empty((units, len(coders)), dtype=np.int16)
    for column in range(len(coders)):
        given = np.where(random.random(units) < 0.7, true, random.integers(0, len(codes), units))
        table[:, column] = np.where(random.random(units) < 0.2, -1, given)
    ratings = Ratings(
        tuple(f"m{n}" for n in range(units)),
        tuple(f"g{n % 7}" for n in range(units)),
        coders,
        codes,
        table,
    )
    place = tuple(f"session {n * sessions // units}" if sessions else "" for n in range(units))
    read = Read(ratings, place, coders[:-1], coders[-1:], units, units // 3)
    return measured(read, Wanted(), "a study", None, resamples=50)


@pytest.fixture(scope="module")
def found():
    return study()


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_has_every_figure_with_its_units_interval_and_words(tmp_path, found):
    out = tmp_path / "r.csv"
    assert write_table(found, out) == len(rows_of(out)) == len(list(lines(found)))
    table = {(r["part"], r["of"], r["coders"], r["code"], r["measure"]): r for r in rows_of(out)}
    assert len(table) == len(rows_of(out)), "a row is told by what it is of"
    for pair in found.overall.pairs:
        between = BETWEEN.join(pair.coders)
        between = f"'{between}" if between.startswith("=") else between
        row = table["all", "", between, "", "cohen_kappa"]
        figure = pair.overall["cohen_kappa"]
        cells = [float(row[name]) for name in ("value", "low", "high")]
        assert cells == pytest.approx([figure.value, figure.low, figure.high], abs=1e-6)
        assert int(row["n_units"]) == pair.overall.n_units
    alpha = table["all", "", BETWEEN.join(CODERS), "", "krippendorff_alpha"]
    assert 0.4 < float(alpha["value"]) <= 0.6
    assert (alpha["landis_koch"], alpha["mchugh"]) == ("moderate", "weak")
    percent = table["all", "", BETWEEN.join(CODERS), "", "percent_agreement"]
    assert percent["landis_koch"] == "", "the words are made for kappas"
    assert {r["part"] for r in rows_of(out)} == {"all", "session", "stretch"}


def test_no_cell_of_the_table_runs_as_a_formula(tmp_path, found):
    out = tmp_path / "r.csv"
    write_table(found, out)
    cells = {cell for row in rows_of(out) for cell in row.values()}
    assert "'=SUM" in cells
    numbers = {cell for cell in cells if cell.lstrip("-").replace(".", "").isdecimal()}
    assert not {cell for cell in cells - numbers if cell.startswith(("=", "+", "-", "@"))}


def test_an_undefined_figure_is_empty_in_the_table_and_null_in_json(tmp_path):
    found = study(units=4, coders=("ann", "bob"), codes=("A",), sessions=0)
    write_table(found, tmp_path / "r.csv")
    kappas = {r["value"] for r in rows_of(tmp_path / "r.csv") if r["measure"] == "cohen_kappa"}
    assert kappas == {""}
    write_plain(found, tmp_path / "r.json")
    plain = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert plain["cohen_kappa_mean"] is None
    assert "NaN" not in (tmp_path / "r.json").read_text("utf-8")


def test_json_gives_back_what_was_measured(tmp_path, found):
    out = tmp_path / "r.json"
    write_plain(found, out)
    plain = json.loads(out.read_text("utf-8"))
    assert plain == json.loads(json.dumps(found.to_dict()))
    assert list(plain["per_code"]) == list(CODES)
    assert plain["confusion"]["counts"] == found.confusion.counts.tolist()


def size(data: bytes) -> tuple[int, int]:
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", data[16:24])


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"units": 15, "coders": ("ann", "starter"), "codes": ("A", "B"), "sessions": 1},
        {"units": 3, "coders": ("ann", "starter"), "codes": ("A",), "sessions": 0},
        {"coders": tuple(f"c{n}" for n in range(9)), "codes": tuple(f"k{n}" for n in range(25))},
    ],
    ids=["usual", "small", "undefined", "large"],
)
def test_the_picture_is_drawn_from_any_study_without_a_warning(given):
    width, height = size(picture(study(**given)))
    assert width == 1650, "as wide as Discord shows whole"
    assert 0.5 * width < height < 2 * width


def test_equal_data_give_equal_bytes(tmp_path, found):
    for write, name in ((write_table, "csv"), (write_plain, "json"), (draw, "png")):
        one, two = tmp_path / f"one.{name}", tmp_path / f"two.{name}"
        write(found, one)
        write(study(), two)
        assert one.read_bytes() == two.read_bytes()


def test_a_persons_own_settings_of_matplotlib_change_nothing(found):
    before = picture(found)
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red"}):
        assert picture(found) == before


def test_an_earlier_table_is_known_again_and_nothing_else(tmp_path, found):
    out = tmp_path / "r.csv"
    write_table(found, out)
    assert is_table(out)
    out.write_text("study,part\n")
    assert not is_table(out)
    assert len(COLUMNS) == len(set(COLUMNS))


def test_a_place_where_nothing_can_be_written_is_told(tmp_path, found):
    folder = tmp_path / "none"
    for write in (write_table, write_plain, draw):
        with pytest.raises(InputError, match="there is no folder"):
            write(found, folder / "r")
    assert not folder.exists()


def test_figures_lie_between_their_ends(found):
    for line in lines(found):
        if line.value is not None and line.low is not None and line.high is not None:
            assert line.low <= line.high
            assert not math.isnan(line.value)
