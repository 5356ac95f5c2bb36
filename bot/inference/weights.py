"""A network's weights on disk (config.json, model.safetensors); imports torch."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save
from transformers import BertConfig, BertForSequenceClassification

from bot.encoding.spec import Architecture
from bot.inference.bundle import Bundle, BundleError
from bot.inference.network import ThreadNetwork, pair_network
from bot.inference.speech import thread_network

CONFIG = "config.json"
WEIGHTS = "model.safetensors"

Network = ThreadNetwork | BertForSequenceClassification


def save_network(network: Network, folder: Path) -> None:
    """Write config.json and model.safetensors of `network` into `folder`. Raises OSError."""
    encoder = network.encoder if isinstance(network, ThreadNetwork) else network
    (folder / CONFIG).write_text(encoder.config.to_json_string(), encoding="utf-8")
    state = {name: value.contiguous().cpu() for name, value in network.state_dict().items()}
    # Through memory: the library's own writer hides a full disk behind an error of its own.
    (folder / WEIGHTS).write_bytes(save(state))


def load_network(bundle: Bundle) -> Network:
    """Return the bundle's network on the CPU, in fp32 and ready to evaluate.

    Raises BundleError if the weights do not fit the manifest.
    """
    manifest = bundle.manifest
    config_path, weights_path = bundle.file(CONFIG), bundle.file(WEIGHTS)
    network: Network
    try:
        config = BertConfig.from_json_file(config_path)
        if manifest.architecture is Architecture.PAIR:
            network = pair_network(config, len(manifest.labels))
        else:
            network = thread_network(config, len(manifest.labels), manifest.network)
        network.load_state_dict(load_file(weights_path))
    except (OSError, SafetensorError, RuntimeError, TypeError, ValueError, KeyError) as error:
        brief = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".:")
        raise BundleError(
            f"{weights_path}: the weights do not fit the manifest ({brief}): train the bundle "
            "again."
        ) from error
    return network.float().eval()
