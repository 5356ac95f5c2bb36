"""How the process that trains behaves beside a live bot: it gives way, and dies with its parent."""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path

_GIGABYTE = 1_000_000_000
_LAST = 1000  # of whom the kernel ends first when memory is out: the training, never the bot


def give_way(memory_gb: float) -> None:
    """Take what others leave of the processor, bound the memory, end when the parent is gone.

    To be called by the process that trains, before it imports torch: threads inherit it. What
    the system does not offer is left out. The standard input must be a pipe that the parent
    holds open and never writes to.
    """
    _lower()
    _bound(round(memory_gb * _GIGABYTE))
    threading.Thread(target=_end_with_parent, name="parent watch", daemon=True).start()


def _lower() -> None:
    with suppress(OSError):
        os.nice(19)
    if sys.platform == "linux":
        with suppress(OSError):
            # Below every nice value: whoever wakes up beside it runs at once.
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        with suppress(OSError):
            # Where sessions share the processor (autogroup), a nice value counts within its own
            # session alone, and this process leads one: the session gives way, too.
            Path("/proc/self/autogroup").write_text("19", encoding="ascii")
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(str(_LAST), encoding="ascii")


def _bound(size: int) -> None:
    """Bound the memory that the process writes to, in bytes.

    The address space as a whole (RLIMIT_AS) would count the libraries' files, too, which for
    torch with CUDA are many gigabytes that nobody ever reads.
    """
    with suppress(OSError, ValueError):
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        wanted = size if most == resource.RLIM_INFINITY else min(size, most)
        resource.setrlimit(resource.RLIMIT_DATA, (wanted, most))


def _end_with_parent() -> None:
    """End the whole process group once the other end of the standard input is closed."""
    with suppress(OSError):
        while os.read(0, 1024):
            pass
    if os.getpid() == os.getpgrp():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
