"""The tables. Changing one needs a migration; a test holds the two against each other.

Row ids are internal. What people and files see are names, keys and external ids.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.storage.columns import Utc, metadata, ref, row_id

codebooks = Table(
    "codebooks",
    metadata,
    row_id(),
    Column("hash", String(64), nullable=False, unique=True),
    Column("content", JSON, nullable=False),
    Column("created_at", Utc, nullable=False),
)

studies = Table(
    "studies",
    metadata,
    row_id(),
    Column("name", Text, nullable=False, unique=True),
    ref("codebook_id", "codebooks"),  # the current version; codings name the one they used
    Column("settings", JSON, nullable=False),
    Column("created_at", Utc, nullable=False),
)

# A scenario whose text was changed is another version; discussions keep the one they had.
scenarios = Table(
    "scenarios",
    metadata,
    row_id(),
    ref("study_id", "studies"),
    Column("key", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    UniqueConstraint("study_id", "key", "version"),
)

sessions = Table(
    "sessions",
    metadata,
    row_id(),
    ref("study_id", "studies"),
    Column("name", Text, nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("ended_at", Utc),
    UniqueConstraint("study_id", "name"),
)

threads = Table(
    "threads",
    metadata,
    row_id(),
    ref("study_id", "studies"),
    Column("external_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    UniqueConstraint("study_id", "external_id"),
)

# A discussion owns the order keys from start_key up to the thread's next start (or its own
# end_key): which discussion a message belongs to follows from its order key alone, whenever
# and in whatever order it arrives.
discussions = Table(
    "discussions",
    metadata,
    row_id(),
    ref("session_id", "sessions"),
    ref("thread_id", "threads"),
    ref("scenario_id", "scenarios"),
    Column("round", Integer, nullable=False),
    Column("start_key", BigInteger, nullable=False),
    Column("end_key", BigInteger),
    Column("started_at", Utc, nullable=False),
    Column("ended_at", Utc),
    UniqueConstraint("thread_id", "scenario_id", "round"),
    UniqueConstraint("thread_id", "start_key"),
    Index(None, "session_id"),
)

# A person with an account is one person all over the study (thread_id is null). A pseudonym
# that came with a file names a person only within its thread: every group may have a "P1".
people = Table(
    "people",
    metadata,
    row_id(),
    ref("study_id", "studies"),
    ref("thread_id", "threads", nullable=True),
    Column("pseudonym", Text, nullable=False),
    UniqueConstraint("thread_id", "pseudonym"),
    Index(
        "uq_people_study",
        "study_id",
        "pseudonym",
        unique=True,
        sqlite_where=text("thread_id IS NULL"),
        postgresql_where=text("thread_id IS NULL"),
    ),
)

# The key from account to pseudonym: nothing else refers to it, so it can be destroyed.
accounts = Table(
    "accounts",
    metadata,
    row_id(),
    ref("study_id", "studies"),
    ref("person_id", "people"),
    Column("platform", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    UniqueConstraint("study_id", "platform", "account_id"),
)

# `revision` rises with each edit of the text, `context` whenever messages before it in the
# discussion changed their order: both make it pending again. session_id repeats the
# discussion's so that what is pending in a session is one range of one index.
messages = Table(
    "messages",
    metadata,
    row_id(),
    ref("thread_id", "threads"),
    ref("session_id", "sessions"),
    ref("discussion_id", "discussions"),
    ref("person_id", "people"),
    Column("external_id", Text, nullable=False),
    Column("order_key", BigInteger, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("sent_at", Utc),
    Column("stored_at", Utc, nullable=False),
    Column("text", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("context", Integer, nullable=False),
    Column("deleted_at", Utc),
    Column("reply_to", Text),
    Column("provenance", String(16), nullable=False),
    UniqueConstraint("thread_id", "external_id"),
    UniqueConstraint("discussion_id", "sequence"),
    Index(None, "discussion_id", "order_key"),
    Index(None, "session_id", "id"),
    sqlite_autoincrement=True,  # ids are never used again: `progress` counts on it
)

message_events = Table(
    "message_events",
    metadata,
    row_id(),
    ref("message_id", "messages"),
    Column("kind", String(16), nullable=False),
    Column("at", Utc, nullable=False),
    Column("revision", Integer, nullable=False),  # the revision that the event made or met
    Column("text_before", Text),
    Column("text_after", Text),
    CheckConstraint("kind IN ('edited', 'deleted')", name="kind"),
    Index(None, "message_id"),
)

bundles = Table(
    "bundles",
    metadata,
    row_id(),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("architecture", String(16), nullable=False),
    ref("codebook_id", "codebooks"),
    Column("registered_at", Utc, nullable=False),
    Column("manifest", JSON, nullable=False),
)

coders = Table(
    "coders",
    metadata,
    row_id(),
    ref("study_id", "studies"),
    Column("name", Text, nullable=False),
    Column("kind", String(8), nullable=False),
    ref("bundle_id", "bundles", nullable=True),
    UniqueConstraint("study_id", "name"),
    UniqueConstraint("study_id", "bundle_id"),
    CheckConstraint("kind IN ('model', 'human')", name="kind"),
    CheckConstraint("(kind = 'model') = (bundle_id IS NOT NULL)", name="bundle"),
)

# Append-only: a trigger (see the migrations) refuses UPDATE; DELETE is for participants who
# withdraw from the study.
codings = Table(
    "codings",
    metadata,
    row_id(),
    ref("message_id", "messages"),
    ref("coder_id", "coders"),
    ref("codebook_id", "codebooks"),
    Column("code", Text, nullable=False),
    Column("confidence", Float),
    Column("runner_up", Text),
    Column("runner_up_confidence", Float),
    Column("at", Utc, nullable=False),
    Column("act", String(16), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("context", Integer, nullable=False),
    Column("window_size", Integer),
    Column("cut", Boolean, nullable=False),
    Column("note", Text),
    Column("seen", String(8)),
    CheckConstraint("seen IN ('nothing', 'codes')", name="seen"),
    CheckConstraint(
        "act IN ('coded', 'confirmed', 'corrected', 'adjudicated', 'withdrawn')", name="act"
    ),
    Index(None, "message_id", "coder_id", "revision", "context"),
    sqlite_autoincrement=True,
)

# How far a model coder is through a session: every message of it with a lower id than
# done_below is coded as it now stands. Only a bound for the search of what is pending, kept
# true by whoever makes a message pending again; without a row the search starts at 0.
progress = Table(
    "progress",
    metadata,
    ref("session_id", "sessions", key=True),
    ref("coder_id", "coders", key=True),
    Column("done_below", Integer, nullable=False),
)
