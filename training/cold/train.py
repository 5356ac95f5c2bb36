"""A first coder from a codebook alone: no coded message teaches it, and it says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.codebook import Codebook
from bot.domain.errors import InputError
from bot.domain.incoming import PLAIN, Door
from bot.encoding.encode import Encoder
from bot.inference.bundle import Bundle, Manifest, load_bundle, staged, write_manifest
from bot.inference.lineage import write_records
from bot.inference.weights import save_network
from training.base import DEFAULT_BASE, find_base
from training.build import encoder_spec
from training.cold.network import first_network
from training.cold.trust import CodeTrust, trust, trust_report
from training.determinism import reproducible
from training.faults import machine_spoken
from training.graph import export_graphs
from training.material import tokenizer_file
from training.model_card import MODEL_CARD, model_card
from training.presets import Settings
from training.seen import SPLIT_FILE, split_json
from training.split import Split

METHOD = "codebook"
"""What the manifest's training.method says of such a coder."""


@dataclass(frozen=True)
class First:
    """The bundle as loaded from disk, and how far each of its codes can be trusted."""

    bundle: Bundle
    codes: tuple[CodeTrust, ...]


def train_from_codebook(  # noqa: PLR0913 - options of the command
    codebook: Path,
    out: Path,
    settings: Settings,
    *,
    unlabelled: Path | None = None,
    base: str = DEFAULT_BASE,
    threads: int | None = None,
    overwrite: bool = False,
    say: Callable[[str], None] = lambda _: None,
    door: Door = PLAIN,
) -> First:
    """Write a coder for the codes of `codebook` to `out`: an ordinary bundle, in seconds.

    Of the talk in `unlabelled` the scenarios' words are used; its codes, if it has any, are not
    read. Raises InputError for a codebook without two codes to tell apart, BundleError.
    """
    book = door.codebook(codebook)
    codes = [c for c in book.codes if not c.uncoded]
    if len(codes) < 2:
        raise InputError(
            f"the codebook has {len(codes)} code that decides something",
            "a coder tells codes apart: give two or more",
            source=codebook,
        )
    scenarios = _scenarios(unlabelled, door)
    checkpoint = find_base(base)
    with (
        machine_spoken("the training"),
        staged(out, overwrite=overwrite) as folder,
        reproducible(settings.seed, threads),
    ):
        tokenizer = tokenizer_file(folder, checkpoint.tokenizer_json)
        encoder = Encoder.from_file(tokenizer, encoder_spec(settings, checkpoint))
        say(f"{len(codes)} codes are matched with what people do with words in a group")
        network, matched = first_network(
            checkpoint, codes, scenarios, window=settings.window, seed=settings.seed
        )
        save_network(network, folder)
        nobody = split_json(Split((), (), ()), settings.split, salt=book.hash)
        (folder / SPLIT_FILE).write_text(nobody, encoding="utf-8")
        write_records(folder, ())
        export_graphs(network, folder)
        found = trust(codes, matched)
        (folder / "report").mkdir()
        (folder / "report" / "report.md").write_text(trust_report(book, found), encoding="utf-8")
        manifest = Manifest(
            name=out.name,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            spec=encoder.spec,
            labels=tuple(c.code for c in codes),
            codebook=book,
            network=network.speech.settings.to_dict(),
            base_model=checkpoint.description,
            training=_told(settings, book, scenarios),
        )
        (folder / MODEL_CARD).write_text(model_card(manifest, own_codes={}), encoding="utf-8")
        write_manifest(folder, manifest)
    return First(load_bundle(out), found)


def _scenarios(unlabelled: Path | None, door: Door) -> list[str]:
    if unlabelled is None:
        return []
    talk = door.incoming(unlabelled, None).transcript
    return sorted({d.scenario.text for d in talk.discussions if d.scenario.text})


def _told(settings: Settings, book: Codebook, scenarios: Sequence[str]) -> dict[str, object]:
    return {
        "settings": settings.to_dict(),
        "method": METHOD,
        "records": 0,
        "codebook_hash": book.hash,
        "scenarios": len(scenarios),
        "discord_permission": None,
    }
