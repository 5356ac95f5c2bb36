"""What is configured, found and missing on this machine: one check a row, each with a remedy."""

from __future__ import annotations

import asyncio
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.domain.counting import many
from bot.domain.errors import IntercoderError
from bot.inference.bundle import Bundle, load_bundle
from bot.inference.open import open_engine
from bot.settings import Settings
from bot.storage.check import check
from bot.storage.migrate import current, head
from bot.storage.sqlite import file_of, is_sqlite, parse_url, place

_FREE = 1_000_000_000  # bytes: the database, a bundle and its backup with room to spare
_READ = 50_000_000  # bytes: a larger database takes longer to read than a look may
_OLDEST = (3, 11)
_TRAIN = ("torch", "transformers", "safetensors", "sklearn", "onnx", "matplotlib")


class Use(StrEnum):
    """What a check is needed for."""

    REPLAY = "replay"
    RUN = "run"
    TRAIN = "train"


_CODING = frozenset({Use.REPLAY, Use.RUN})
_ALL = frozenset(Use)


@dataclass(frozen=True, slots=True)
class Check:
    """One row: `found` says what is there, `remedy` what to do (empty where all is well)."""

    name: str
    found: str
    remedy: str = ""
    needed_for: frozenset[Use] = frozenset()

    @property
    def passed(self) -> bool:
        """Whether there is nothing to do."""
        return not self.remedy


def checks(settings: Settings) -> Iterator[Check]:
    """Yield every check, cheap ones first; writes nothing and raises nothing a person can mend."""
    yield _python()
    yield _providers()
    yield _gpu(settings)
    yield _safe("disk", lambda: _disk(settings))
    yield _safe("database", lambda: _database(settings.database.url))
    bundle = None
    try:
        bundle = load_bundle(settings.model.bundle)
    except IntercoderError as error:
        yield Check("bundle", str(error), _bundle_remedy(settings.model.bundle), _CODING)
    else:
        yield _bundle(bundle)
        yield _safe("engine", lambda: _engine(bundle, settings))
    yield _token(settings)
    yield _train_extra()


def missing(found: list[Check], use: Use) -> list[Check]:
    """Return the checks that failed and are needed for `use`."""
    return [row for row in found if not row.passed and use in row.needed_for]


def _safe(name: str, look: Callable[[], Check]) -> Check:
    """Return what `look` gives; its error, a sentence with a remedy, is a row, too."""
    try:
        return look()
    except IntercoderError as error:
        return Check(name, "cannot be used", str(error), _CODING)


def _python() -> Check:
    found = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info < _OLDEST:
        return Check("Python", found, "install Python 3.11 or newer", _ALL)
    return Check("Python", found, needed_for=_ALL)


def _providers() -> Check:
    import onnxruntime  # noqa: PLC0415 - loads native code; only this check wants it

    found = ", ".join(p.removesuffix("ExecutionProvider") for p in _available(onnxruntime))
    version = f"ONNX Runtime {onnxruntime.__version__}, made for {found}"
    # Both install the same module, and which one's files win is a matter of chance.
    if _installed("onnxruntime") and _installed("onnxruntime-gpu"):
        remedy = "onnxruntime stands beside onnxruntime-gpu: pip uninstall both, then make install"
        return Check("providers", version, remedy, _CODING)
    return Check("providers", version, needed_for=_CODING)


def _available(runtime: object) -> list[str]:
    return list(getattr(runtime, "get_available_providers")())  # noqa: B009 - it has no types


def _installed(package: str) -> bool:
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _gpu(settings: Settings) -> Check:
    driver = shutil.which("nvidia-smi")
    if driver is None and settings.model.device == "cuda":
        remedy = "install the NVIDIA driver, or set INTERCODER_MODEL__DEVICE=auto"
        return Check("GPU", "asked for (device = cuda), no NVIDIA driver found", remedy, _CODING)
    cores = f"the processor ({many(os.cpu_count() or 1, 'core')})"
    if driver is None:
        return Check("GPU", f"none: {cores} computes")
    if settings.model.device == "cpu":
        return Check("GPU", f"NVIDIA driver found; not used (device = cpu): {cores} computes")
    return Check("GPU", f"NVIDIA driver found: used if the engine opens on it, else {cores}")


