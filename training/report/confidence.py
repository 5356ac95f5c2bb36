"""The part of the report on what confidence is worth: is it true, and what it leaves to people."""

from __future__ import annotations

from collections.abc import Iterator

from bot.reliability.risk_control import guarantee
from training.abstention import Reached
from training.metrics import Metrics
from training.report.data import Calibration
from training.report.markdown import decimal, percent, table


def confidence(test: Metrics, calibration: Calibration | None) -> Iterator[str]:
    """Yield the lines on calibration, on errors by confidence, and on what people look at."""
    yield "## What confidence is worth"
    yield ""
    if calibration is not None:
        yield from _calibrated(test, calibration)
        yield ""
    yield "![Reliability diagram](reliability.png)"
    yield ""
    yield from table(
        (
            "confidence",
            "messages at or above",
            "of these wrong",
            "messages below",
            "of these wrong",
            "share of all errors below",
        ),
        (
            (
                f"{c.threshold:.1f}",
                percent(c.messages_above),
                percent(c.error_rate_above),
                percent(c.messages_below),
                percent(c.error_rate_below),
                percent(c.errors_below),
            )
            for c in test.errors_by_confidence
        ),
    )
    yield ""
    yield (
        "Read a row as a rule for review: if people look at everything below that confidence, "
        "they look at that share of the messages and find that share of the errors."
    )
    yield ""
    yield "![Errors above and below each confidence](errors_by_confidence.png)"
    yield ""
    yield from _shared(test, calibration)


def _calibrated(test: Metrics, calibration: Calibration) -> Iterator[str]:
    if calibration.note is not None:
        yield f"Note: {calibration.note}."
        return
    yield (
        f"The validation groups gave a temperature of {calibration.temperature:.3f} (Guo et al. "
        "2017): by it the coder's logits are divided, which changes no code. On the test groups "
        f"the expected calibration error was {decimal(calibration.ece_before, 3)} before and is "
        f"{decimal(test.ece, 3)} now."
    )


def _shared(test: Metrics, calibration: Calibration | None) -> Iterator[str]:
    yield "## What people must look at"
    yield ""
    yield (
        "If people code what the coder is least sure of, and are right, the final transcript "
        "agrees with people on:"
    )
    yield ""
    yield "![Agreement by the share that people look at](sent_to_people.png)"
    yield ""
    yield from table(
        ("share of the messages that people code", "agreement", "confidence up to"),
        (
            (percent(s.share), percent(s.agreement), decimal(s.below, 3))
            for s in test.sent_to_people
            if s.share <= 0.5
        ),
    )
    for agreement, found in test.needed.items():
        if found is not None:
            yield ""
            yield (
                f"For {percent(float(agreement))} agreement they code the {percent(found.share)} "
                "that it is least sure of."
            )
    if calibration is None or not calibration.thresholds:
        return
    yield ""
    yield (
        "Those shares are read off the test groups themselves. A threshold that is to hold on new "
        "groups is found on the validation groups (conformal risk control over groups, "
        "Angelopoulos et al. 2024) and was then tried on the test groups:"
    )
    yield ""
    yield from table(
        (
            "target error",
            "below this confidence to people",
            "messages sent",
            "errors left (mean over groups)",
            "errors left (of all messages)",
        ),
        (_threshold(r) for r in calibration.thresholds),
    )
    for each in calibration.thresholds:
        yield ""
        yield f"Target {percent(each.threshold.target)}: {guarantee(each.threshold)}."
    yield ""
    yield (
        "The guarantee is on the mean over new groups that are like the held-out ones, as long as "
        "people are right on what they code; a single group may have more errors. The validation "
        "groups have also chosen the epoch and the temperature, which the guarantee does not know "
        "of; a study's own blind audit has no such part in the coder."
    )


def _threshold(found: Reached) -> tuple[str, ...]:
    below = "everything" if found.threshold.everything else decimal(found.threshold.below, 3)
    return (
        percent(found.threshold.target),
        below,
        percent(found.sent),
        percent(found.error),
        percent(found.error_of_messages),
    )
