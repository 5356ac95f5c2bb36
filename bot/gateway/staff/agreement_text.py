"""Agreement on the blind audit, as Discord shows it in one line."""

from __future__ import annotations

from bot.services.desk import Desk
from bot.services.reliability import LiveAgreement, LiveAudit
from bot.storage.rows import SessionRow


async def audited(
    desk: Desk, session: SessionRow, known: LiveAudit | None = None
) -> LiveAgreement | None:
    """Return the agreement of the desk's model with people on a session's blind audit.

    Whoever asks again hands over what was `known`, the same one at each look.
    """
    if desk.coder is None:
        return None
    known = known or LiveAudit()
    return await known.look(desk.ingest.store, desk.study, session, desk.coder)


def audit_line(found: LiveAgreement) -> str:
    """Return the live agreement of model and people in one line; a dash where it is not defined."""
    if not found.n:
        return "Blind audit: kappa - (people have coded none of it yet)"
    messages = "1 message" if found.n == 1 else f"{found.n:,} messages"
    if found.kappa is None or found.low is None or found.high is None:
        return f"Blind audit: kappa - from {messages}"
    bounds = f"{short(found.low)} to {short(found.high)}"
    return (
        f"Blind audit: kappa {short(found.kappa)} ({bounds}) from {messages}; "
        "valid however often you look"
    )


def short(value: float | None) -> str:
    """Return a coefficient with two digits and without its zero, as journals print it."""
    if value is None:
        return "-"
    text = f"{value:.2f}".replace("0.", ".", 1)
    return text.replace("-.00", ".00")
