"""The program's own log, on stderr: what happened, never what participants wrote."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_LEVELS = logging.getLevelNamesMapping()


def configure_logs(level: str, *, tracebacks: bool) -> None:
    """Write log lines from `level` up to stderr; of an error its kind, and with `tracebacks` where.

    Never its message, and no variables: a library may quote participants' words in them.
    """
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _speechless(tracebacks=tracebacks),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level.upper()]),
        # A name, not the stream itself: tests and rich replace sys.stderr for a while.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _speechless(*, tracebacks: bool) -> Processor:
    """Return what puts its kind, and where it was, in the place of an error being handled."""

    def told(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        if event.pop("exc_info", None) and (error := sys.exc_info()[1]) is not None:
            event["error"] = type(error).__name__
            if tracebacks:
                event["exception"] = "\nafter\n".join(_lines(error))
        return event

    return told


def _lines(error: BaseException | None) -> Iterator[str]:
    """Yield where `error` comes from, then where what caused it does, and so on; each once."""
    seen: set[int] = set()  # an error raised once more may be what caused its own cause
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield "".join(traceback.format_tb(error.__traceback__)) + type(error).__name__
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
