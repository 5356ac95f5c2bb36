"""What has to be in the log after any fault: derived from what stands on the server alone.

Windows, sequences and codes follow from the messages' ids and from the bot's own posts. So the
undisturbed run and every disturbed one are held against the same table, which no database had a
part in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import func, select

from bot.domain.coding import Act, CoderKind
from bot.domain.discussion import NO_SCENARIO, Discussion, Message, Scenario
from bot.domain.window import windows
from bot.inference.bundle import Bundle
from bot.inference.open import open_engine
from bot.rehearsal.world.channels import Channel
from bot.rehearsal.world.messages import DEFAULT, REPLY
from bot.rehearsal.world.world import World
from bot.services.announcing import END, words
from bot.storage.store import Store
from bot.storage.tables import coders, codings, messages

NONE = Scenario(NO_SCENARIO, "", "")


@dataclass(frozen=True, slots=True)
class Line:
    """One message as it has to be stored and coded."""

    id: str
    text: str
    scenario: str
    round: int
    sequence: int
    window: int
    code: str


Truth = dict[str, list[Line]]
"""By thread, in order."""


def truth(
    world: World,
    threads: Iterable[Channel],
    since: int,
    scenarios: Iterable[Scenario],
    bundle: Bundle,
    unseen: Collection[str] = (),
) -> Truth:
    """Return what has to be stored of `threads` from order key `since` on, and how it is coded.

    Messages `unseen` were deleted before anybody could have heard of them. Of a deleted one only
    its place counts.
    """
    starts = {words("start", s): s for s in scenarios}
    found = {t.id: _discussions(world, t, since, starts, unseen) for t in threads}
    encoder = bundle.encoder()
    engine = open_engine(bundle, "fake", "cpu", 1)
    seen = [
        (thread, w)
        for thread, talks in found.items()
        for d in talks
        for w in windows(d, encoder.spec.window)
    ]
    rows = engine.score([encoder.encode(w) for _, w in seen])
    table: Truth = {thread: [] for thread in found}
    for (thread, w), row in zip(seen, rows, strict=True):
        code = engine.labels[int(row.argmax())]
        gone = world.messages[w.target.id].deleted
        table[thread].append(_line(w.target, None if gone else (len(w.messages), code)))
    return table


async def stored(store: Store, study_id: int) -> Truth:
    """Return the log as it stands, each message with the model's last code (or "-")."""
    table: Truth = {}
    async for coded in store.transcripts.stream(study_id):
        for said in coded.discussion.messages:
            own = [c for c in coded.codings.get(said.id, ()) if c.kind is CoderKind.MODEL]
            last = None if said.id in coded.deleted or not own else own[-1]
            given = None if last is None else (last.window_size or 0, last.code)
            table.setdefault(said.thread_id, []).append(_line(said, given))
    return table


def differences(wanted: Truth, found: Truth) -> list[str]:
    """Return what is lost, doubled, in another place or coded otherwise; nothing if all is well."""
    told: list[str] = []
    for thread in sorted(wanted.keys() | found.keys()):
        due, there = wanted.get(thread, []), found.get(thread, [])
        known = {line.id for line in due}
        counts = Counter(line.id for line in there)
        told += [f"lost: {line}" for line in due if line.id not in counts]
        told += [f"doubled: {line}" for line in there if counts[line.id] > 1]
        told += [f"strange: {line}" for line in there if line.id not in known]
        if not told:
            told += [f"{b} instead of {a}" for a, b in zip(due, there, strict=True) if a != b]
    return told


async def coded_otherwise_than_once(store: Store) -> list[tuple[str, int]]:
    """Return what a model did not code exactly once as it now stands, and how often it did."""
    current = (
        select(messages.c.external_id, func.count(coders.c.id))
        .outerjoin(
            codings,
            (codings.c.message_id == messages.c.id)
            & (codings.c.revision == messages.c.revision)
            & (codings.c.context == messages.c.context),
        )
        .outerjoin(
            coders, (coders.c.id == codings.c.coder_id) & (coders.c.kind == CoderKind.MODEL.value)
        )
        .where(messages.c.deleted_at.is_(None))
        .group_by(messages.c.id)
    )
    async with store.connections.read() as connection:
        rows = (await connection.execute(current)).all()
    return [(str(key), int(count)) for key, count in rows if count != 1]


async def corrections(store: Store, study_id: int) -> Counter[tuple[str, str]]:
    """Return how often people gave which code to which message."""
    given: Counter[tuple[str, str]] = Counter()
    async for coded in store.transcripts.stream(study_id):
        for message, decided in coded.codings.items():
            given.update((message, c.code) for c in decided if c.act is Act.CORRECTED)
    return given


def _line(said: Message, coded: tuple[int, str] | None) -> Line:
    window, code = coded or (-1, "-")
    return Line(said.id, said.text, said.scenario_id, said.round, said.sequence, window, code)


def _discussions(
    world: World,
    thread: Channel,
    since: int,
    starts: dict[str, Scenario],
    unseen: Collection[str],
) -> list[Discussion]:
    here = sorted(
        (m for m in world.messages.values() if m.channel_id == thread.id and m.only_for is None),
        key=lambda m: int(m.id),
    )
    talks: list[tuple[Scenario, list[Message]]] = [(NONE, [])]
    rounds: Counter[str] = Counter({NONE.id: 1})
    numbers = [1]
    for message in here:
        if int(message.id) < since or message.id in unseen:
            continue
        if message.author.id == world.bot.id:
            scenario = NONE if message.content == END else starts.get(message.content)
            if scenario is not None:
                rounds[scenario.id] += 1
                talks.append((scenario, []))
                numbers.append(rounds[scenario.id])
        elif message.webhook_id is None and message.kind in {DEFAULT, REPLY}:
            scenario, own = talks[-1]
            own.append(
                Message(
                    message.id,
                    thread.id,
                    scenario.id,
                    len(own) + 1,
                    message.author.id,
                    None,
                    "" if message.deleted else message.content,
                    round=numbers[-1],
                )
            )
    return [
        Discussion(thread.id, scenario, tuple(own), number)
        for (scenario, own), number in zip(talks, numbers, strict=True)
    ]
