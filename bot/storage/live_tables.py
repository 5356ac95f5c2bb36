"""The tables that live sessions need beside the log: servers, scenario lists, runs, gaps.

Ids that a platform gave (servers, channels, roles, accounts) are texts, as everywhere.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from bot.storage.columns import Utc, metadata, ref, row_id

# A server holds one study, and a study may be held in one server. `study setup` makes the row.
servers = Table(
    "servers",
    metadata,
    row_id(),
    ref("study_id", "studies"),
    Column("platform", String(16), nullable=False),
    Column("external_id", Text, nullable=False),
    Column("staff_channel", Text),
    Column("researcher_role", Text),
    Column("coder_role", Text),
    Column("updated_at", Utc, nullable=False),
    UniqueConstraint("study_id"),
    UniqueConstraint("platform", "external_id"),
)

# The scenarios that `scenario next` goes through, in order; which of them have been started
# in a session is told by its runs.
scenario_list = Table(
    "scenario_list",
    metadata,
    row_id(),
    ref("study_id", "studies"),
    Column("position", Integer, nullable=False),
    Column("key", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    UniqueConstraint("study_id", "position"),
    UniqueConstraint("study_id", "key"),
)

# Threads and channels that a session was told to follow. A channel brings every thread of it
# along, also those opened later. `deleted_before` counts messages that had been deleted from
# a thread when it was joined: none of the session's.
session_threads = Table(
    "session_threads",
    metadata,
    ref("session_id", "sessions", key=True),
    ref("thread_id", "threads", key=True),
    Column("joined_at", Utc, nullable=False),
    Column("deleted_before", Integer, nullable=False),
)
session_channels = Table(
    "session_channels",
    metadata,
    ref("session_id", "sessions", key=True),
    Column("external_id", Text, primary_key=True),
)

# One start of a scenario in some threads of a session. `ends_at` is planned, `ended_at` is
# when it was; between the two lies what an automatic end still has to do after a crash.
runs = Table(
    "runs",
    metadata,
    row_id(),
    ref("session_id", "sessions"),
    ref("scenario_id", "scenarios"),
    Column("started_at", Utc, nullable=False),
    Column("ends_at", Utc),
    Column("warned_at", Utc),
    Column("ended_at", Utc),
    Index(None, "session_id"),
)

# What a run has to say in each of its threads, and the message that says it: without one it is
# still to be posted, or was posted by a process that died before it could note so.
posts = Table(
    "posts",
    metadata,
    ref("run_id", "runs", key=True),
    ref("thread_id", "threads", key=True),
    Column("kind", String(8), primary_key=True),
    Column("external_id", Text),
    Column("problem", Text),
    CheckConstraint("kind IN ('start', 'warning', 'end')", name="kind"),
)

# The one message of a session in the staff channel that is edited as the session goes on.
panels = Table(
    "panels",
    metadata,
    ref("session_id", "sessions", key=True),
    Column("channel", Text, nullable=False),
    Column("external_id", Text, nullable=False),
)

# Messages that were written in a thread and can no longer be had: deleted while nobody listened.
# They lie between the order keys; `missing` is their number.
gaps = Table(
    "gaps",
    metadata,
    row_id(),
    ref("thread_id", "threads"),
    Column("after_key", BigInteger, nullable=False),
    Column("before_key", BigInteger, nullable=False),
    Column("missing", Integer, nullable=False),
    Column("noticed_at", Utc, nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "thread_id"),
)

# What people note on a message without deciding on its code.
notes = Table(
    "notes",
    metadata,
    row_id(),
    ref("message_id", "messages"),
    ref("coder_id", "coders"),
    Column("text", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Index(None, "message_id"),
)

# Which coder of a study an account is. Like `accounts`, nothing else refers to it.
coder_accounts = Table(
    "coder_accounts",
    metadata,
    row_id(),
    ref("study_id", "studies"),
    ref("coder_id", "coders"),
    Column("platform", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    UniqueConstraint("study_id", "platform", "account_id"),
    UniqueConstraint("coder_id"),
)
