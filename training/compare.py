"""Several evaluations -> one table of means over seeds.

python -m training.compare "thread=a.json b.json c.json" "pair=d.json e.json f.json"
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path

_MEASURES = ("accuracy", "kappa", "macro_f1", "ece")


def row(name: str, files: list[Path]) -> str:
    """Return a Markdown row: each measure's mean over `files`, and its range."""
    found = [json.loads(f.read_text(encoding="utf-8")) for f in files]
    cells = []
    for measure in _MEASURES:
        values = [f[measure] for f in found]
        cells.append(f"{statistics.mean(values):.3f} ({min(values):.3f}-{max(values):.3f})")
    return f"| {name} | {len(files)} | {' | '.join(cells)} |"


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m training.compare", description=__doc__)
    parser.add_argument("rows", nargs="+", metavar="NAME=FILE [FILE ...]")
    options = parser.parse_args(arguments)
    sys.stdout.write(f"| model | seeds | {' | '.join(_MEASURES)} |\n")
    sys.stdout.write(f"| --- | --- |{' --- |' * len(_MEASURES)}\n")
    for given in options.rows:
        name, _, files = given.partition("=")
        sys.stdout.write(row(name, [Path(f) for f in files.split()]) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