def _disk(settings: Settings) -> Check:
    url = parse_url(settings.database.url)
    folder = _existing(file_of(url).parent if is_sqlite(url) else Path.cwd())
    free = shutil.disk_usage(folder).free
    found = f"{free / 1e9:.1f} GB free at {folder.resolve()}"
    remedy = "" if free >= _FREE else f"free some space: at least {_FREE / 1e9:.0f} GB"
    return Check("disk", found, remedy, _ALL)


def _database(url: str) -> Check:
    parsed = parse_url(url)
    where = place(parsed)
    version = asyncio.run(current(url))
    found, remedy = where, _unwritable(file_of(parsed)) if is_sqlite(parsed) else ""
    if not remedy:
        holds, remedy = _contents(url, version)
        found = f"{where}: {holds}"
    return Check("database", found, remedy, _CODING)


def _unwritable(file: Path) -> str:
    """Return what to do where the database cannot be written; empty where it can."""
    if file.exists() and not os.access(file, os.W_OK):
        return "the file may not be written: give yourself write permission"
    folder = _existing(file.parent)
    try:
        # Asking for the permission is not enough: file systems can be read-only to all.
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return f"{folder} cannot be written to ({error.strerror}): set another path"
    return ""


def _contents(url: str, version: str | None) -> tuple[str, str]:
    """Return what the database of schema `version` holds, and what to do (empty: nothing)."""
    if version is None:
        return "none yet, made when first used", ""
    if version != head():
        return f"schema {version}", "run `intercoder db backup FILE`, then `intercoder db upgrade`"
    parsed = parse_url(url)
    if is_sqlite(parsed) and file_of(parsed).stat().st_size > _READ:
        return f"schema {version}; large: `intercoder db check` reads all of it", ""
    if findings := asyncio.run(check(url)):
        return f"{len(findings)} faults", "run `intercoder db check`, then restore a backup"
    return f"schema {version}, sound", ""


def _existing(folder: Path) -> Path:
    """Return `folder`, or the nearest thing above it that is there."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def _bundle_remedy(path: Path) -> str:
    """Return how to come by a bundle; another one beside `path` is nearer than a new one."""
    for other in sorted(path.parent.glob("*/manifest.json")):
        if other.parent != path:
            return (
                f"{other.parent} is there: set INTERCODER_MODEL__BUNDLE={other.parent}, or name it "
                "with --bundle"
            )
    return "run `intercoder demo` or `intercoder train`, or set INTERCODER_MODEL__BUNDLE"


def _bundle(bundle: Bundle) -> Check:
    manifest = bundle.manifest
    found = (
        f"{bundle.path}: {manifest.name!r} ({manifest.architecture}), {len(manifest.labels)} codes "
        f"of {manifest.codebook.id!r}, every file verified"
    )
    return Check("bundle", found, needed_for=_CODING)


def _engine(bundle: Bundle, settings: Settings) -> Check:
    model = settings.model
    engine = open_engine(bundle, model.engine, model.device, model.threads)
    try:
        return Check("engine", f"{engine.name} opens", needed_for=_CODING)
    finally:
        engine.close()


def _token(settings: Settings) -> Check:
    token = settings.discord.token
    if token is None or not token.get_secret_value():
        remedy = "set INTERCODER_DISCORD__TOKEN in .env (Discord's developer portal gives it)"
        return Check("Discord token", "not set", remedy, frozenset({Use.RUN}))
    return Check("Discord token", "set", needed_for=frozenset({Use.RUN}))


def _train_extra() -> Check:
    absent = [name for name in _TRAIN if importlib.util.find_spec(name) is None]
    if absent:
        remedy = "pip install 'intercoder[train]' (needed to train, not to code)"
        return Check("train extra", f"{', '.join(absent)} missing", remedy, frozenset({Use.TRAIN}))
    return Check("train extra", "installed", needed_for=frozenset({Use.TRAIN}))
