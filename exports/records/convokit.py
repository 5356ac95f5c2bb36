"""The transcript as a ConvoKit corpus: its folder of five files, in a zip.

The layout is that of https://convokit.cornell.edu/documentation/data_format.html; unpack it and
open the folder with `convokit.Corpus(filename=...)`.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import AsyncIterable, Mapping
from pathlib import Path
from typing import IO, Any

from bot.domain.codebook import codebook_to_dict
from bot.domain.coding import Coding, latest
from bot.domain.discussion import Message, Provenance
from bot.storage.rows import CodedDiscussion
from exports.about import About
from exports.counted import Counted
from exports.facts import Facts, facts
from exports.tables.columns import share
from exports.tables.table import PLAIN, Wanted
from exports.writing import beside, replacing_bytes
from exports.zipping import entry, is_zip_where

_COMMENT = b"Intercoder corpus"
_OF_STUDY = (Provenance.DISCORD, Provenance.SELF_HOSTED)

_MESSAGE = {
    "message_id": "str",
    "sequence": "int",
    "deleted": "bool",
    "replies_to": "str",
    "provenance": "str",
    "codes": "dict",
    "confidences": "dict",
    "verified_code": "str",
    "verified_by": "str",
    "unit_id": "str",
    "unit_code": "str",
    "assigned": "list",
    "marks": "list",
    "notes": "list",
    "missing_before": "int",
}
_CONVERSATION = {
    "session": "str",
    "thread_id": "str",
    "thread": "str",
    "scenario_id": "str",
    "scenario_title": "str",
    "scenario": "str",
    "round": "int",
}
_SPEAKER = {"pseudonym": "str", "thread_id": "str"}
_OVERALL = {"name": "str", "codebook": "dict", "coders": "dict"}


async def write_convokit(
    discussions: AsyncIterable[CodedDiscussion],
    about: About,
    path: Path,
    wanted: Wanted = PLAIN,  # noqa: ARG001 - every form takes it
) -> Counted:
    """Write the discussions to `path` as they come and return how much that was.

    A discussion is a conversation. Besides one discussion, the names of the speakers are held
    in memory. Raises WritingError, and leaves what was there.
    """
    counted = Counted()
    folder = f"{_folder(about.study)}/"
    speakers: dict[str, dict[str, Any]] = {}
    with replacing_bytes(path) as file, beside(path) as aside:
        conversations = aside / "conversations.json"
        with zipfile.ZipFile(file, "w") as zipped:
            zipped.comment = _COMMENT
            with (
                zipped.open(entry(f"{folder}utterances.jsonl"), "w", force_zip64=True) as out,
                conversations.open("w", encoding="ascii") as talks,
            ):
                async for coded in discussions:
                    _utterances(out, coded, speakers)
                    talks.write("," if counted.messages else "{")
                    talks.write(_conversation(coded))
                    counted = counted.including(coded)
                talks.write("}" if counted.messages else "{}")
            _put(zipped, f"{folder}speakers.json", speakers)
            with (
                zipped.open(entry(f"{folder}conversations.json"), "w", force_zip64=True) as out,
                conversations.open("rb") as read,
            ):
                while block := read.read(1 << 20):
                    out.write(block)
            _put(zipped, f"{folder}corpus.json", _corpus(about))
            _put(zipped, f"{folder}index.json", _index())
    return counted


def is_convokit_export(file: Path) -> bool:
    """Tell whether a file is a corpus of ours."""
    return is_zip_where(file, lambda zipped: zipped.comment == _COMMENT)


def _folder(study: str) -> str:
    return re.sub(r"[^\w.-]+", "-", study).strip("-.")[:80] or "corpus"


def _put(zipped: zipfile.ZipFile, name: str, content: object) -> None:
    zipped.writestr(entry(name), _json(content))


def _json(content: object) -> str:
    # ASCII alone: ConvoKit opens files in the encoding of the machine, which need not be UTF-8.
    return json.dumps(content, ensure_ascii=True, allow_nan=False)


def _utterances(
    out: IO[bytes], coded: CodedDiscussion, speakers: dict[str, dict[str, Any]]
) -> None:
    messages = coded.discussion.messages
    ids = {m.id: _id(m) for m in messages}
    root = ids[messages[0].id]
    before: str | None = None
    earlier: set[str] = set()
    for told in facts(coded):
        message = told.message
        speaker, meta = _speaker(message)
        speakers.setdefault(speaker, {"meta": meta, "vectors": []})
        # A conversation is one tree: who answers nobody in it follows the utterance before.
        target = message.reply_to
        answered = ids[target] if target is not None and target in earlier else before
        record: dict[str, Any] = {
            "id": ids[message.id],
            "conversation_id": root,
            "text": message.text,
            "speaker": speaker,
            "meta": _meta(told),
            "reply-to": answered,
            "timestamp": None if message.sent_at is None else message.sent_at.timestamp(),
            "vectors": [],
        }
        earlier.add(message.id)
        before = ids[message.id]
        out.write(f"{_json(record)}\n".encode("ascii"))


def _id(message: Message) -> str:
    """Return an id that no other message of the study has: ids are a thread's own."""
    return f"{_escaped(message.thread_id)}/{message.id}"


