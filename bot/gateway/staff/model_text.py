"""What is told about a desk's models and its retrainings: pure."""

from __future__ import annotations

from collections.abc import Sequence

from discord.utils import format_dt

from bot.domain.counting import many
from bot.gateway.staff.texts import CONTENT, clip, lines, milliseconds, quoted
from bot.services.desk import Desk
from bot.services.numbers import SessionNumbers
from bot.services.retraining.known import Known
from bot.services.retraining.report import figures_line
from bot.services.retraining.status import Status, progress_line
from bot.services.seated_coders import Seat
from bot.storage.retrainings import Retraining, State

_ENDED = {
    State.PROMOTED: "a new coder was promoted",
    State.KEPT: "the coder stayed",
    State.SKIPPED: "skipped",
    State.FAILED: "failed",
}


def status_text(desk: Desk, sessions: Sequence[SessionNumbers], found: Status) -> str:
    """Return who codes at a desk and how fast, and how its retrainings stand."""
    told = [_seat(seat) for seat in desk.coders]
    serving = next((seat for seat in desk.coders if seat.serving), None)
    if serving is not None:
        labels = serving.bundle.manifest.labels
        told.append(f"It gives {many(len(labels), 'code')}: {quoted(', '.join(labels), 500)}.")
    if desk.problem is not None:
        told.append(f"⚠ Messages are stored but not coded: {desk.problem}")
    told += [f"⚠ {quoted(waiting, 300)}" for waiting in desk.lost]
    if desk.live is not None:
        told.append(
            f"{many(desk.live.coded, 'coding')} since the start; {desk.live.waiting:,} wait in "
            f"memory; {desk.live.failed:,} failed and will be tried again."
        )
    told += [_session(numbers) for numbers in sessions]
    told += _retraining(found, desk.study.id)
    return clip("\n".join(told), CONTENT)


def list_text(known: Sequence[Known]) -> str:
    """Return the coders that a study can be given, a few lines each."""
    if not known:
        return "There is no coder yet that could serve: train one."
    head = "Coders, the one that serves first (figures: on the gold messages of this study):"
    return lines([head, *(_known(coder) for coder in known)], CONTENT)


def _known(coder: Known) -> str:
    mark = "▶" if coder.serves else "·"
    sign = f" ({coder.fingerprint[:8]})" if coder.fingerprint else ""
    told = f"{mark} **{quoted(coder.name, 80)}**{sign}: "
    told += figures_line(coder.figures)
    if coder.decided is not None:
        told += f"; {format_dt(coder.decided, 'd')}, {quoted(coder.why, 200)}"
    elif not coder.taken:
        told += "; judged and not taken"
    if coder.problem is not None:
        told += f"; ⚠ {quoted(coder.problem, 150)}"
    return told


def _seat(seat: Seat) -> str:
    manifest = seat.bundle.manifest
    what = f"{manifest.architecture}, {manifest.fingerprint[:8]}"
    told = f"**{quoted(manifest.name, 100)}** ({what})"
    if not seat.serving:
        return f"{told} codes to their end the discussions that began with it."
    return f"{told}, made {manifest.created_at[:10]}, on {quoted(seat.engine, 60)}."


def _session(numbers: SessionNumbers) -> str:
    return (
        f"Session {quoted(numbers.session.name, 100)}: {many(numbers.messages, 'message')}, "
        f"{numbers.waiting:,} waiting; from stored to coded median "
        f"{milliseconds(numbers.median_ms)}, slowest {milliseconds(numbers.slowest_ms)}."
    )


def _retraining(found: Status, study_id: int) -> list[str]:
    told = []
    if found.running is not None:
        other = "" if found.running.study_id == study_id else " of another study"
        since = format_dt(found.running.started_at, "R")
        told.append(f"A retraining{other} began {since}: {progress_line(found.progress)}")
    if found.last is not None:
        told.append(_last(found.last))
    if found.due is not None:
        told.append(f"The next night: {format_dt(found.due, 'R')}.")
    return told


def _last(row: Retraining) -> str:
    when = format_dt(row.ended_at or row.started_at, "R")
    return f"Last retraining ({when}): {_ENDED[row.state]}. {quoted(row.reason or '', 400)}"
