"""A methods paragraph with a study's own numbers, for a paper's authors to work from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot import __version__
from bot.domain.assignment import Sampling
from bot.domain.coding import Basis
from bot.domain.counting import many
from bot.reliability.result import AC1, ALPHA, COHEN_MEAN, FLEISS, PERCENT, Figure
from bot.services.reliability import StudyReliability
from exports.about import About
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
_NAMES = {
    PERCENT: "percent agreement",
    COHEN_MEAN: "mean pairwise Cohen's kappa",
    FLEISS: "Fleiss' kappa",
    ALPHA: "Krippendorff's alpha",
    AC1: "Gwet's AC1",
}
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
    manifest: Mapping[str, Any]


def methods_text(
    about: About,
    numbers: StudyNumbers,
    sampling: Sampling,
    models: Sequence[ModelVersion],
    people: StudyReliability | None,
    checked: StudyReliability | None,
) -> str:
    """Return the text (Markdown): what was coded, by whom, and how far they agreed.

    `people` is the agreement of the people among themselves on what they coded before they
    saw any code, `checked` that of model versions with what people settled on; None where there
    are no two to compare. Every number is the study's own; what is not known is not said.
    """
    paragraphs = [
        " ".join(_material(about, numbers)),
        " ".join(_models(about, numbers, models)),
        " ".join(_coding(numbers, sampling)),
        " ".join(_agreement("The people", people)) if people is not None else "",
        " ".join(_agreement("Model versions and people's verified codes", checked))
        if checked is not None
        else "",
    ]
    references = (_STATISTICS if people or checked else "") + _METHOD
    told = "\n\n".join(filter(None, paragraphs))
    return f"# Methods: {about.study}\n\n{told}\n\n## References\n\n{references}\n"


def _material(about: About, numbers: StudyNumbers) -> list[str]:
    groups = many(len(numbers.threads), "group")
    scenarios = many(len(numbers.scenarios), "scenario")
    where = f"{many(len(numbers.sessions), 'session')}, {many(numbers.discussions, 'discussion')}"
    said = f"{many(numbers.messages, 'message')} by {many(numbers.participants, 'participant')}"
    told = [f"{groups} discussed {scenarios} in {where}: {said}{_when(numbers)}."]
    if numbers.deleted:
        told.append(f"{many(numbers.deleted, 'message')} had been deleted by their authors.")
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
        manifest = model.manifest
        architecture = str(
            manifest.get("architecture", manifest.get("spec", {}).get("architecture"))
        )
        base = manifest.get("base_model", {}).get("name", "BERT")
        records = manifest.get("training", {}).get("records")
        learned = f", trained on {many(records, 'coded message')}" if records else ""
        told.append(
            f"{many(coded, 'message')} were coded by model {model.name!r} "
            f"({_ARCHITECTURES.get(architecture, architecture)}; base model {base}{learned}; "
            f"fingerprint {str(manifest.get('fingerprint', ''))[:12]}) with Intercoder "
            f"{__version__}, after the method of Simmonds and Haines: a message is coded in the "
            "light of the scenario and of a sliding window of earlier messages, which is empty "
            "at the start of every scenario."
        )
        if manifest.get("training", {}).get("dataset") == about.study:
            told.append(
                "The model was trained on a data set of this study's name: its agreement with "
                "people on messages that it has learned from says nothing of new ones."
            )
    return told


def _coding(numbers: StudyNumbers, sampling: Sampling) -> list[str]:
    told = []
    for coder, n in sorted(numbers.coded_by.items()):
        blind = numbers.blind_by[coder]
        seen = f", {blind} of them before any code was shown to them" if blind else ""
        told.append(f"{coder} coded {many(n, 'message')}{seen}.")
    if numbers.audited_blind:
        told.append(
            f"A random {sampling.audit_share:.0%} of the messages, drawn before coding, were set "
            f"aside to be coded blind ({numbers.audited}); people coded "
            f"{numbers.audited_blind} of them."
        )
    if numbers.verified:
        by = numbers.verified_by
        agreed = by[Basis.AGREED] - numbers.verified_by_one
        told.append(
            f"The code of {many(numbers.verified, 'message')} was verified: {agreed} by agreement "
            f"of two coders or more, {numbers.verified_by_one} by the only person who coded them, "
            f"{by[Basis.REVIEWED]} by a correction or confirmation, {by[Basis.ADJUDICATED]} by "
            "adjudication."
        )
    if numbers.edge_cases:
        told.append(f"{many(numbers.edge_cases, 'message')} were flagged as edge cases.")
    return told


def _agreement(who: str, found: StudyReliability) -> list[str]:
    overall = found.overall.overall
    units = "unit" if found.of_units else "message"
    figures = [
        f"{_NAMES[name]} {_shown(overall[name])}"
        for name in _NAMES
        if overall[name].value is not None
    ]
    who = f"{who} ({', '.join(found.coders)})"
    compared = f"{many(overall.n_units, units)} that two or more of them coded"
    told = [f"{who} agreed on {compared} as follows: {'; '.join(figures)}."]
    if any(overall[name].low is not None for name in _NAMES):
        told.append(
            "The 95 % intervals are from a bootstrap over the "
            f"{many(overall.groups, 'group')} ({found.overall.resamples:,} resamples, percentile "
            "method), since messages of one group are not independent."
        )
    return [*told, *found.notes]


def _shown(figure: Figure) -> str:
    value = f"{figure.value:.3f}"
    if figure.low is None or figure.high is None:
        return value
    return f"{value} [{figure.low:.3f}, {figure.high:.3f}]"
