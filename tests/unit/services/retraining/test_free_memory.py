"""Free memory: the machine's, or what a container has left."""

from __future__ import annotations

from pathlib import Path

import psutil

from bot.services.retraining.memory import free_memory


def container(folder: Path, most: str) -> Path:
    (folder / "memory.max").write_text(f"{most}\n")
    (folder / "memory.current").write_text("3000\n")
    (folder / "memory.stat").write_text("anon 900\ninactive_file 500\nactive_file 7\n")
    return folder


def test_a_container_has_what_its_limit_leaves(tmp_path: Path) -> None:
    assert free_memory(container(tmp_path, "10000")) == 7500
    assert free_memory(container(tmp_path, "2000")) == 0


def test_without_a_limit_it_is_the_machine_that_counts(tmp_path: Path) -> None:
    machine = psutil.virtual_memory().total
    assert 7500 < free_memory(container(tmp_path, "max")) <= machine
    assert 7500 < free_memory(tmp_path / "none") <= machine
