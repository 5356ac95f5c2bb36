"""A methods paragraph with a study's own numbers, for a paper's authors to work from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot import __version__
from bot.domain.assignment import Sampling
from bot.domain.coding import Basis
from bot.domain.counting import many
from bot.reliability.resampling import FEW
from bot.reliability.result import (
    AC1,
    ALPHA,
    COHEN,
    COHEN_MEAN,
    FLEISS,
    OVERALL,
    PERCENT,
    Figure,
    Measures,
)
from bot.services.reliability import VERIFIED, StudyReliability
from bot.services.reliability.study import RESAMPLES
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
    COHEN: "Cohen's kappa",
    COHEN_MEAN: "mean pairwise Cohen's kappa",
    FLEISS: "Fleiss' kappa",
    ALPHA: "Krippendorff's alpha",
    AC1: "Gwet's AC1",
}
_OF_BOTH = (PERCENT, COHEN, ALPHA)
"""What looks at the messages alone that both coded: a model codes many that nobody verified."""
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
    pairs = _checked(checked)
    compared = [found for found in (people, checked) if found]
    notes = dict.fromkeys(note for found in compared for note in found.notes)
    unitising = dict.fromkeys(found.unitising_told for found in compared)
    paragraphs = [
        _material(about, numbers),
        _models(about, numbers, models),
        _coding(numbers, sampling),
        _people(numbers, people),
        [_model_agreement(name, measures) for name, measures in pairs],
        _intervals([*([people.overall.overall] if people else []), *(m for _, m in pairs)]),
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


def _people(numbers: StudyNumbers, found: StudyReliability | None) -> list[str]:
    if found is None:
        return []
    taken = " (codes of which that is not known are taken for such)" if numbers.unknown_by else ""
    overall = found.overall.overall
    told = (
        f"On the {many(overall.n_units, 'message')} that two or more people "
        f"({', '.join(found.coders)}) coded before any code was shown to them{taken}, their "
        f"agreement is: {_figures(overall, OVERALL)}."
    )
    more = (
        "Fleiss' kappa and Gwet's AC1 take the frequencies of codes from all "
        f"{many(overall.n_coded, 'message')} that any of them coded so."
    )
    return [told, more] if overall.n_coded > overall.n_units else [told]


def _checked(found: StudyReliability | None) -> list[tuple[str, Measures]]:
    """Return each model version with its agreement with people's verified codes."""
    pairs = () if found is None else found.overall.pairs
    return [
        (next(c for c in pair.coders if c != VERIFIED), pair.overall)
        for pair in pairs
        if VERIFIED in pair.coders and pair.overall.n_units
    ]


def _model_agreement(name: str, measures: Measures) -> str:
    return (
        f"Model {name!r} and people's verified codes, on the "
        f"{many(measures.n_units, 'message')} that have both: {_figures(measures, _OF_BOTH)}."
    )


def _figures(measures: Measures, names: Sequence[str]) -> str:
    defined = [name for name in names if measures[name].value is not None]
    return "; ".join(f"{_NAMES[name]} {_shown(measures[name])}" for name in defined)


def _intervals(compared: Sequence[Measures]) -> list[str]:
    """Return how the intervals were made, where there are any; of groups, the fewest."""
    groups = [m.groups for m in compared if any(f.low is not None for f in m.figures.values())]
    if not groups:
        return []
    fewest = min(groups)
    over = many(fewest, "group") if fewest == max(groups) else f"{fewest} to {max(groups)} groups"
    told = (
        f"The 95 % intervals are from a bootstrap over {over} ({RESAMPLES:,} resamples, percentile "
        "method), since messages of one group are not independent."
    )
    few = f"From fewer than {FEW} groups they are rough, as a rule too narrow."
    return [told, few] if fewest < FEW else [told]


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _shown(figure: Figure) -> str:
    value = f"{figure.value:.3f}"
    if figure.low is None or figure.high is None:
        return value
    return f"{value} [{figure.low:.3f}, {figure.high:.3f}]"
