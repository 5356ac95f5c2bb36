"""result.json: what the training process writes is what its parent reads."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.domain.errors import InputError
from bot.domain.retraining import CodeChange, Difference, Figures, Outcome

KEPT = Outcome(
    decision="keep",
    reason="2 gold groups are missing.",
    champion="c" * 64,
    challenger=None,
    verified=40,
    left_out_discord=3,
    gold_groups=3,
    gold_records=17,
)
PROMOTED = replace(
    KEPT,
    decision="promote",
    challenger="d" * 64,
    gold_met=2,
    before=Figures(17, 0.5, None, 0.25, 0.125),
    after=Figures(17, 0.75, 0.5, 0.5, 0.0625),
    difference=Difference(0.25, -0.01, 0.5),
    codes=(CodeChange("Ä", 9, 0.5, 0.75, None, 0.75, fell=False),),
    parity=1e-6,
    changed_codes=1,
    pictures=("confusion.png",),
    notes=("a note",),
    rule={"tolerance": 0.02},
    repeat={"seed": 0, "settings": {"epochs": 3}},
)


@pytest.mark.parametrize("outcome", [KEPT, PROMOTED])
def test_what_is_written_is_read_back(outcome):
    assert Outcome.from_json(outcome.to_json()) == outcome


def changed(**values: object) -> str:
    return json.dumps({**json.loads(PROMOTED.to_json()), **values})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        PROMOTED.to_json()[:-20],
        changed(format=2),
        changed(decision="maybe"),
        changed(codes=[{"code": "A"}]),
        changed(more=1),
        json.dumps({k: v for k, v in json.loads(KEPT.to_json()).items() if k != "notes"}),
    ],
)
def test_what_is_no_whole_result_is_refused_in_a_sentence(text):
    with pytest.raises(InputError, match=r"no result of a retraining .* start the retraining"):
        Outcome.from_json(text)


def test_no_number_is_written_as_nan():
    with pytest.raises(ValueError, match="JSON"):
        replace(KEPT, parity=float("nan")).to_json()
