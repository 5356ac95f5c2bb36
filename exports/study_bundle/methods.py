"""A methods paragraph with a study's own numbers, for a paper's authors to work from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot import __version__
from bot.domain.assignment import Sampling
from bot.domain.coding import Basis
from bot.domain.counting import many
from bot.services.reliability import StudyReliability
from exports.about import About
from exports.study_bundle.agreement import checked_models, intervals, of_model, of_people
from exports.study_bundle.numbers import StudyNumbers

_METHOD = (
    "- Simmonds, D. M., & Haines, R. Training a large language model to code qualitative research "
    "data."
)
_STATISTICS = """\
- Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological
  Measurement, 20(1), 37-46.
- Efron, B., & Tibshirani, R. J. (1993). An introduction to the bootstrap. Chapman & Hall.
- Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. Psychological
  Bulletin, 76(5), 378-382.
- Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of high
  agreement. British Journal of Mathematical and Statistical Psychology, 61(1), 29-48.
- Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. University of Pennsylvania.
"""
_ARCHITECTURES = {
    "pair": "BERT as a sequence-pair classifier of the scenario with the window of earlier "
    "messages, and the message",
    "thread": "BERT over each message, and a causal transformer over the scenario and the last "
    "messages",
}


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A model coder of the study, and the plain form of its bundle's manifest."""

    name: str
    fingerprint: str
    manifest: Mapping[str, Any]


def methods_text(
    about: About,
    numbers: StudyNumbers,
    sampling: Sampling,
    models: Sequence[ModelVersion],
    people: StudyReliability | None,
    checked: StudyReliability | None,
    session: str | None = None,
) -> str:
    """Return the text (Markdown): what was coded, by whom, and how far they agreed.

    `people` is the agreement of the people among themselves on what they coded before they
    saw any code, `checked` that of model versions with what people settled on; None where there
    are no two to compare. Every number is the study's own, or that of its `session`; what is not
    known is not said.
    """
    pairs = checked_models(checked)
    compared = [found for found in (people, checked) if found]
    notes = dict.fromkeys(note for found in compared for note in found.notes)
    unitising = dict.fromkeys(found.unitising_told for found in compared)
    paragraphs = [
        _material(about, numbers),
        _models(about, numbers, models),
        _coding(numbers, sampling),
        of_people(numbers, people),
        [of_model(name, measures) for name, measures in pairs],
        intervals([*([people.overall.overall] if people else []), *(m for _, m in pairs)]),
        [*notes, *filter(None, unitising)],
        [f"These numbers were counted by Intercoder {__version__}."],
    ]
    references = (_STATISTICS if people or pairs else "") + _METHOD
    told = "\n\n".join(" ".join(sentences) for sentences in paragraphs if sentences)
    part = "" if session is None else f", session {session}"
    return f"# Methods: {about.study}{part}\n\n{told}\n\n## References\n\n{references}\n"


def _material(about: About, numbers: StudyNumbers) -> list[str]:
    groups = many(len(numbers.threads), "group")
    scenarios = many(len(numbers.scenarios), "scenario")
    where = f"{many(len(numbers.sessions), 'session')}, {many(numbers.discussions, 'discussion')}"
    said = f"{many(numbers.messages, 'message')} by {many(numbers.participants, 'participant')}"
    discussed = f"discussed {scenarios}" if numbers.scenarios else "talked without a scenario"
    told = [f"{groups} {discussed} in {where}: {said}{_when(numbers)}."]
    if numbers.deleted:
        told.append(f"{many(numbers.deleted, 'message')} {_were(numbers.deleted)} deleted later.")
    if numbers.missing:
        told.append(
            f"{many(numbers.missing, 'message')} could not be had: written and deleted while the "
            "coder was not listening."
        )
    if numbers.joined:
        told.append(
            f"Thoughts that were split over several messages were joined by people: the "
            f"{many(numbers.messages, 'message')} make {many(numbers.units, 'unit')} of analysis."
        )
    book = about.codebook
    told.append(
        f"The codebook ({book.title}, version {book.version}) has {many(len(book.codes), 'code')}."
    )
    return told


def _when(numbers: StudyNumbers) -> str:
    if numbers.first is None or numbers.last is None:
        return ""
    first, last = numbers.first.date(), numbers.last.date()
    return f", on {first}" if first == last else f", between {first} and {last}"


def _models(about: About, numbers: StudyNumbers, models: Sequence[ModelVersion]) -> list[str]:
    told = []
    for model in models:
        coded = numbers.coded_by_model[model.name]
        if not coded:
            continue
        said = "; ".join(_described(model))
        told.append(
            f"{many(coded, 'message')} {_were(coded)} coded by model {model.name!r} ({said})."
        )
        if model.manifest.get("training", {}).get("dataset") == about.study:
            told.append(
                "The model was trained on a data set of this study's name: its agreement with "
                "people on messages that it has learned from says nothing of new ones."
            )
    if told:
        told.append(
            "This follows the method of Simmonds and Haines: a message is coded in the light of "
            "the scenario and of a sliding window of earlier messages, which is empty at the "
            "start of every scenario."
        )
    return told


def _described(model: ModelVersion) -> Iterator[str]:
    """Yield what is known of a model version; a manifest need not tell all of it."""
    architecture = model.manifest.get("spec", {}).get("architecture")
    if architecture in _ARCHITECTURES:
        yield _ARCHITECTURES[architecture]
    if base := model.manifest.get("base_model", {}).get("name"):
        yield f"base model {base}"
    if records := model.manifest.get("training", {}).get("records"):
        yield f"trained on {many(records, 'coded message')}"
    yield f"fingerprint {model.fingerprint[:12]}"


def _coding(numbers: StudyNumbers, sampling: Sampling) -> list[str]:
    told = []
    for coder, n in sorted(numbers.coded_by.items()):
        blind, unknown = numbers.blind_by[coder], numbers.unknown_by[coder]
        seen = f", {blind} of them before any code was shown to them" if blind else ""
        lost = f"; of {unknown} it is not known what had been shown to them" if unknown else ""
        told.append(f"{coder} coded {many(n, 'message')}{seen}{lost}.")
    if numbers.audited_blind:
        told.append(
            f"A random {100 * sampling.audit_share:g} % of the messages, drawn without regard to "
            f"any code, are to be coded blind ({numbers.audited}); people coded "
            f"{numbers.audited_blind} of them before any code was shown to them."
        )
    if numbers.verified:
        by = numbers.verified_by
        agreed = by[Basis.AGREED] - numbers.verified_by_one
        told.append(
            f"The code of {many(numbers.verified, 'message')} was verified: {agreed} by agreement "
            f"of two coders or more, {numbers.verified_by_one} by the code of one person alone, "
            f"{by[Basis.REVIEWED]} by a correction or confirmation, {by[Basis.ADJUDICATED]} by "
            f"adjudication. {numbers.verified_seeing} of these codes "
            f"{_were(numbers.verified_seeing)} given by somebody who had been shown others' codes, "
            "which favours agreement with what they saw."
        )
    if numbers.edge_cases:
        cases = "an edge case" if numbers.edge_cases == 1 else "edge cases"
        many_cases = many(numbers.edge_cases, "message")
        told.append(f"{many_cases} {_were(numbers.edge_cases)} flagged as {cases}.")
    return told


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
