"""The ONNX Runtime engine: what codes in a live session. Imports neither torch nor transformers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, cast

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as errors

from bot.encoding.spec import Architecture
from bot.inference.batches import CUDA_PADDED_TOKENS, PADDED_TOKENS
from bot.inference.bundle import Bundle
from bot.inference.engine import EngineError
from bot.inference.kinds import DeviceKind
from bot.inference.local import LocalEngine, Scorer
from bot.inference.pair import PairScorer
from bot.inference.thread import ThreadScorer

_CUDA = "CUDAExecutionProvider"
_CPU = "CPUExecutionProvider"
_RUNTIME_ERRORS = (
    errors.EPFail,
    errors.Fail,
    errors.InvalidArgument,
    errors.InvalidGraph,
    errors.InvalidProtobuf,
    errors.NoSuchFile,
    errors.NotImplemented,
    errors.RuntimeException,
    RuntimeError,
    MemoryError,
)


class Graph:
    """One ONNX graph, loaded and ready to run; `device` tells where it really runs."""

    def __init__(self, model: Path | bytes, device: DeviceKind, threads: int | None) -> None:
        """Load `model`; raises EngineError if it cannot be, or CUDA was asked for in vain."""
        self._source = model.name if isinstance(model, Path) else "the graph"
        self._session, self.device = self._open(model, device, threads)
        self._inputs = [given.name for given in self._session.get_inputs()]

    def __call__(self, *arrays: NDArray[np.generic]) -> NDArray[np.float32]:
        """Return the graph's only output for its inputs in order. Raises EngineError."""
        try:
            (output,) = self._session.run(None, dict(zip(self._inputs, arrays, strict=True)))
        except _RUNTIME_ERRORS as error:
            raise EngineError(f"{self._source} could not be run: {_brief(error)}.") from error
        return cast("NDArray[np.float32]", output)

    def _open(
        self, model: Path | bytes, device: DeviceKind, threads: int | None
    ) -> tuple[onnxruntime.InferenceSession, Literal["cpu", "cuda"]]:
        options = _options(threads)
        if device != "cpu":
            session = self._cuda(model, options)
            if session is not None:
                return session, "cuda"
            if device == "cuda":
                raise EngineError(
                    "a GPU was asked for (device = cuda) and ONNX Runtime cannot use one: install "
                    "the NVIDIA driver with CUDA and cuDNN, or set the device to cpu or auto."
                )
        try:
            session = onnxruntime.InferenceSession(_given(model), options, providers=[_CPU])
        except _RUNTIME_ERRORS as error:
            raise EngineError(f"{self._source} could not be loaded: {_brief(error)}.") from error
        return session, "cpu"

    @staticmethod
    def _cuda(
        model: Path | bytes, options: onnxruntime.SessionOptions
    ) -> onnxruntime.InferenceSession | None:
        """Return a session that really runs on the GPU, or None."""
        if _CUDA not in onnxruntime.get_available_providers():
            return None
        # TF32 would round like a 10-bit mantissa: codes could differ from the CPU's.
        providers = [(_CUDA, {"use_tf32": "0"}), _CPU]
        try:
            with _quiet():
                session = onnxruntime.InferenceSession(_given(model), options, providers=providers)
        except _RUNTIME_ERRORS:
            return None
        # The runtime falls back to the CPU by itself; only this tells.
        return session if _CUDA in session.get_providers() else None


def open_onnx(bundle: Bundle, device: DeviceKind, threads: int | None) -> LocalEngine:
    """Return the engine of `bundle`; `threads` None takes every core. Raises EngineError."""
    manifest = bundle.manifest
    scorer: Scorer
    if manifest.architecture is Architecture.PAIR:
        graph = Graph(bundle.file("model.onnx"), device, threads)
        # On a GPU a run is bound by its start, so padding is cheaper than more runs.
        on_cpu = graph.device == "cpu"
        cap = PADDED_TOKENS if on_cpu else CUDA_PADDED_TOKENS
        scorer = PairScorer(graph, max_padded_tokens=cap, exact=on_cpu)
    else:
        graph = Graph(bundle.file("encoder.onnx"), device, threads)
        head = Graph(bundle.file("head.onnx"), graph.device, threads)
        on_cpu = graph.device == "cpu"
        cap = PADDED_TOKENS if on_cpu else CUDA_PADDED_TOKENS
        scorer = ThreadScorer(
            graph, head, window=manifest.spec.window, max_padded_tokens=cap, exact=on_cpu
        )
    return LocalEngine(
        f"onnx-{graph.device}",
        manifest.labels,
        manifest.fingerprint,
        scorer,
        manifest.temperature,
    )


def _options(threads: int | None) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or os.cpu_count() or 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what fails is raised, and told once
    # Threads that spin for 20 us and then sleep: on two cores a message took 6.9 ms, without any
    # spinning 8.0 ms, and beside two busy programs it was no worse. Spinning without a limit
    # fell from 114 to 18 messages a second there.
    options.add_session_config_entry("session.intra_op.allow_spinning", "1")
    options.add_session_config_entry("session.intra_op.spin_duration_us", "20")
    return options


def _given(model: Path | bytes) -> str | bytes:
    return str(model) if isinstance(model, Path) else model


def _brief(error: BaseException) -> str:
    """Return the first line of the runtime's message: it holds shapes and names, no words."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the runtime's native log off the terminal: a missing GPU library is our finding."""
    onnxruntime.set_default_logger_severity(4)
    try:
        yield
    finally:
        onnxruntime.set_default_logger_severity(2)
