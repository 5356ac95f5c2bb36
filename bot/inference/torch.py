"""The torch engine: the network as it was trained, for training and for comparison."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray

from bot.inference.batches import CUDA_PADDED_TOKENS, PADDED_TOKENS
from bot.inference.bundle import Bundle
from bot.inference.engine import EngineError
from bot.inference.kinds import DeviceKind
from bot.inference.local import LocalEngine, Scorer
from bot.inference.network import ThreadNetwork
from bot.inference.pair import PairScorer
from bot.inference.thread import ThreadScorer
from bot.inference.weights import Network, load_network


def open_torch(bundle: Bundle, device: DeviceKind, threads: int | None) -> LocalEngine:
    """Return the engine of `bundle`. Raises EngineError, BundleError.

    torch has one number of threads for the whole process: `threads`, if given, sets it.
    """
    found = torch.cuda.is_available()
    if device == "cuda" and not found:
        raise EngineError(
            "a GPU was asked for (device = cuda) and torch finds none: install a CUDA build of "
            "torch and the NVIDIA driver, or set the device to cpu or auto."
        )
    if threads is not None:
        torch.set_num_threads(threads)
    place = "cuda" if found and device != "cpu" else "cpu"
    network = load_network(bundle)
    network.to(torch.device(place))  # type: ignore[arg-type]  # mistyped there
    manifest = bundle.manifest
    return LocalEngine(
        f"torch-{place}",
        manifest.labels,
        manifest.fingerprint,
        network_scorer(network),
        manifest.temperature,
    )


def network_scorer(network: Network) -> Scorer:
    """Return a scorer that runs `network`, in evaluation mode, where its weights are."""
    on_cpu = next(network.parameters()).device.type == "cpu"
    cap = PADDED_TOKENS if on_cpu else CUDA_PADDED_TOKENS
    runs = _Runs(network)
    if isinstance(network, ThreadNetwork):
        return ThreadScorer(
            runs.encoder,
            runs.head,
            window=network.head.settings.window,
            max_padded_tokens=cap,
            exact=on_cpu,
        )
    return PairScorer(runs.pair, max_padded_tokens=cap, exact=on_cpu)


class _Runs:
    """The forward passes of a network, arrays in and arrays out."""

    def __init__(self, network: Network) -> None:
        self._network = network.eval()
        self._device = next(network.parameters()).device

    def pair(
        self, ids: NDArray[np.int64], mask: NDArray[np.int64], types: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        with _computing():
            output = self._network(
                input_ids=self._tensor(ids),
                attention_mask=self._tensor(mask),
                token_type_ids=self._tensor(types),
            )
            return _array(output.logits)

    def encoder(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        with _computing():
            return _array(self._thread.vectors(self._tensor(ids), self._tensor(mask)))

    def head(
        self,
        scenario: NDArray[np.float32],
        messages: NDArray[np.float32],
        present: NDArray[np.bool_],
        same_speaker: NDArray[np.int64],
    ) -> NDArray[np.float32]:
        arrays = (scenario, messages, present, same_speaker)
        with _computing():
            return _array(self._thread.head(*map(self._tensor, arrays)))

    @property
    def _thread(self) -> ThreadNetwork:
        if not isinstance(self._network, ThreadNetwork):
            raise EngineError("the network has no thread head: open it as the pair it is.")
        return self._network

    def _tensor(self, array: NDArray[np.generic]) -> torch.Tensor:
        return torch.from_numpy(array).to(self._device)


@contextmanager
def _computing() -> Iterator[None]:
    """Compute without gradients; torch's own errors become EngineErrors."""
    try:
        with torch.inference_mode():
            yield
    except (RuntimeError, IndexError, MemoryError) as error:
        brief = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        raise EngineError(f"the network could not be run: {brief}.") from error


def _array(tensor: torch.Tensor) -> NDArray[np.float32]:
    array: NDArray[np.float32] = tensor.float().cpu().numpy()
    return array
