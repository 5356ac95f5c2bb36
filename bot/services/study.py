"""A study and who codes in it: codebook versions, bundles, imported human codes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.codebook import Codebook
from bot.domain.coding import Act, Coding, standing
from bot.domain.errors import InputError
from bot.domain.transcript import Transcript
from bot.inference.manifest import Manifest
from bot.storage.rows import Coder, NewCoding, SessionRow, Study
from bot.storage.store import Store
from bot.storage.studies import NewBundle

_TOGETHER = 500  # codings an append


@dataclass(frozen=True, slots=True)
class ImportedCodes:
    """What became of a file's human codes.

    `added` were new; `known` stood there already; `empty` cells gave no code; `unstored`
    belong to messages that the session does not hold; `withdrawn` are codes that their coder
    has taken back, and are left out. `replacing` of those that were new take the place of
    another code by the same coder.
    """

    added: int
    known: int
    empty: int
    unstored: int
    withdrawn: int = 0
    replacing: int = 0


async def open_study(store: Store, name: str, codebook: Codebook) -> Study:
    """Return the study called `name`, made if new, with `codebook` as its current version."""
    return await store.studies.open(name, codebook)


async def register_bundle(store: Store, study: Study, manifest: Manifest) -> Coder:
    """Return the coder that a bundle is in `study`; the same bundle is always the same coder.

    It is called as the bundle, or `name@fingerprint` where another bundle has that name.
    Raises InputError if it gives codes that the study's codebook does not have.
    """
    check_labels(manifest, study.codebook)
    new = NewBundle(
        manifest.fingerprint,
        manifest.name,
        str(manifest.architecture),
        manifest.codebook,
        json.loads(manifest.to_json()),
    )
    return await store.studies.model(study.id, new)


def check_labels(manifest: Manifest, codebook: Codebook) -> None:
    """Raise InputError if the bundle gives codes that `codebook`, a study's, does not have."""
    foreign = [label for label in manifest.labels if label not in codebook.by_code]
    if foreign:
        raise InputError(
            f"bundle {manifest.name!r} gives codes {', '.join(foreign)}, which the study's "
            f"codebook {codebook.id!r} does not have",
            "train a bundle with this codebook, use the bundle's own codebook, or another study",
        )


async def import_codes(
    store: Store, study: Study, session: SessionRow, transcript: Transcript
) -> ImportedCodes:
    """Append a transcript's human codes to the session's messages as codings by people.

    Importing again adds nothing; a code that changed in the file is appended, and counts
    from then on. A code that its coder has taken back is not given again by a file, which may
    be older. Every code is checked first: raises InputError for one that is not in the
    study's codebook, with nothing written.
    """
    _check_codes(study, transcript)
    coders = {name: await store.studies.human(study.id, name) for name in transcript.coders}
    account: Counter[str] = Counter()
    waiting: list[NewCoding] = []
    unseen = {m.id for m in transcript.messages}
    at = store.connections.clock()
    for discussion in await store.sessions.discussions(session.id):
        given = await store.codings.of_people(discussion.id)
        for stored in await store.messages.of_discussion(discussion.id):
            unseen.discard(stored.message.id)
            for name, code in transcript.codes.get(stored.message.id, {}).items():
                before = given.get((stored.id, coders[name].id), ())
                if not code:
                    account["empty"] += 1
                elif code in _present(before):
                    account["known"] += 1
                elif any(c.code == code for c in _taken_back(before)):
                    account["withdrawn"] += 1
                else:
                    account["replacing"] += bool(standing(before))
                    waiting.append(
                        NewCoding(
                            message=stored.id,
                            coder=coders[name].id,
                            codebook=study.codebook_id,
                            code=code,
                            at=at,
                            revision=stored.message.revision,
                            context=stored.context,
                            act=Act.CODED,
                        )
                    )
        while len(waiting) >= _TOGETHER:
            await _append(store, waiting[:_TOGETHER], account)
            del waiting[:_TOGETHER]
    await _append(store, waiting, account)
    unstored = sum(1 for i in unseen for code in transcript.codes.get(i, {}).values() if code)
    return ImportedCodes(
        account["added"],
        account["known"],
        account["empty"],
        unstored,
        account["withdrawn"],
        account["replacing"],
    )


def _present(by_coder: Sequence[Coding]) -> set[str]:
    """Return a coder's last plain code and last code of all: old files and exports bring them."""
    stands = standing(by_coder)
    plain = [c.code for c in stands if c.act is Act.CODED]
    return {*plain[-1:], *(c.code for c in stands[-1:])}


def _taken_back(by_coder: Sequence[Coding]) -> list[Coding]:
    stands = {id(c) for c in standing(by_coder)}
    return [c for c in by_coder if id(c) not in stands and c.act is not Act.WITHDRAWN]


async def _append(store: Store, waiting: list[NewCoding], account: Counter[str]) -> None:
    # Another import may have stored some of them since they were compared with the log.
    added = await store.codings.append(waiting)
    account.update(added=added, known=len(waiting) - added)


def _check_codes(study: Study, transcript: Transcript) -> None:
    for message_id, by_coder in transcript.codes.items():
        for code in by_coder.values():
            if code and code not in study.codebook.by_code:
                raise InputError(
                    f"code {code!r} is not in codebook {study.codebook.id!r}",
                    f"use one of {', '.join(study.codebook.by_code)}, or add it to the codebook",
                    line=transcript.lines.get(message_id),
                )
