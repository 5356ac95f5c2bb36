"""What all tests share."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from bot.encoding.spec import Architecture

if TYPE_CHECKING:
    from bot.inference.bundle import Bundle

# A deadline per example would measure how busy the machine is, not whether the code is right.
settings.register_profile("intercoder", deadline=None)
settings.load_profile("intercoder")


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> "Callable[[Architecture], Bundle]":
    """Return the tiny random bundle of an architecture, built once; copy it to change it."""
    built: dict[Architecture, Bundle] = {}

    def get(architecture: Architecture) -> "Bundle":
        from tests.tiny_bundle import build_tiny_bundle  # noqa: PLC0415 - torch, for some only

        if architecture not in built:
            folder: Path = tmp_path_factory.mktemp("tiny")
            built[architecture] = build_tiny_bundle(folder / str(architecture), architecture)
        return built[architecture]

    return get
