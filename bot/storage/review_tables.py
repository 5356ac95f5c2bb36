"""The tables of people's work on codes: who is to code what, marks, joined messages."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    Index,
    Integer,
    String,
    Table,
)

from bot.storage.columns import Utc, metadata, ref, row_id

# A coder's task. `threads` are external ids; null: all. What has ended assigns nobody any more.
assignments = Table(
    "assignments",
    metadata,
    row_id(),
    ref("study_id", "studies"),
    ref("coder_id", "coders"),
    ref("session_id", "sessions", nullable=True),
    Column("share", Float, nullable=False),
    Column("threads", JSON, nullable=True),
    Column("blind", Boolean, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("ended_at", Utc),
    CheckConstraint("share > 0 AND share <= 1", name="share"),
    Index(None, "study_id"),
)

# What a person did with a message beside coding it: could not tell (unsure), put it off
# (skipped), flagged it as an edge case, or was shown others' codes (shown). Append-only; a mark
# that takes another back names it.
marks = Table(
    "marks",
    metadata,
    row_id(),
    ref("message_id", "messages"),
    ref("coder_id", "coders"),
    Column("kind", String(16), nullable=False),
    Column("at", Utc, nullable=False),
    Column("revision", Integer, nullable=False),
    ref("takes_back_id", "marks", nullable=True),
    CheckConstraint("kind IN ('unsure', 'skipped', 'edge_case', 'shown', 'undone')", name="kind"),
    CheckConstraint("(kind = 'undone') = (takes_back_id IS NOT NULL)", name="takes_back"),
    Index(None, "message_id"),
    Index(None, "coder_id", "message_id"),
)

# Whether a message goes on with its speaker's one before (units of analysis). Append-only; the
# latest decision on a message counts.
unit_links = Table(
    "unit_links",
    metadata,
    row_id(),
    ref("message_id", "messages"),
    ref("previous_id", "messages"),
    ref("coder_id", "coders"),
    Column("joined", Boolean, nullable=False),
    Column("at", Utc, nullable=False),
    Index(None, "message_id"),
)
