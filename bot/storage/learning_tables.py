"""The tables of the learning loop: retrainings, which coder serves, gold groups, what left."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from bot.storage.columns import Utc, metadata, ref, row_id

# One attempt to make a better coder, also one that was skipped. `decision` holds the gate's
# numbers; `reason` is a sentence for people. Without `ended_at` it runs, or its process died.
retrainings = Table(
    "retrainings",
    metadata,
    row_id(),
    ref("study_id", "studies"),
    Column("cause", String(8), nullable=False),
    Column("state", String(8), nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("folder", Text),
    Column("verified", Integer),  # verified codes in the snapshot
    ref("champion_id", "bundles", nullable=True),
    ref("challenger_id", "bundles", nullable=True),
    Column("reason", Text),
    Column("decision", JSON),
    CheckConstraint("cause IN ('nightly', 'asked')", name="cause"),
    CheckConstraint("state IN ('running', 'promoted', 'kept', 'skipped', 'failed')", name="state"),
    CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended"),
    Index(None, "study_id"),
)

# Append-only: the last row of a study names the bundle that serves it; without any, the one of
# the settings does. `refused` puts the one before back when a bundle could not be loaded, or names
# that bundle again where nothing could be put back.
promotions = Table(
    "promotions",
    metadata,
    row_id(),
    ref("study_id", "studies"),
    ref("bundle_id", "bundles"),
    Column("folder", Text, nullable=False),
    Column("act", String(12), nullable=False),
    Column("at", Utc, nullable=False),
    ref("retraining_id", "retrainings", nullable=True),
    Column("reason", Text, nullable=False),
    CheckConstraint("act IN ('promoted', 'rolled_back', 'refused')", name="act"),
    Index(None, "study_id"),
)

# Who codes what begins, append-only: the last row of a study names the model coder of its live
# discussions without a pin (null: nobody; such discussions are the next coder's). A row and the
# pins of what belonged to the coder before are one transaction, so whose a discussion is never
# changes once a coder had it. `folder` is where the coder's bundle stands.
seatings = Table(
    "seatings",
    metadata,
    row_id(),
    ref("study_id", "studies"),
    ref("coder_id", "coders", nullable=True),
    Column("folder", Text),
    Column("at", Utc, nullable=False),
    CheckConstraint("(coder_id IS NULL) = (folder IS NULL)", name="folder"),
    Index(None, "study_id"),
)

# A discussion that was begun under a coder is coded to its end by that coder.
pins = Table(
    "pins",
    metadata,
    ref("discussion_id", "discussions", key=True),
    ref("coder_id", "coders"),
    Index(None, "coder_id"),
)

# Decided once per group, when it first holds verified codes, and never changed: what judges has
# never taught, and what taught never judges. `taught`: a coder had learned from it before it could
# be drawn, so it does not count in the share.
gold_groups = Table(
    "gold_groups",
    metadata,
    ref("thread_id", "threads", key=True),
    Column("gold", Boolean, nullable=False),
    Column("taught", Boolean, nullable=False),
    Column("decided_at", Utc, nullable=False),
    CheckConstraint("NOT (gold AND taught)", name="side"),
)

# What left, as a selection: of the session (null: of the whole study) every message and coding
# up to these rows. Which records that were follows from the log, which is never rewritten.
exports = Table(
    "exports",
    metadata,
    row_id(),
    ref("study_id", "studies"),
    ref("session_id", "sessions", nullable=True),
    Column("at", Utc, nullable=False),
    Column("form", String(32), nullable=False),
    Column("file", Text, nullable=False),  # its name, no path
    Column("sha256", String(64), nullable=False),
    Column("verified", Boolean, nullable=False),  # only what people settled on
    Column("last_message", Integer, nullable=False),
    Column("last_coding", Integer, nullable=False),
    Index(None, "study_id"),
)
