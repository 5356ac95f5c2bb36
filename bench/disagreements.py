"""What the votes are worth where people differ: the same coder trained with and without them.

`python -m bench.disagreements FILE CODEBOOK [--groups 100] [--seeds 0 1 2] [--base FOLDER]` takes
a study that one person coded, lets three simulated people code it again, two of them each message,
and trains once on the messages on which these agree and once with their differing votes as soft
labels, too. Both are judged on the same groups by the codes that were there at first. One line
of JSON a run. With `--quick` a logistic regression on the words learns in place of the network,
in seconds; it takes the soft labels as weights, and the uniform ones of the bare votes beside them.

Of the simulated people two are careful and one is not. Three messages in ten are ambiguous, each
with one other code that it may be taken for: that is where most errors fall, and fall together.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score, f1_score

from bot.domain.agreement import agreement
from bot.domain.transcript import Transcript
from exports.import_layout import write_layout
from training.arrange import Record, arrange
from training.base import DEFAULT_BASE
from training.data import Source, load_source
from training.presets import preset
from training.soft import soften
from training.split import SplitBy, split_around
from training.train import train


@dataclass(frozen=True, slots=True)
class Person:
    """A simulated coder: how often they err on a plain message and on an ambiguous one."""

    name: str
    plain: float
    ambiguous: float


PEOPLE = (Person("A", 0.05, 0.42), Person("B", 0.06, 0.45), Person("careless", 0.22, 0.6))
_AMBIGUOUS = 0.3
_HELD = 0.2  # share of the groups that judge


def votes(records: Sequence[Record], seed: int) -> dict[str, dict[str, str]]:
    """Return two people's codes of every record, by message and coder."""
    chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
    shares = Counter(r.code for r in records)
    codes = sorted(shares)
    near = {code: chance.sample([c for c in codes if c != code], 2) for code in codes}
    given = {}
    for record in records:
        others = [c for c in codes if c != record.code]
        weights = [shares[c] * (8 if c in near[record.code] else 1) for c in others]
        taken_for = chance.choices(others, weights)[0]
        ambiguous = chance.random() < _AMBIGUOUS
        own = {}
        for person in chance.sample(PEOPLE, 2):
            errs = chance.random() < (person.ambiguous if ambiguous else person.plain)
            wrong = taken_for if ambiguous else chance.choices(others, weights)[0]
            own[person.name] = wrong if errs else record.code
        given[record.message.id] = own
    return given


def kappas(given: Mapping[str, Mapping[str, str]]) -> dict[str, float | None]:
    """Return Cohen's kappa of each pair of people."""
    pairs: dict[str, list[tuple[str, str]]] = {}
    for own in given.values():
        names = sorted(own)
        pairs.setdefault(" and ".join(names), []).append((own[names[0]], own[names[1]]))
    return {
        pair: agreement([a for a, _ in both], [b for _, b in both]).kappa
        for pair, both in sorted(pairs.items())
    }


def recoded(talk: Transcript, records: Sequence[Record], groups: int, seed: int) -> Recoded:
    """Return the study as the simulated people coded `groups` of its groups; the rest judges."""
    chance = random.Random(seed)  # noqa: S311 - as above
    names = list(dict.fromkeys(r.group for r in records))
    chance.shuffle(names)
    held = frozenset(names[: round(len(names) * _HELD)])
    learned = set(names[len(held) : len(held) + groups])
    given = votes([r for r in records if r.group in learned], seed)
    codes: dict[str, Mapping[str, str]] = dict(given)
    codes |= {r.message.id: {"original": r.code} for r in records if r.group in held}
    return Recoded(replace(talk.only(learned | held), codes=codes), held, kappas(given))


@dataclass(frozen=True)
class Recoded:
    """A study with simulated codes, the groups that judge, and the people's kappas."""

    talk: Transcript
    held: frozenset[str]
    kappas: Mapping[str, float | None]


