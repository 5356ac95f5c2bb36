"""How much memory is free: of the machine, and of the container that the bot runs in."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import psutil

_CGROUP = Path("/sys/fs/cgroup")  # of version 2, as a container sees its own


def free_memory(cgroup: Path = _CGROUP) -> int:
    """Return the bytes that a further process can take without any other being ended."""
    machine = int(psutil.virtual_memory().available)
    container = _of_container(cgroup)
    return machine if container is None else min(machine, container)


def _of_container(cgroup: Path) -> int | None:
    """Return what is left of a container's limit, files' caches counted as free; None: no limit."""
    with suppress(OSError, ValueError, KeyError):
        most = (cgroup / "memory.max").read_text(encoding="ascii").strip()
        if most == "max":
            return None
        used = int((cgroup / "memory.current").read_text(encoding="ascii"))
        lines = (cgroup / "memory.stat").read_text(encoding="ascii").splitlines()
        stat = dict(line.split() for line in lines)
        return max(0, int(most) - used + int(stat["inactive_file"]))
    return None
