"""Our own projects come back as they were, and go out again as the same bytes."""

import asyncio
import tempfile
import zipfile
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from bot.domain.coding import CoderKind, latest
from bot.domain.discussion import Provenance
from bot.services.ingest import Ingest
from bot.services.replay import Replay
from bot.services.study import open_study
from bot.storage.store import Store
from exports.about import About
from exports.refi.project import write_qdpx
from exports.refi.reader import read_qdpx
from tests.unit.exports.refi.studies import (
    ABOUT,
    BOOK,
    CODERS,
    NOON,
    PEOPLE,
    coding,
    discussion,
    everything,
    message,
    stream,
    studies,
)

BOB = PEOPLE[1]


def back(about, *discussions):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.qdpx"
        asyncio.run(write_qdpx(stream(*discussions), about, path))
        return read_qdpx(path)


def by_people(coded):
    return {
        m.id: {
            name: c.code
            for name, c in latest(coded.codings.get(m.id, ())).items()
            if c.kind is CoderKind.HUMAN
        }
        for m in coded.discussion.messages
    }


@given(studies())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_study_comes_back(study):
    about, discussions = study
    found = back(about, *discussions)
    assert found.codebook == about.codebook
    assert found.transcript.dataset == about.study
    assert found.transcript.discussions == tuple(d.discussion for d in discussions)
    assert found.transcript.codes == {
        i: codes for d in discussions for i, codes in by_people(d).items()
    }
    assert found.transcript.deleted == {i for d in discussions for i in d.deleted}


def test_a_study_with_everything_in_it_comes_back_and_says_what_does_not():
    found = back(ABOUT, *everything())
    assert found.form == "REFI-QDA project (.qdpx)"
    assert found.transcript.discussions == tuple(d.discussion for d in everything())
    assert found.transcript.codes == {
        i: codes for d in everything() for i, codes in by_people(d).items()
    }
    assert found.transcript.coders == PEOPLE
    # The model's "gone" is not in the codebook, and no person gave it.
    assert found.codebook == BOOK
    assert found.transcript.notes == (
        "1 sequence number is missing: messages left out upstream",
        "20 codings by models were left out: only people's codes are taken",
        "2 notes were left out: a transcript holds codes alone",
    )


def test_words_that_were_changed_in_another_program_are_taken_as_they_stand(tmp_path):
    asyncio.run(write_qdpx(stream(discussion([message("a\r\nb")])), ABOUT, tmp_path / "a.qdpx"))
    with (
        zipfile.ZipFile(tmp_path / "a.qdpx") as before,
        zipfile.ZipFile(tmp_path / "b.qdpx", "w") as after,
    ):
        for name in before.namelist():
            after.writestr(name, before.read(name).replace(b"a\nb", b"a!b"))
    assert read_qdpx(tmp_path / "a.qdpx").transcript.messages[0].text == "a\r\nb"
    assert read_qdpx(tmp_path / "b.qdpx").transcript.messages[0].text == "a!b"


async def test_written_imported_into_a_new_study_and_written_again_it_is_the_same_file(tmp_path):
    talks = [
        discussion(
            [
                message(text, n, thread_id=thread, id=f"{thread}{n}", reply_to=reply)
                for n, (text, reply) in enumerate(
                    [("hi 🦊", None), ("=SUM", f"{thread}1"), ("a\r\nb \\", None)], 1
                )
            ],
            [
                coding(f"{thread}{n}", coder, code)
                for n, coder, code in (
                    (1, "ann", "=SUM"),
                    (2, PEOPLE[1], "DH-1"),
                    (1, PEOPLE[1], "UC"),
                )
            ],
        )
        for thread in ("g1", "g,2")
    ]
    first, second = tmp_path / "first.qdpx", tmp_path / "second.qdpx"
    await write_qdpx(stream(*talks), About("pilot", BOOK, CODERS[:3], NOON), first)
    incoming = read_qdpx(first)
    store = await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'new.db'}", clock=lambda: NOON)
    try:
        study = await open_study(store, incoming.transcript.dataset, incoming.codebook)
        ingest = Ingest(store, study)
        await Replay(
            ingest,
            None,
            incoming.transcript,
            "pilot",
            human_codes=True,
            provenance=Provenance.IMPORT,
        ).run()
        about = await About.read(store, study)
        async with aclosing(store.transcripts.stream(study.id)) as discussions:
            await write_qdpx(discussions, about, second)
    finally:
        await store.close()
    assert second.read_bytes() == first.read_bytes()


def test_a_decision_counts_once_for_each_coder_the_last_that_stands():
    given = [
        coding("m1", "ann", "CR"),
        coding("m1", "ann", "DH-1", at=NOON + timedelta(seconds=1)),
        coding("m1", 'c "see" d', "UC"),
    ]
    assert back(ABOUT, discussion([message("hi")], given)).transcript.codes["m1"] == {
        "ann": "DH-1",
        'c "see" d': "UC",
    }
