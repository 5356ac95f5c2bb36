"""The methods paragraph's sentences on agreement: which coders, on what, with which intervals."""

from __future__ import annotations

from collections.abc import Sequence

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
from exports.study_bundle.numbers import StudyNumbers

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


def of_people(numbers: StudyNumbers, found: StudyReliability | None) -> list[str]:
    """Return how far people agree on what they coded before they saw any code."""
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


def checked_models(found: StudyReliability | None) -> list[tuple[str, Measures]]:
    """Return each model version with its agreement with people's verified codes."""
    pairs = () if found is None else found.overall.pairs
    return [
        (next(c for c in pair.coders if c != VERIFIED), pair.overall)
        for pair in pairs
        if VERIFIED in pair.coders and pair.overall.n_units
    ]


def of_model(name: str, measures: Measures) -> str:
    """Return how far a model version agrees with what people settled on."""
    return (
        f"Model {name!r} and people's verified codes, on the "
        f"{many(measures.n_units, 'message')} that have both: {_figures(measures, _OF_BOTH)}."
    )


def _figures(measures: Measures, names: Sequence[str]) -> str:
    defined = [name for name in names if measures[name].value is not None]
    return "; ".join(f"{_NAMES[name]} {_shown(measures[name])}" for name in defined)


def intervals(compared: Sequence[Measures]) -> list[str]:
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


def _shown(figure: Figure) -> str:
    value = f"{figure.value:.3f}"
    if figure.low is None or figure.high is None:
        return value
    return f"{value} [{figure.low:.3f}, {figure.high:.3f}]"
