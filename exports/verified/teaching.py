"""What of a discussion may teach a coder: the rule that the verified export writes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.domain.codebook import Codebook
from bot.domain.coding import Basis, CoderKind, Coding, Verified, latest
from bot.domain.discussion import Message
from bot.domain.origin import RecordBasis
from bot.domain.settling import made_by
from bot.domain.units import members
from bot.storage.rows import CodedDiscussion


@dataclass(frozen=True, slots=True)
class Teaching:
    """A message with the codes that it leaves with: (coder, code), by coder.

    Without a `basis` it is context and has no codes. `edited`: its author changed it after all
    of these people had coded it. `retired`: people settled on a code that the codebook no longer
    has, so it cannot teach.
    """

    message: Message
    basis: RecordBasis | None = None
    codes: tuple[tuple[str, str], ...] = ()
    unit: str = ""
    edited: bool = False
    retired: bool = False


def teachings(coded: CodedDiscussion, codebook: Codebook) -> Iterator[Teaching]:
    """Yield every message of a discussion in sequence, with what people verified about it.

    THE rule (bot.domain.coding.verified) decides; a model's own code is never among the codes.
    A thought that people joined from several messages has one code, and each of its messages
    carries it: a coder that works live sees them one by one, and is asked for a code at each. Of a
    message that is not settled, and on which people gave two codes or more, every person's last
    code stands, for soft labels. Deleted and empty messages are context.
    """
    spoken = coded.discussion.messages
    units = members({m.id: coded.unit_of(m.id) for m in spoken})
    of_unit: dict[str, tuple[RecordBasis | None, tuple[tuple[str, str], ...], bool]] = {}
    for message in spoken:
        unit = coded.unit_of(message.id)
        if unit not in of_unit:
            whole = len(units[unit]) > 1
            given = coded.of_unit(unit) if whole else coded.codings.get(message.id, ())
            settled = coded.verified_unit(unit) if whole else coded.verified(message.id)
            gone = whole and coded.deleted.intersection(units[unit])
            of_unit[unit] = (None, (), False) if gone else _decided(given, settled, codebook)
        basis, codes, retired = of_unit[unit]
        if message.id in coded.deleted or not message.text.strip():
            yield Teaching(message, unit=unit)
        elif basis is None:
            yield Teaching(message, unit=unit, retired=retired)
        else:
            edited = _edited(message, coded.codings.get(message.id, ()))
            yield Teaching(message, basis, codes, unit, edited)


def _decided(
    given: Sequence[Coding], settled: Verified | None, codebook: Codebook
) -> tuple[RecordBasis | None, tuple[tuple[str, str], ...], bool]:
    if settled is not None:
        if settled.code not in codebook.by_code:  # also nobody's: an empty one
            return None, (), bool(settled.code)
        return _basis(settled, given), tuple((c, settled.code) for c in settled.coders), False
    said = latest([c for c in given if c.kind is CoderKind.HUMAN])
    votes = tuple(
        (name, said[name].code)
        for name in sorted(said)
        if (code := codebook.by_code.get(said[name].code)) is not None and not code.uncoded
    )
    # One who has not answered yet, or one alone against "no code": nobody has verified anything.
    if len({code for _, code in votes}) < 2:
        return None, (), False
    return RecordBasis.DISAGREED, votes, False


def _basis(settled: Verified, given: Sequence[Coding]) -> RecordBasis:
    if settled.basis is Basis.AGREED:
        return RecordBasis.AGREED
    return RecordBasis(str(made_by(settled, given).act))


def _edited(message: Message, codings: Sequence[Coding]) -> bool:
    seen = [c.revision for c in codings if c.kind is CoderKind.HUMAN]
    return bool(seen) and max(seen) < message.revision
