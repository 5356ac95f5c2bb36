"""A coder was promoted between two scenarios: what leaves names which of the two gave a code."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from swap_lab import Lab
from table import LABELS

from bot.domain.cells import restore
from bot.services.ingest import Account
from bot.services.reliability.study import study_reliability
from exports.about import About
from exports.forms import FORMS
from exports.tables.table import Layout, Wanted

PERSON = "C1"


async def two_coders(lab: Lab) -> tuple[Mapping[str, str], dict[str, str]]:
    """Return who coded each message, by the coder's name, and the person's code of it.

    Both bundles are called alike, as two trained on one study may be. The person says what the
    first coder says, and of the messages of the second one something else.
    """
    await lab.begin()
    await lab.scenario(1)
    old = [await lab.say() for _ in range(4)]
    await lab.coders()
    first = lab.desk.coder
    await lab.promote("b")
    await lab.scenario(2)
    new = [await lab.say() for _ in range(3)]
    await lab.coders()
    second = lab.desk.coder
    assert first is not None
    assert second is not None
    assert second.fingerprint is not None
    assert (first.name, second.name) == ("fake", f"fake@{second.fingerprint[:8]}")
    person = await lab.desk.review.coder(Account("discord", "70"))
    assert person.name == PERSON
    decided = {}
    for message in (*old, *new):
        place = await lab.desk.review.find(message)
        (given,) = await lab.store.codings.of_message(place.id)
        other = next(label for label in LABELS if label != given.code)
        decided[message] = given.code if message in old else other
        await lab.desk.review.decide(place, person, decided[message])
    return {**dict.fromkeys(old, first.name), **dict.fromkeys(new, second.name)}, decided


async def write(lab: Lab, form: str, path: Path, layout: Layout = Layout.LONG) -> Path:
    about = await About.read(lab.store, lab.desk.study)
    stream = lab.store.transcripts.stream(lab.desk.study.id)
    await FORMS[form].write(stream, about, path, Wanted(layout))
    return path


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{k: restore(v) for k, v in row.items()} for row in csv.DictReader(file)]


async def test_each_code_leaves_under_the_name_of_the_bundle_that_gave_it(lab: Lab) -> None:
    async with lab.open():
        whose, decided = await two_coders(lab)
        names = sorted(set(whose.values()))
        long = table(await write(lab, "csv", lab.folder / "long.csv"))
        models = [row for row in long if row["coder_kind"] == "model"]
        assert {row["message_id"]: row["coder"] for row in models} == whose
        assert len(models) == len(whose)
        people = {row["message_id"]: row["code"] for row in long if row["coder"] == PERSON}
        assert people == decided
        codes = {row["message_id"]: row["code"] for row in models}

        for row in table(await write(lab, "csv", lab.folder / "wide.csv", Layout.WIDE)):
            own = whose[row["message_id"]]
            given = {name: row[f"code_{name}"] for name in names}
            assert given == {n: codes[row["message_id"]] if n == own else "" for n in names}

        lines = (await write(lab, "jsonl", lab.folder / "all.jsonl")).read_text("utf-8")
        told = {}
        for line in map(json.loads, lines.splitlines()):
            (by_model,) = (c for c in line["codings"] if c["kind"] == "model")
            told[line["message_id"]] = (by_model["coder"], by_model["code"])
        assert told == {message: (whose[message], code) for message, code in codes.items()}


async def test_agreement_keeps_the_two_apart(lab: Lab) -> None:
    """Each is compared with the person on its own messages; they share none to be compared on."""
    async with lab.open():
        whose, _ = await two_coders(lab)
        first, second = sorted(set(whose.values()))
        found = await study_reliability(lab.store, lab.desk.study, resamples=10)
        assert sorted(found.models) == [first, second]
        pairs = {frozenset(pair.coders): pair.overall for pair in found.overall.pairs}
        figures = {
            name: (
                pairs[frozenset((PERSON, name))].n_units,
                pairs[frozenset((PERSON, name))]["percent_agreement"].value,
            )
            for name in (first, second)
        }
        assert figures == {first: (4, pytest.approx(1.0)), second: (3, pytest.approx(0.0))}
        both = pairs[frozenset((first, second))]
        assert (both.n_units, both["percent_agreement"].value) == (0, None)
