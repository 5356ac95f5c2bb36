"""What end-to-end tests are given: an environment without anybody's settings."""

import os

import pytest
import structlog


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch):
    for name in os.environ:
        if name.upper().startswith("INTERCODER_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("INTERCODER_MODEL__THREADS", "1")
    yield
    structlog.reset_defaults()
