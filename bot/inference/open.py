"""Bundle -> engine; each implementation is imported only when it is asked for."""

from __future__ import annotations

from typing import cast, get_args

from bot.inference.bundle import Bundle
from bot.inference.engine import Engine, EngineError
from bot.inference.kinds import DeviceKind, EngineKind


def open_engine(
    bundle: Bundle, kind: str = "auto", device: str = "auto", threads: int | None = None
) -> Engine:
    """Return the engine of `bundle`: an `EngineKind` on a `DeviceKind`.

    `threads` None takes every core. The fake engine has a fingerprint of its own, see
    `fake_bundle`. Raises EngineError for CUDA that is asked for and not there, and for
    names that are none; BundleError if the bundle lacks a file that the engine needs.
    """
    if kind not in get_args(EngineKind) or device not in get_args(DeviceKind):
        raise EngineError(
            f"engine {kind!r} on device {device!r}: the engines are "
            f"{', '.join(get_args(EngineKind))}, the devices {', '.join(get_args(DeviceKind))}."
        )
    if threads is not None and threads < 1:
        raise EngineError(f"threads = {threads}: give 1 or more.")
    if kind == "fake":
        from bot.inference.fake import fake_bundle, fake_engine  # noqa: PLC0415 - if asked for

        manifest = fake_bundle(bundle).manifest
        return fake_engine(manifest.labels, manifest.fingerprint, temperature=manifest.temperature)
    chosen = cast("DeviceKind", device)
    if kind == "torch":
        try:
            from bot.inference.torch import open_torch  # noqa: PLC0415 - heavy, and an extra
        except ModuleNotFoundError as error:
            raise EngineError(
                f"the torch engine needs {error.name}: pip install 'intercoder[train]', or use "
                "the onnx engine."
            ) from None
        return open_torch(bundle, chosen, threads)
    from bot.inference.onnx import open_onnx  # noqa: PLC0415 - only what is asked for

    return open_onnx(bundle, chosen, threads)
