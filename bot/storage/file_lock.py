"""A lock that is a file beside what it guards; the system itself lets go for who was killed.

It is the descriptor that holds it, and a process that inherits the descriptor holds it as well.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_LOOKS = 1_000  # how often others may be found looking; a look takes microseconds
_MOMENT = 0.001  # seconds


class HeldError(Exception):
    """Somebody else holds the lock."""


class NoLocksError(Exception):
    """There are no locks on the file system, or the system; the text is what it says."""


def hold(lock: Path) -> int:
    """Return a descriptor that holds `lock` until it is closed, whatever ends the process.

    The file is made, and stays: deleted, two could hold it. Raises HeldError, NoLocksError, and
    OSError where the file cannot be written.
    """
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        for _ in range(_LOOKS):
            if _taken(descriptor, alone=True):
                return descriptor
            # Whoever holds it shares it with nobody, whoever looks with everybody who looks.
            if not _taken(descriptor, alone=False):
                break
            _let_go(descriptor)
            time.sleep(_MOMENT)
        raise HeldError
    except BaseException:
        os.close(descriptor)
        raise


def is_held(lock: Path) -> bool:
    """Tell whether somebody holds `lock`; keeps nobody from taking it meanwhile.

    Raises as `hold` does, but for a file that is not there: nobody holds that.
    """
    try:
        descriptor = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _taken(descriptor, alone=False)
    finally:
        os.close(descriptor)


def _taken(descriptor: int, *, alone: bool) -> bool:
    if sys.platform == "win32":
        raise NoLocksError("Windows")
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise NoLocksError(error.strerror) from None
    return True


def _let_go(descriptor: int) -> None:
    if sys.platform != "win32":
        fcntl.flock(descriptor, fcntl.LOCK_UN)
