"""One codebook for the verified codes of several studies."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.codebook import Code, Codebook
from bot.domain.errors import InputError
from bot.storage.rows import Study


def joint_codebook(studies: Sequence[Study]) -> Codebook:
    """Return the codebook of one study, or the codes of all: those of the first study come first.

    A code that several codebooks have keeps its first definition; definitions are polished from
    version to version. Raises InputError where it has another title in two of them, or is
    `uncoded` in one alone: then one name means two things, and no coder can learn it.
    """
    books = {study.codebook.hash: study for study in studies}
    if len(books) == 1:
        return studies[0].codebook
    codes: dict[str, tuple[Code, str]] = {}
    for study in books.values():
        for code in study.codebook.codes:
            known, of = codes.setdefault(code.code, (code, study.name))
            if _plain(known.title) != _plain(code.title) or known.uncoded != code.uncoded:
                raise InputError(
                    f"code {code.code!r} is {_said(known)} in study {of!r} and {_said(code)} in "
                    f"study {study.name!r}",
                    "give it one meaning, or take the studies one by one: --study",
                )
    names = ", ".join(study.name for study in studies)
    return Codebook(
        "+".join(dict.fromkeys(study.codebook.id for study in studies)),
        f"The codes of {names}",
        "+".join(dict.fromkeys(study.codebook.version for study in studies)),
        tuple(code for code, _ in codes.values()),
    )


def _plain(title: str) -> str:
    return " ".join(title.casefold().split())


def _said(code: Code) -> str:
    return f"{code.title!r}{' (uncoded)' if code.uncoded else ''}"
