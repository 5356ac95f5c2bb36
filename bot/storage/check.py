"""Whether a database is sound: SQLite's own checks, and what Intercoder promises itself."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.errors import speaking
from bot.storage.migrate import head
from bot.storage.sqlite import is_sqlite, looking_engine, parse_url, place

_SHOWN = 5  # rows named in a finding; the count tells of the rest


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be: which check, and what it found."""

    check: str
    found: str


# Each selects the rows (ids, never words) that break the rule.
_RULES = {
    "sequences count 1..n in each discussion": """
        SELECT discussion_id FROM messages GROUP BY discussion_id
        HAVING min(sequence) <> 1 OR max(sequence) <> count(*)
            OR count(DISTINCT sequence) <> count(*)""",
    "sequences follow the order of the thread": """
        SELECT id FROM (
            SELECT id, order_key, lag(order_key)
                OVER (PARTITION BY discussion_id ORDER BY sequence) AS earlier
            FROM messages) AS ordered
        WHERE order_key < earlier""",
    "messages lie within their discussion": """
        SELECT m.id FROM messages m JOIN discussions d ON d.id = m.discussion_id
        WHERE m.order_key < d.start_key OR m.thread_id <> d.thread_id
            OR m.session_id <> d.session_id
            OR m.order_key >= (SELECT min(n.start_key) FROM discussions n
                WHERE n.thread_id = d.thread_id AND n.start_key > d.start_key)""",
    "discussions lie within one study": """
        SELECT d.id FROM discussions d JOIN sessions s ON s.id = d.session_id
        JOIN threads t ON t.id = d.thread_id JOIN scenarios c ON c.id = d.scenario_id
        WHERE s.study_id <> t.study_id OR s.study_id <> c.study_id""",
    "revisions count the edits": """
        SELECT m.id FROM messages m WHERE m.revision <> 1 + (SELECT count(*)
            FROM message_events e WHERE e.message_id = m.id AND e.kind = 'edited')""",
    "codings are on a revision that was": """
        SELECT c.id FROM codings c JOIN messages m ON m.id = c.message_id
        WHERE c.revision > m.revision OR c.context > m.context""",
    "a model codes a message once as it stands": """
        SELECT min(c.id) FROM codings c JOIN coders k ON k.id = c.coder_id
        WHERE k.kind = 'model' GROUP BY c.message_id, c.coder_id, c.revision, c.context
        HAVING count(*) > 1""",
    "a person's next coding is another": """
        SELECT id FROM (
            SELECT c.id, c.act, c.code, c.revision, c.note,
                lag(c.act) OVER own AS done, lag(c.code) OVER own AS before,
                lag(c.revision) OVER own AS met, lag(c.note) OVER own AS noted
            FROM codings c JOIN coders k ON k.id = c.coder_id WHERE k.kind = 'human'
            WINDOW own AS (PARTITION BY c.message_id, c.coder_id ORDER BY c.id)) AS given
        WHERE act = 'coded' AND done = 'coded' AND code = before AND revision = met
            AND (note IS NULL OR note = noted)""",
    "a withdrawal takes a decision back": """
        SELECT id FROM (
            SELECT c.id, sum(CASE c.act WHEN 'withdrawn' THEN -1 ELSE 1 END)
                OVER (PARTITION BY c.message_id, c.coder_id ORDER BY c.id) AS standing
            FROM codings c) AS given
        WHERE standing < 0""",
    "nothing below a coder's progress is pending": """
        SELECT m.id FROM progress p JOIN messages m ON m.session_id = p.session_id
        WHERE m.id < p.done_below AND m.deleted_at IS NULL AND NOT EXISTS (
            SELECT 1 FROM codings c WHERE c.message_id = m.id AND c.coder_id = p.coder_id
                AND c.revision = m.revision AND c.context = m.context)
            AND p.coder_id = coalesce(
                (SELECT n.coder_id FROM pins n WHERE n.discussion_id = m.discussion_id),
                (SELECT coalesce(t.coder_id, 0) FROM seatings t
                    JOIN sessions s ON s.study_id = t.study_id WHERE s.id = m.session_id
                        AND EXISTS (SELECT 1 FROM session_threads f WHERE f.session_id = s.id)
                    ORDER BY t.id DESC LIMIT 1),
                p.coder_id)""",
    "a pinned discussion is coded by its coder alone": """
        SELECT m.id FROM pins p JOIN messages m ON m.discussion_id = p.discussion_id
        JOIN codings c ON c.message_id = m.id AND c.revision = m.revision
            AND c.context = m.context AND c.coder_id <> p.coder_id
        JOIN coders k ON k.id = c.coder_id AND k.kind = 'model'""",
}

# A withdrawal names what counts again, if anything does: that may be of an earlier codebook.
_CODES_OF_CODEBOOKS = """
    SELECT c.id FROM codings c WHERE c.act <> 'withdrawn' AND c.code NOT IN (
        SELECT json_extract(entry.value, '$.code')
        FROM codebooks b, json_each(b.content, '$.codes') entry WHERE b.id = c.codebook_id)"""


async def check(url: str) -> list[Finding]:
    """Return what is wrong with the database; empty when it is sound.

    Reads everything once. Raises StorageError if it cannot be read at all.
    """
    parsed = parse_url(url)
    engine = looking_engine(parsed)
    with speaking(place(parsed)):
        try:
            async with engine.connect() as connection:
                return await _findings(connection, sqlite=is_sqlite(parsed))
        finally:
            await engine.dispose()


async def _findings(connection: AsyncConnection, *, sqlite: bool) -> list[Finding]:
    found: list[Finding] = []
    rules = dict(_RULES)
    if sqlite:
        found += await _sqlite(connection)
        rules["codes are in their codebook"] = _CODES_OF_CODEBOOKS
    version = await _version(connection)
    if version != head():
        found.append(Finding("schema", f"is {version}, this version needs {head()}"))
    if version is None or any(finding.check == "integrity" for finding in found):
        return found  # the rules below would only stumble over it
    for name, query in rules.items():
        rows = (await connection.execute(text(query))).scalars().all()
        if rows:
            shown = ", ".join(str(row) for row in rows[:_SHOWN])
            more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
            found.append(Finding(name, f"not so for row {shown}{more}"))
    return found


async def _sqlite(connection: AsyncConnection) -> list[Finding]:
    integrity = (await connection.execute(text("PRAGMA integrity_check"))).scalars().all()
    found = [Finding("integrity", str(line)) for line in integrity if line != "ok"]
    broken = (await connection.execute(text("PRAGMA foreign_key_check"))).all()
    found += [
        Finding("foreign keys", f"{row[0]} row {row[1]} refers to no {row[2]}") for row in broken
    ]
    return found


async def _version(connection: AsyncConnection) -> str | None:
    known = await connection.run_sync(lambda c: c.dialect.has_table(c, "alembic_version"))
    if not known:
        return None
    version: str | None = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version
