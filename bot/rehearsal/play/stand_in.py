"""A coder that knows nothing, for rehearsals before anything was trained: tokens, no network."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from bot.domain.codebook import Codebook
from bot.encoding.encode import tokenizer_hash
from bot.encoding.spec import Architecture, EncoderSpec
from bot.inference.bundle import Bundle, Manifest, load_bundle, staged, write_manifest

_WINDOW = 12  # as the shipped thread coder
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


def stand_in(folder: Path, codebook: Codebook) -> Bundle:
    """Write a bundle for the fake engine to `folder`, with the codes of `codebook`."""
    with staged(folder) as place:
        tokenizer = place / "tokenizer.json"
        tokenizer.write_text(_letters(), encoding="utf-8")
        spec = EncoderSpec(Architecture.THREAD, _WINDOW, 512, 510, tokenizer_hash(tokenizer))
        write_manifest(
            place,
            Manifest(
                name="stand-in",
                created_at=datetime.now(UTC).isoformat(timespec="seconds"),
                spec=spec,
                labels=tuple(code.code for code in codebook.codes),
                codebook=codebook,
            ),
        )
    return load_bundle(folder)


def _letters() -> str:
    """Return a tokenizer that takes a word for its first letter: the fake engine hashes that."""
    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)]
    tokens = {token: number for number, token in enumerate([*_SPECIAL, *letters])}
    tokenizer = Tokenizer(models.WordPiece(tokens, unk_token="[UNK]"))  # noqa: S106
    rest = Regex(r"(?<=\w)\w")
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.BertNormalizer(), normalizers.Replace(rest, "")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(list(_SPECIAL))
    return tokenizer.to_str()