def quick(made: Recoded, source: Source, seed: int) -> Iterator[dict[str, Any]]:
    """Yield what a linear model on the words makes of each way to treat the disagreements."""
    arrangement = arrange(made.talk, source.codebook, with_discord=True)
    parts = split_around(arrangement.records, made.held, seed)
    train = (*parts.train, *parts.validation)  # nothing has to be chosen
    labels = source.codebook.labels({r.code for r in train})
    softened = soften(arrangement.contested, replace(parts, train=train), labels, SplitBy.GROUP)
    bare = tuple(replace(r, target=_bare(r)) for r in softened.records)
    for kept, more in (("drop", ()), ("soft", softened.records), ("bare votes", bare)):
        texts, codes, weights = [], [], []
        for record in (*train, *more):
            for code, share in record.target or ((record.code, 1.0),):
                if share > 0:
                    texts.append(record.message.text)
                    codes.append(code)
                    weights.append(share)
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        model = LogisticRegression(C=10, max_iter=500)
        model.fit(words.fit_transform(texts), codes, sample_weight=weights)
        given = model.predict(words.transform([r.message.text for r in parts.test]))
        gold = [r.code for r in parts.test]
        right = np.array([likeliest(r) == original(source, r) for r in more])
        yield {
            "disagreements": kept,
            "seed": seed,
            "accuracy": float(np.mean([a == b for a, b in zip(given, gold, strict=True)])),
            "kappa": float(cohen_kappa_score(gold, given)),
            "macro_f1": float(f1_score(gold, given, average="macro", labels=list(labels))),
            "train": len(train) + len(more),
            "soft": len(more),
            "likeliest_right": float(right.mean()) if len(right) else None,
            "people": made.kappas,
            "reliability": softened.reliability,
        }


def _bare(record: Record) -> tuple[tuple[str, float], ...]:
    codes = Counter(code for _, code in record.votes)
    return tuple((code, n / codes.total()) for code, n in codes.items())


def likeliest(record: Record) -> str:
    """Return the code that a soft label gives most to, the first of equals."""
    return max(record.target or ((record.code, 1.0),), key=lambda pair: pair[1])[0]


def original(source: Source, record: Record) -> str:
    """Return the code that the message had before it was coded again."""
    return next(iter(source.transcript.codes[record.message.id].values()))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description="Soft labels against dropped disagreements.")
    parser.add_argument("file", type=Path)
    parser.add_argument("codebook", type=Path)
    parser.add_argument("--groups", type=int, default=100)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--teachers", type=int, default=0)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--base", default=DEFAULT_BASE)
    given = parser.parse_args(arguments)
    source = load_source(given.file, given.codebook)
    records = arrange(source.transcript, source.codebook, with_discord=True).records
    for seed in given.seeds:
        made = recoded(source.transcript, records, given.groups, seed)
        if given.quick:
            for line in quick(made, source, seed):
                _print(line)
            continue
        ways: tuple[Literal["drop", "soft"], ...] = ("drop", "soft")
        for kept in ways:
            settings = replace(
                preset("default"), seed=seed, teachers=given.teachers, disagreements=kept
            )
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder, "talk.csv")
                write_layout(made.talk, file)
                found = train(
                    file,
                    Path(folder, "bundle"),
                    settings,
                    codebook=given.codebook,
                    base=given.base,
                    gold=made.held,
                )
            lineage = found.bundle.manifest.training["lineage"]
            line = {
                "disagreements": kept,
                "seed": seed,
                "accuracy": found.test.accuracy,
                "kappa": found.test.kappa,
                "macro_f1": found.test.macro_f1,
                "train": lineage["parts"]["train"]["records"],
                "soft": lineage["soft"],
                "seconds": round(found.fit.seconds),
                "people": made.kappas,
            }
            _print(line)


def _print(line: Mapping[str, Any]) -> None:
    rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in line.items()}
    sys.stdout.write(json.dumps(rounded) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
