"""What a codebook alone gives, and a frozen encoder with few verified codes.

python -m bench.cold FILE [--codebook FILE] [--records 20 100 500] [--draws 3] [--seeds 0 1 2]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score, recall_score

from bot.encoding.encode import Encoder
from bot.inference.vectors import TokenIds
from exports.incoming.files import door
from training.arrange import Record, arrange
from training.base import BaseModel, find_base
from training.build import encoder_spec
from training.cold.network import first_network
from training.data import Source, encode_all, load_source
from training.determinism import reproducible
from training.draw import drawn
from training.frozen.choosing import choose, logits, taught
from training.frozen.learning import targets_of
from training.frozen.reading import Reading, read
from training.material import tokenizer_file
from training.presets import DEFAULT
from training.split import Split, SplitBy, split

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Read:
    """The usable records, and what two networks make of each: without the scenarios and with."""

    records: tuple[Record, ...]
    labels: tuple[str, ...]
    alone: Reading
    known: Reading

    def rows(self, records: Sequence[Record]) -> list[int]:
        """Return the places of `records`."""
        place = {r.message.id: n for n, r in enumerate(self.records)}
        return [place[r.message.id] for r in records]


def read_study(source: Source, base: BaseModel) -> Read:
    """Return the study as both networks read it: a minute for ten thousand messages."""
    records = arrange(source.transcript, source.codebook).records
    codes = [c for c in source.codebook.codes if not c.uncoded]
    with TemporaryDirectory() as folder:
        file = tokenizer_file(Path(folder), base.tokenizer_json)
        encoder = Encoder.from_file(file, encoder_spec(DEFAULT, base))
    inputs = encode_all(records, encoder)
    ordered = [inputs[r.message.id] for r in records]
    scenarios = sorted({d.scenario.text for d in source.transcript.discussions})
    readings: list[Reading] = []
    cache: dict[TokenIds, torch.Tensor] = {}
    for cases in ([], scenarios):
        network, _ = first_network(base, codes, cases, window=DEFAULT.window, seed=0)
        readings.append(read(network, ordered, cache=cache))
    return Read(records, tuple(c.code for c in codes), *readings)


def figures(gold: Numbers, given: Numbers) -> tuple[float, float, float]:
    """Return accuracy, kappa and macro-F1 (over the codes that occur)."""
    present = sorted(set(gold.tolist()))
    return (
        float(accuracy_score(gold, given)),
        float(cohen_kappa_score(gold, given)),
        float(f1_score(gold, given, labels=present, average="macro", zero_division=0)),
    )


def _show(name: str, rows: Sequence[tuple[float, float, float]]) -> None:
    mean, spread = np.mean(rows, axis=0), np.std(rows, axis=0)
    print(  # noqa: T201 - a command
        f"{name:<34} accuracy {mean[0]:.3f}  kappa {mean[1]:.3f} (sd {spread[1]:.3f}, "
        f"{len(rows)} runs)  macro-F1 {mean[2]:.3f}",
        flush=True,
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.cold", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--codebook", type=Path)
    parser.add_argument("--records", type=int, nargs="*", default=[20, 100, 500])
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    options = parser.parse_args()
    source = load_source(options.file, options.codebook, door())
    with reproducible(0, None):
        study = read_study(source, find_base())
        gold = targets_of(study.records, study.labels).argmax(-1).numpy()
        parts = {s: split(study.records, SplitBy.GROUP, s) for s in options.seeds}
        tests = {s: study.rows(p.test) for s, p in parts.items()}
        for name, reading in (("codebook alone", study.alone), ("and scenarios", study.known)):
            given = reading.prior.argmax(-1).numpy()
            _show(name, [figures(gold[t], given[t]) for t in tests.values()])
        common = [np.bincount(gold[t]).argmax() for t in tests.values()]
        _show(
            "commonest code",
            [
                figures(gold[t], np.full(len(t), c))
                for t, c in zip(tests.values(), common, strict=True)
            ],
        )
        _per_code(study, gold, [n for t in tests.values() for n in t])
        for count in options.records:
            _show(f"{count} records, frozen", _few(study, gold, parts, tests, count, options.draws))


def _few(
    study: Read,
    gold: Numbers,
    parts: dict[int, Split],
    tests: dict[int, list[int]],
    count: int,
    draws: int,
) -> list[tuple[float, float, float]]:
    """Return the figures of each seed and draw; a `count` of 0 is all records to train."""
    rows = []
    for seed, part in parts.items():
        for draw in range(draws):
            records = drawn(part.train, count, draw) if count else part.train
            learned = study.rows(records)
            reading = study.known.rows(learned)
            codes = targets_of(records, study.labels)
            choice = choose(reading, codes, [r.group for r in records], seed)
            layer = taught(reading, codes, choice.penalty, choice.trust)
            answer = logits(study.known.rows(tests[seed]), layer, choice.trust)
            rows.append(figures(gold[tests[seed]], answer.argmax(-1).numpy()))
    return rows


def _per_code(study: Read, gold: Numbers, rows: Sequence[int]) -> None:
    given = study.known.prior.argmax(-1).numpy()[rows]
    recalls = recall_score(
        gold[rows], given, labels=range(len(study.labels)), average=None, zero_division=0
    )
    for number, label in enumerate(study.labels):
        said = int((given == number).sum())
        right = int(((given == number) & (gold[rows] == number)).sum())
        print(  # noqa: T201 - a command
            f"  {label:<6} {int((gold[rows] == number).sum()):>5} of them, recall "
            f"{recalls[number]:.2f}, given {said:>5} times, right {right / max(said, 1):.2f}"
        )


if __name__ == "__main__":
    main()
