"""The paper's own columns, however a spreadsheet spells them.

Simmonds & Haines name Comment, label, Sequence-# and Scenario-#; the last was replaced by the
scenario's description before training. Spelling is compared without case, spaces, hyphens and
underscores; `#`, `No`, `Nr`, `Number` and `ID` at the end of Sequence and Scenario are the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.domain.errors import InputError

_NUMBER = r"(?:#|no\.?|nr\.?|num|number|id)"
_KNOWN = {
    "comment": re.compile("comments?"),
    "sequence": re.compile(f"seq(?:uence)?{_NUMBER}?"),
    "scenario_number": re.compile(f"scenario{_NUMBER}"),
    "scenario": re.compile("scenario(?:text|description)?"),
    "group": re.compile(f"(?:group|thread|team){_NUMBER}?"),
    "speaker": re.compile("speaker|author|participant"),
    "timestamp": re.compile("timestamp|time|date"),
}
_LABEL = re.compile(r"\s*labels?[\s_\-#.:]*(.*?)\s*", re.IGNORECASE | re.DOTALL)
_WHOLE = re.compile(r"(\d+)\.0+")
_NEEDED = "the header must name Comment, label, Sequence-# and Scenario-#"


@dataclass(frozen=True, slots=True)
class PaperColumns:
    """Which column of the file is which; `labels` maps column -> coder. None: not there."""

    comment: str
    sequence: str
    scenario_number: str | None
    scenario: str | None
    group: str | None
    speaker: str | None
    timestamp: str | None
    labels: Mapping[str, str]


def is_paper(header: Sequence[str]) -> bool:
    """Return whether a table's header looks like the paper's: a comment and its place or label."""
    kinds = {_kind(name) for name in header}
    labelled = any(_LABEL.fullmatch(name) for name in header)
    return "comment" in kinds and ("sequence" in kinds or labelled)


def paper_columns(header: Sequence[str], source: str | Path) -> PaperColumns:
    """Return which column is which; raises InputError for one that is missing or stands twice."""
    found: dict[str, str] = {}
    labels: dict[str, str] = {}
    for name in header:
        kind = _kind(name)
        label = _LABEL.fullmatch(name)
        if label:
            coder = f"coder {label[1] or '1'}"
            if coder in labels.values():
                raise _refusal(f"two columns hold the codes of {coder!r}", source)
            labels[name] = coder
        elif kind is not None:
            if kind in found:
                raise _refusal(f"columns {found[kind]!r} and {name!r} say the same", source)
            found[kind] = name
    missing = [name for name in ("comment", "sequence") if name not in found]
    if not {"scenario_number", "scenario"} & found.keys():
        missing.append("scenario-#")
    if not labels:
        missing.append("label")
    if missing:
        raise InputError(
            f"column {', '.join(missing)} is missing (found: {', '.join(header)})",
            _NEEDED,
            source=source,
            line=1,
        )
    return PaperColumns(
        comment=found["comment"],
        sequence=found["sequence"],
        scenario_number=found.get("scenario_number"),
        scenario=found.get("scenario"),
        group=found.get("group"),
        speaker=found.get("speaker"),
        timestamp=found.get("timestamp"),
        labels=labels,
    )


def plain_number(cell: str) -> str:
    """Return a cell without the `.0` that spreadsheets and pandas put beside empty cells."""
    text = cell.strip()
    whole = _WHOLE.fullmatch(text)
    return whole[1] if whole else text


def _kind(name: str) -> str | None:
    plain = re.sub(r"[\s_\-]", "", name).casefold()
    return next((kind for kind, spelt in _KNOWN.items() if spelt.fullmatch(plain)), None)


def _refusal(problem: str, source: str | Path) -> InputError:
    return InputError(problem, "keep the one that is meant", source=source, line=1)
