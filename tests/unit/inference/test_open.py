import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import onnxruntime
import pytest

from bot.encoding.spec import Architecture
from bot.inference.bundle import Bundle
from bot.inference.engine import EngineError
from bot.inference.onnx import Graph
from bot.inference.open import open_engine


@pytest.fixture(scope="module")
def bundle(tiny_bundle: Callable[[Architecture], Bundle]) -> Bundle:
    return tiny_bundle(Architecture.PAIR)


@pytest.mark.parametrize(
    ("kind", "name"), [("onnx", "onnx-cpu"), ("torch", "torch-cpu"), ("fake", "fake")]
)
def test_opens_the_kind_that_is_asked_for(bundle: Bundle, kind: str, name: str) -> None:
    assert open_engine(bundle, kind, "cpu", 1).name == name


def test_auto_is_onnx_where_it_really_runs(bundle: Bundle) -> None:
    assert open_engine(bundle).name in ("onnx-cpu", "onnx-cuda")


@pytest.mark.parametrize("kind", ["onnx", "torch"])
def test_cuda_that_is_not_there_is_an_error(bundle: Bundle, kind: str) -> None:
    if open_engine(bundle, kind, "auto").name.endswith("cuda"):
        pytest.skip("this machine has CUDA")
    with pytest.raises(EngineError, match="device = cuda"):
        open_engine(bundle, kind, "cuda")


def test_a_silent_fall_back_to_the_cpu_is_noticed(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As ONNX Runtime does it: CUDA is asked for, and the session says nothing and has none.
    real = onnxruntime.InferenceSession

    def falls_back(model: object, options: object, providers: object) -> object:
        return real(model, options, providers=["CPUExecutionProvider"])

    monkeypatch.setattr(onnxruntime, "InferenceSession", falls_back)
    with pytest.raises(EngineError, match="ONNX Runtime cannot use one"):
        open_engine(bundle, "onnx", "cuda")
    assert open_engine(bundle, "onnx", "auto").name == "onnx-cpu"


def test_looking_for_a_gpu_in_vain_writes_nothing(
    bundle: Bundle, capfd: pytest.CaptureFixture[str]
) -> None:
    open_engine(bundle, "onnx", "auto", 1)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("kind", "device", "threads", "says"),
    [("tpu", "cpu", 1, "'tpu'"), ("onnx", "gpu", 1, "'gpu'"), ("onnx", "cpu", 0, "threads = 0")],
)
def test_names_that_are_none_are_refused(
    bundle: Bundle, kind: str, device: str, threads: int, says: str
) -> None:
    with pytest.raises(EngineError, match=says):
        open_engine(bundle, kind, device, threads)


def test_a_graph_that_is_none_is_an_engine_error(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no graph")
    with pytest.raises(EngineError, match=r"model\.onnx could not be loaded"):
        Graph(tmp_path / "model.onnx", "cpu", 1)


def test_the_live_side_loads_neither_torch_nor_transformers() -> None:
    code = (
        "import sys, bot.inference.onnx, bot.inference.open, bot.inference.pool\n"
        "print(sorted({'torch', 'transformers', 'safetensors', 'onnx'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, capture_output=True, cwd=root, check=True)  # noqa: S603
    assert run.stdout.decode().strip() == "[]"
