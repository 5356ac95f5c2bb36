"""How far a study's coders agree: read from the store, measured, by parts, and live."""

from bot.services.reliability.live import LiveAgreement, live_agreement
from bot.services.reliability.reading import VERIFIED, Wanted, read_ratings
from bot.services.reliability.study import (
    StudyReliability,
    study_reliability,
    transcript_reliability,
)

__all__ = [
    "VERIFIED",
    "LiveAgreement",
    "StudyReliability",
    "Wanted",
    "live_agreement",
    "read_ratings",
    "study_reliability",
    "transcript_reliability",
]
