"""A file through exactly the live path: the parts of a replay, opened, wired and closed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from bot.commands.coded_file import CodedFile, check_coders, read_coded_file
from bot.commands.databases import open_existing, open_or_make
from bot.commands.outcome import ReplayOutcome, agreements, read_codings, together
from bot.commands.progress import progresses
from bot.commands.summary import stopped_sentence
from bot.domain.coding import Coding
from bot.domain.discussion import Provenance
from bot.domain.errors import about
from bot.domain.transcript import Transcript
from bot.inference.batcher import Batcher
from bot.inference.bundle import Bundle, load_bundle
from bot.inference.engine import Engine
from bot.inference.fake import fake_bundle
from bot.inference.open import open_engine
from bot.services.ingest import Ingest
from bot.services.live import LiveCoder
from bot.services.replay import Progress, Replay, Replayed
from bot.services.study import open_study, register_bundle
from bot.storage.migrate import current
from bot.storage.rows import Coder, Study
from bot.storage.store import Store
from exports.incoming.files import door


@dataclass(frozen=True, slots=True)
class CodingRun:
    """Which file goes where, at which pace, and what codes it.

    Without a `bundle` the messages are only stored. Without a `session` those of the file serve,
    if it tells any. `scenarios` is a list of the cases for a file
    that has no words of them. `only` are the threads to take of the
    file. `speed` is a multiple of the recorded pace; None is as fast as it is coded.
    """

    file: Path
    database: str
    bundle: Path | None
    study: str | None = None
    session: str | None = None
    codebook: Path | None = None
    scenarios: Path | None = None
    only: Collection[str] | None = None
    speed: float | None = None
    human_codes: bool = True
    engine: str = "auto"
    device: str = "auto"
    threads: int | None = None


async def replay_file(run: CodingRun, console: Console) -> ReplayOutcome:
    """Send the file into its study's session, code it, and return what it came to.

    Progress shows on `console`. File, codebook, bundle and engine are checked before the
    database is touched; raises IntercoderError. Cancelled or killed, what was stored stays,
    and the next run goes on from there.
    """
    began = time.monotonic()
    bundle = None if run.bundle is None else load_bundle(run.bundle)
    if bundle is not None and run.engine == "fake":
        bundle = fake_bundle(bundle)  # a coder of its own: the bundle has not coded anything
    file = await read_coded_file(
        run.file,
        run.database,
        study=run.study,
        codebook=run.codebook,
        bundle=bundle,
        only=run.only,
        human_codes=run.human_codes,
        door=door(run.scenarios),
    )
    async with AsyncExitStack() as open_parts:
        engine = None
        if bundle is not None:
            engine = open_engine(bundle, run.engine, run.device, run.threads)
            open_parts.callback(engine.close)
        parts = await _sessions(run, file, bundle)
        store = await open_parts.enter_async_context(await open_or_make(run.database))
        study = await open_study(store, file.study, file.codebook)
        ingest = Ingest(store, study)
        coder = live = None
        if bundle is not None and engine is not None:
            coder = await register_bundle(store, study, bundle.manifest)
            live = await _live(open_parts, ingest, bundle, engine, coder)
        replayed: list[Replayed] = []
        for session, part in parts.items():
            with ExitStack() as shown:
                replay = Replay(
                    ingest,
                    live,
                    part,
                    session,
                    speed=run.speed,
                    human_codes=run.human_codes,
                    provenance=Provenance.IMPORT if bundle is None else Provenance.REPLAY,
                    progress=await _bars(shown, console, store, study, session, coder, part),
                )
                try:
                    with about(file.path):
                        replayed.append(await replay.run())
                except asyncio.CancelledError:
                    so_far = _so_far(replayed, replay.so_far, len(file.transcript.messages))
                    told = stopped_sentence(so_far, coding=live is not None)
                    console.print(told, soft_wrap=True)
                    raise
        codings: dict[str, Coding] = {}
        if coder is not None:
            for session in parts:
                codings |= await read_codings(store, study, session, coder.name)
        return ReplayOutcome(
            file=file,
            replayed=together(replayed),
            sessions=tuple(parts),
            study=study,
            coder=None if coder is None else coder.name,
            engine=None if engine is None else engine.name,
            codings=codings,
            agreements=agreements(file, codings) if run.human_codes else {},
            seconds=time.monotonic() - began,
        )


async def _live(
    open_parts: AsyncExitStack, ingest: Ingest, bundle: Bundle, engine: Engine, coder: Coder
) -> LiveCoder:
    """Return a live coder that has begun; batcher and coder are closed with `open_parts`."""
    batcher = await open_parts.enter_async_context(Batcher(engine))
    live = LiveCoder(ingest, bundle.encoder(), batcher, coder, engine.labels)
    open_parts.push_async_callback(live.close)
    await live.start()
    return live


async def _sessions(
    run: CodingRun, file: CodedFile, bundle: Bundle | None
) -> dict[str, Transcript]:
    """Return the file's part for each session, after the checks that need the database.

    None is made. Where none is named, a part goes into the session that holds its discussions
    already, so that an imported file is coded where it stands; else into the one that the file
    tells; else into the one that holds its threads.
    """
    whole = file.transcript
    usual = f"{'import' if bundle is None else 'replay'} {file.study}"
    parts = whole.by_session(usual) if run.session is None else {run.session: whole}
    if await current(run.database) is None:
        if run.human_codes:
            check_coders(file.path, (), whole, bundle)
        return parts
    async with await open_existing(run.database) as store:
        study = await store.studies.find(file.study)
        coders = () if study is None else await store.studies.coders(study.id)
        if run.human_codes:
            check_coders(file.path, coders, whole, bundle)
        if study is None:
            return parts
        if run.session is None:
            places: dict[tuple[str, str, int], str] = {}
            for name, part in parts.items():
                told = None if name == usual else name
                holder = await _holder(store, study, part, told) or usual
                places |= {discussion.key: holder for discussion in part.discussions}
            parts = replace(whole, sessions=places).by_session(usual)
        with about(file.path):
            for name, part in parts.items():
                await Replay(Ingest(store, study), None, part, name).check()
        return parts


async def _holder(
    store: Store, study: Study, transcript: Transcript, told: str | None
) -> str | None:
    """Return the session that holds the discussions, or the one told, or that of the threads."""
    stored = await store.sessions.of_threads(study.id, transcript.threads)
    given = {discussion.key for discussion in transcript.discussions}
    holders = {row.session_id for row in stored if row.key in given}
    if not holders and told is not None:
        return told
    holders = holders or {row.session_id for row in stored}
    if len(holders) != 1:
        return told
    return next(s.name for s in await store.sessions.all(study.id) if s.id in holders)


def _so_far(done: Sequence[Replayed], now: Progress, total: int) -> Progress:
    """Return how far all sessions are, with the present one `now`."""
    stored = sum(d.total for d in done) + now.stored
    return Progress(stored, sum(d.coded for d in done) + now.coded, total)


async def _bars(
    shown: ExitStack,
    console: Console,
    store: Store,
    study: Study,
    session: str,
    coder: Coder | None,
    part: Transcript,
) -> Callable[[Progress], None]:
    """Return what shows the progress; with a coder beginning at what it coded before."""
    total = len(part.messages)
    titles = ("stored",) if coder is None else ("stored", "coded")
    before = 0
    row = await store.sessions.find(study.id, session)
    if coder is not None and row is not None:
        counts = await store.codings.counts(coder.id, row.id)
        before = counts.messages - counts.pending
    reports = shown.enter_context(progresses(console, titles, total))

    def show(progress: Progress) -> None:
        done = (progress.stored, min(before + progress.coded, total))
        for report, number in zip(reports, done, strict=False):  # without a coder, no codes
            report(number)

    return show