def _escaped(name: str) -> str:
    return name.replace("%", "%25").replace("/", "%2F")


def _speaker(message: Message) -> tuple[str, dict[str, Any]]:
    """Return a speaker's id in the corpus, and what is to be told of them.

    A person with an account has one pseudonym all over the study; one that came with a file
    names a person within its thread only: every group may have a P1.
    """
    if message.provenance in _OF_STUDY:
        return message.speaker, {"pseudonym": message.speaker, "thread_id": None}
    thread = message.thread_id
    return f"{_escaped(thread)}/{message.speaker}", {
        "pseudonym": message.speaker,
        "thread_id": thread,
    }


def _meta(told: Facts) -> dict[str, Any]:
    given: dict[str, Coding] = latest(told.codings)
    settled, unit = told.verified, told.unit_verified
    return {
        "message_id": told.message.id,
        "sequence": told.message.sequence,
        "deleted": told.deleted,
        "replies_to": told.message.reply_to,
        "provenance": str(told.message.provenance),
        "codes": {name: coding.code for name, coding in given.items()},
        "confidences": {
            name: share(coding.confidence)
            for name, coding in given.items()
            if coding.confidence is not None
        },
        "verified_code": None if settled is None else settled.code,
        "verified_by": None if settled is None else str(settled.basis),
        "unit_id": told.unit,
        "unit_code": None if unit is None else unit.code,
        "assigned": list(told.assigned),
        "marks": [{"coder": m.coder, "kind": m.kind} for m in told.marks],
        "notes": [{"coder": n.coder, "text": n.text} for n in told.notes],
        "missing_before": told.missing,
    }


def _conversation(coded: CodedDiscussion) -> str:
    scenario = coded.discussion.scenario
    meta = {
        "session": coded.session,
        "thread_id": coded.thread.id,
        "thread": coded.thread.name,
        "scenario_id": scenario.id,
        "scenario_title": scenario.title,
        "scenario": scenario.text,
        "round": coded.discussion.round,
    }
    first = _id(coded.discussion.messages[0])
    return f"{_json(first)}: {_json({'meta': meta, 'vectors': []})}"


def _corpus(about: About) -> dict[str, Any]:
    return {
        "name": about.study,
        "codebook": codebook_to_dict(about.codebook),
        "coders": {coder.name: str(coder.kind) for coder in about.coders},
    }


def _index() -> dict[str, Any]:
    return {
        "utterances-index": _types(_MESSAGE),
        "speakers-index": _types(_SPEAKER),
        "conversations-index": _types(_CONVERSATION),
        "overall-index": _types(_OVERALL),
        "version": 1,
        "vectors": [],
    }


def _types(kinds: Mapping[str, str]) -> dict[str, list[str]]:
    return {name: [f"<class '{kind}'>"] for name, kind in kinds.items()}
