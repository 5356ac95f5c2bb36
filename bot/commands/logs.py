"""The program's own log, on stderr: what happened, never what participants wrote."""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

_LEVELS = logging.getLevelNamesMapping()


def configure_logs(level: str, *, tracebacks: bool) -> None:
    """Write log lines from `level` up to stderr; without `tracebacks` only an error's kind.

    A traceback shows code but no variables: those may hold participants' words.
    """
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info if tracebacks else _kind_alone,
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level.upper()]),
        # A name, not the stream itself: tests and rich replace sys.stderr for a while.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _kind_alone(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace the error being handled by the name of its type."""
    if event.pop("exc_info", None):
        kind = sys.exc_info()[0]
        event["error"] = kind.__name__ if kind is not None else "unknown"
    return event
