"""How far a study's coders agree: read from the store, measured, by parts, and live."""

from bot.services.reliability.live import LiveAgreement, LiveAudit
from bot.services.reliability.reading import VERIFIED, Wanted, read_ratings
from bot.services.reliability.study import (
    StudyReliability,
    study_reliability,
    transcript_reliability,
)

__all__ = [
    "VERIFIED",
    "LiveAgreement",
    "LiveAudit",
    "StudyReliability",
    "Wanted",
    "read_ratings",
    "study_reliability",
    "transcript_reliability",
]
