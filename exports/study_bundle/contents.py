"""What lies in a study's zip, and a page that says so."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.counting import many
from exports.study_bundle.numbers import StudyNumbers

TRANSCRIPT = "transcript.csv"
SHEETS = "transcript.xlsx"
PAGE = "transcript.html"
PROJECT = "project.qdpx"
CODEBOOK = "codebook.toml"
CODEBOOK_REFI = "codebook.qdc"
TRAILS = "audit-trail.jsonl"
METHODS = "methods.md"
ABOUT = "README.md"
SUMS = "SHA256SUMS"

PEOPLE = "reliability/people"
EVERYBODY = "reliability/all-coders"
MODELS = "reliability/models-and-verified"

_SAID = {
    METHODS: "a methods paragraph with the study's own numbers, to work from",
    TRANSCRIPT: "every message with every coder's codes",
    SHEETS: "the transcript for Excel, with codebook and reliability",
    PAGE: "the transcript to read and print",
    PROJECT: "the coded study for NVivo, ATLAS.ti, MAXQDA, QualCoder (REFI-QDA)",
    CODEBOOK: "the codebook as people write it, with definitions and examples",
    CODEBOOK_REFI: "the codebook for NVivo, ATLAS.ti, MAXQDA, QualCoder",
    PEOPLE: "how far people agree among themselves on what they coded before they saw any code "
    "(codes from files are among them: what those coders had seen is not known)",
    EVERYBODY: "how far all coders agree, people and model versions",
    MODELS: "how far model versions agree with what people settled on (and with each other)",
    TRAILS: "who decided what on which message, when, having seen what",
    SUMS: "the files' SHA-256; check with: sha256sum --check SHA256SUMS",
}
_FORMS = {".json": "all figures", ".csv": "one row a figure", ".png": "as a picture"}


def page(
    study: str,
    session: str | None,
    numbers: StudyNumbers,
    files: Sequence[str],
    left_out: Sequence[str],
) -> str:
    """Return the text of the first page: what the study is, what each file holds, what is not."""
    part = "" if session is None else f", session {session}"
    groups = many(len(numbers.threads), "group")
    sessions = many(len(numbers.sessions), "session")
    listed = "\n".join(f"- `{name}`: {_said(name)}" for name in files if name != ABOUT)
    missing = "".join(f"- {why}\n" for why in left_out)
    return (
        f"# {study}{part}\n\n"
        f"{many(numbers.messages, 'message')} of {groups} in {sessions}; {numbers.verified} with a "
        "verified code. Participants appear under pseudonyms, coders as they are named in the "
        "study.\n\n"
        f"{listed}\n" + (f"\nLeft out:\n\n{missing}" if missing else "")
    )


def _said(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    if name in _SAID:
        return _SAID[name]
    if stem in _SAID:
        return f"{_SAID[stem]}: {_FORMS[dot + ending]}"
    if name.endswith("manifest.json"):
        return "what the model version is: base model, training, measures, hashes"
    return "from the report of the model version's training"
