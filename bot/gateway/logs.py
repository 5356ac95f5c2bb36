"""The libraries' own logs go through ours: who speaks, how loud, which kind of error; no words.

Libraries put payloads, addresses and names into their messages. So nothing of a message is
passed on, only where in the library it was written.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

_log = structlog.get_logger(__name__)


class Wordless(logging.Handler):
    """Passes records on to structlog without their text."""

    def emit(self, record: logging.LogRecord) -> None:
        """Tell that a library logged something: its name, the place, the kind of error."""
        fields = {"logger": record.name, "where": f"{record.funcName}:{record.lineno}"}
        kind = record.exc_info[0] if record.exc_info else None
        if kind is not None:
            fields["error"] = kind.__name__
        level = min(max(record.levelno // 10 * 10, logging.DEBUG), logging.CRITICAL)
        _log.log(level, "a library reports", **fields)


@contextmanager
def wordless_libraries() -> Iterator[None]:
    """Let every library's log pass without its words while the block runs."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    root.handlers[:] = [Wordless()]
    # Debug records hold whole payloads, and are many: nobody sees them at any level.
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
