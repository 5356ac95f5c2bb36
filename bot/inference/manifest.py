"""The bundle's manifest: what a trained coder is, as data, with a fingerprint."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from bot.domain.codebook import Codebook, codebook_from_dict, codebook_to_dict
from bot.domain.errors import IntercoderError
from bot.encoding.spec import Architecture, EncoderSpec

FORMAT = 2
"""Raised when the manifest's layout changes: unknown versions are refused, not guessed at."""

_ADDED = {"temperature": 2, "held_out": 2}
"""Entries that earlier formats lack. Those bundles are read, and keep their fingerprint: it is
their name in every coding, and what codes a running study must not become another coder."""

RESTORE = "the bundle was changed after it was written: restore it from a copy or train it again"


class BundleError(IntercoderError):
    """A bundle that cannot be read, trusted or written."""


@dataclass(frozen=True)
class Manifest:
    """Everything about a trained coder but its weights.

    `labels` are the codes of the network's outputs, in order. `network` holds the head's
    settings (nothing for `pair`), `base_model` where the weights came from, `training` the
    settings, seed and data, `metrics` the summary of the test. The network's logits are divided by
    the `temperature` before they become probabilities. `held_out` is how the coder did on the
    validation groups, without names and words (bot.reliability.risk_control.packed), empty where
    that is not known. `files` maps the path of each
    file in the bundle to its sha-256; it is filled when the manifest is written.
    """

    name: str
    created_at: str
    spec: EncoderSpec
    labels: tuple[str, ...]
    codebook: Codebook
    network: Mapping[str, Any] = field(default_factory=dict)
    base_model: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    temperature: float = 1.0
    held_out: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def __post_init__(self) -> None:
        unknown = [label for label in self.labels if label not in self.codebook.by_code]
        if len(set(self.labels)) != len(self.labels) or len(self.labels) < 2 or unknown:
            raise BundleError(
                f"labels {list(self.labels)} are not two or more different codes of the codebook "
                f"{self.codebook.id!r}: a bundle codes by its own codebook; train it again."
            )
        if not (math.isfinite(self.temperature) and self.temperature > 0):
            raise BundleError(
                f"a temperature of {self.temperature!r} divides no logits: it is above 0; train "
                "the bundle again."
            )

    @property
    def architecture(self) -> Architecture:
        """Which of the two networks the bundle holds."""
        return self.spec.architecture

    @property
    def fingerprint(self) -> str:
        """Sha-256 (hex) over the canonical manifest, which covers each file by its hash."""
        canonical = json.dumps(
            self._plain(), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        return hashlib.sha256(canonical.encode()).hexdigest()

    def with_metrics(self, metrics: Mapping[str, Any]) -> Manifest:
        """Return a copy that holds the test's `metrics`."""
        return replace(self, metrics=metrics)

    def calibrated(self, temperature: float, held_out: tuple[str, ...]) -> Manifest:
        """Return a copy that holds what the validation groups gave."""
        return replace(self, temperature=temperature, held_out=held_out)

    def with_files(self, files: Mapping[str, str]) -> Manifest:
        """Return a copy that lists `files` with their hashes."""
        return replace(self, files=files)

    def to_json(self) -> str:
        """Return the text of manifest.json; equal manifests give equal bytes.

        Raises BundleError for a value that JSON does not have.
        """
        try:
            plain = {**self._plain(), "fingerprint": self.fingerprint}
            text = json.dumps(plain, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise BundleError(
                f"the manifest of {self.name!r} holds a value that JSON cannot ({error}): "
                "give texts, finite numbers, lists and tables."
            ) from None
        return text + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Read manifest.json; raises BundleError or EncoderError unless every byte is right."""
        try:
            data = json.loads(text)
        except ValueError as error:
            raise BundleError(f"not valid JSON ({error}): {RESTORE}.") from None
        if not isinstance(data, dict) or "format" not in data:
            raise BundleError("not the manifest of a bundle: name a folder that training wrote.")
        if data["format"] not in range(1, FORMAT + 1) or isinstance(data["format"], bool):
            raise BundleError(
                f"the bundle has format {data['format']!r}, this version reads 1 to {FORMAT}: "
                "train it again, or use the version that made it."
            )
        try:
            manifest = cls._from_plain(data)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise BundleError(f"an entry is of the wrong kind ({error}): {RESTORE}.") from None
        if text != manifest.to_json():
            raise BundleError(f"the contents do not match their fingerprint: {RESTORE}.")
        return manifest

    @classmethod
    def _from_plain(cls, data: dict[str, Any]) -> Manifest:
        values = {key: value for key, value in data.items() if key != "fingerprint"}
        expected = _entries(data["format"])
        if set(values) != expected:
            odd = ", ".join(sorted(set(values) ^ expected))
            raise BundleError(f"entries are missing or unknown ({odd}): {RESTORE}.")
        tables = ("spec", "codebook", "network", "base_model", "training", "metrics", "files")
        if not all(isinstance(values[key], dict) for key in tables):
            raise BundleError(f"one of {', '.join(tables)} is not a table: {RESTORE}.")
        if not isinstance(values["labels"], list) or not isinstance(values["name"], str):
            raise BundleError(f"labels is not a list, or name not a text: {RESTORE}.")
        if not isinstance(values.get("held_out", []), list):
            raise BundleError(f"held_out is not a list: {RESTORE}.")
        codebook = codebook_from_dict(values["codebook"])
        if values["codebook"].get("hash") != codebook.hash:
            raise BundleError(
                f"the codebook {codebook.id!r} is not the one that the bundle was trained with "
                f"(its hash is {codebook.hash[:12]}...): restore it, or train again with the new "
                "codebook."
            )
        return cls(
            **{
                **values,
                "spec": EncoderSpec.from_dict(values["spec"]),
                "labels": tuple(map(str, values["labels"])),
                "temperature": float(values.get("temperature", 1.0)),
                "held_out": tuple(map(str, values.get("held_out", ()))),
                "codebook": codebook,
            }
        )

    def _plain(self) -> dict[str, Any]:
        plain = {
            **{name: getattr(self, name) for name in _entries(self.format)},
            "spec": self.spec.to_dict(),
            "labels": list(self.labels),
            "codebook": {**codebook_to_dict(self.codebook), "hash": self.codebook.hash},
        }
        # There and back once: what JSON changes (tuples, number keys) is changed before hashing.
        back: dict[str, Any] = json.loads(json.dumps(plain))
        return back


def _entries(version: int) -> set[str]:
    """Return the names of a format's entries."""
    return {f.name for f in fields(Manifest) if _ADDED.get(f.name, 1) <= version}
