"""The names of the engines and of the devices they run on: for settings, options and `open`."""

from __future__ import annotations

from typing import Literal

EngineKind = Literal["auto", "onnx", "torch", "fake"]
"""What computes; auto is onnx."""

DeviceKind = Literal["auto", "cpu", "cuda"]
"""Where it computes; auto is CUDA where it works, else the CPU."""
