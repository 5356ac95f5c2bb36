"""What a coding run came to: its codes, what was cut, and how far it agrees with people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from bot.commands.coded_file import CodedFile
from bot.domain.agreement import Agreement, agreement
from bot.domain.coding import Coding, latest
from bot.services.replay import Replayed
from bot.services.study import ImportedCodes
from bot.storage.rows import Study
from bot.storage.store import Store


@dataclass(frozen=True)
class ReplayOutcome:
    """A finished replay, of all its sessions.

    `codings` are the model's present ones by message id, `cut` the ids of messages that it
    could not read whole. `agreements` are the model's with each person of the file, over the
    messages both coded with a code of the codebook that is not `uncoded`.
    """

    file: CodedFile
    replayed: Replayed
    sessions: tuple[str, ...]
    study: Study
    coder: str | None
    engine: str | None
    codings: Mapping[str, Coding]
    agreements: Mapping[str, Agreement]
    seconds: float

    @property
    def cut(self) -> tuple[str, ...]:
        """Ids of the file's messages that were too long for the model to read whole."""
        messages = self.file.transcript.messages
        return tuple(m.id for m in messages if m.id in self.codings and self.codings[m.id].cut)


def together(parts: Sequence[Replayed]) -> Replayed:
    """Return what the replays of a file's sessions did in all; the session is the first."""
    given = [part.human for part in parts if part.human is not None]
    human = None
    if given:
        human = ImportedCodes(
            sum(codes.added for codes in given),
            sum(codes.known for codes in given),
            sum(codes.empty for codes in given),
            sum(codes.unstored for codes in given),
            sum(codes.withdrawn for codes in given),
            sum(codes.replacing for codes in given),
        )
    return Replayed(
        session=parts[0].session,
        total=sum(part.total for part in parts),
        stored=sum(part.stored for part in parts),
        known=sum(part.known for part in parts),
        differing=tuple(message for part in parts for message in part.differing),
        coded=sum(part.coded for part in parts),
        human=human,
    )


async def read_codings(store: Store, study: Study, session: str, coder: str) -> dict[str, Coding]:
    """Return the last coding that `coder` gave each message of the session, by message id."""
    found: dict[str, Coding] = {}
    async with aclosing(store.transcripts.stream(study.id, session)) as stream:
        async for coded in stream:
            for message, given in coded.codings.items():
                own = latest(given).get(coder)
                if own is not None:
                    found[message] = own
    return found


def agreements(file: CodedFile, codings: Mapping[str, Coding]) -> dict[str, Agreement]:
    """Return the agreement of the model's `codings` with each person of the file, by name."""
    decided = {c.code for c in file.codebook.codes if not c.uncoded}
    found: dict[str, Agreement] = {}
    for coder in file.transcript.coders:
        pairs = [
            (by[coder], codings[message].code)
            for message, by in file.transcript.codes.items()
            if by.get(coder) in decided and message in codings
        ]
        if pairs:
            found[coder] = agreement([a for a, _ in pairs], [b for _, b in pairs])
    return found
