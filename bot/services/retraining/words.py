"""What is said of a training that reached no decision: one sentence each."""

from __future__ import annotations

import signal

from bot.services.retraining.process import Ended
from bot.settings import RetrainingSettings

_FAULT = "This is a fault of the program."


def no_result(ended: Ended, settings: RetrainingSettings) -> str:
    """Return why a process that failed came to nothing: its own words, where it had any."""
    if ended.timed_out:
        return (
            f"the training was ended after {settings.timeout_minutes} minutes "
            "(INTERCODER_RETRAINING__TIMEOUT_MINUTES)."
        )
    if ended.code < 0:
        return _killed(-ended.code, settings)
    said = ended.last_words
    if not said or said.startswith((_FAULT, "Stopped by")):
        return (
            f"the training failed (exit code {ended.code}); `intercoder models train` shows more."
        )
    return said


def program_failed(error: Exception) -> str:
    """Return what is said of an error that nobody outside can mend."""
    return f"the program itself failed ({type(error).__name__}); its log has the details."


def _killed(number: int, settings: RetrainingSettings) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    if number in (signal.SIGKILL, signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS):
        return (
            f"the training was ended by {name}, most often for want of memory (it may take "
            f"{settings.memory_gb:g} GB: INTERCODER_RETRAINING__MEMORY_GB)."
        )
    return f"the training was ended by {name} from outside."
