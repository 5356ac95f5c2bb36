"""What has to be said beside figures of agreement, so that nobody takes them for more."""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain.codebook import Codebook
from bot.services.reliability.reading import VERIFIED, Read


def notes(read: Read, codebook: Codebook | None, *, blind: bool) -> Iterator[str]:
    """Yield sentences on what the ratings rest on; nothing where there is nothing to say."""
    for remark in read.remarks:
        yield f"The file: {remark}."
    if read.shown and not blind:
        yield (
            f"{read.shown} of {read.human} of people's codes ({read.shown / read.human:.0%}) were "
            "given after the person had been shown others' codes: agreement with those is "
            "inflated. Compare the blind ones alone."
        )
    if read.settled_shown and not blind:
        share = f"{read.settled_shown / read.settled:.0%}"
        yield (
            f"{read.settled_shown} of {read.settled} verified codes ({share}) rest on a code that "
            "a person gave after being shown others' codes: agreement with those is inflated. "
            "Compare the blind ones alone."
        )
    ratings = read.ratings
    if VERIFIED in ratings.coders and VERIFIED not in read.people and read.people:
        yield (
            "The verified codes are made from people's codes: a person's agreement with them is "
            "no agreement of two coders."
        )
    if codebook is not None:
        idle = [c.code for c in codebook.codes if c.uncoded and c.code in ratings.codes]
        if idle:
            yield (
                f"Codes that mark text without a decision count as codes here: {', '.join(idle)}. "
                "Leave them out to compare decisions alone."
            )
        foreign = [c for c in ratings.codes if c not in codebook.by_code]
        if foreign:
            yield f"Codes that the codebook does not have (any more): {', '.join(foreign)}."
    empty = [
        coder
        for place, coder in enumerate(ratings.coders)
        if not (ratings.table[:, place] >= 0).any()
    ]
    for coder in empty:
        yield f"'{coder}' gave no code that could be compared."
