"""What live sessions need: servers, scenario lists, runs, gaps, notes, and withdrawals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; codings may be withdrawals. No row that is there changes."""
    _allow_withdrawals()
    op.create_table(
        "scenario_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_scenario_list_study_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario_list")),
        sa.UniqueConstraint("study_id", "key", name=op.f("uq_scenario_list_study_id_key")),
        sa.UniqueConstraint(
            "study_id", "position", name=op.f("uq_scenario_list_study_id_position")
        ),
    )
    op.create_table(
        "servers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("staff_channel", sa.Text(), nullable=True),
        sa.Column("researcher_role", sa.Text(), nullable=True),
        sa.Column("coder_role", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_servers_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_servers")),
        sa.UniqueConstraint(
            "platform", "external_id", name=op.f("uq_servers_platform_external_id")
        ),
        sa.UniqueConstraint("study_id", name=op.f("uq_servers_study_id")),
    )
    op.create_table(
        "coder_accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("coder_id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["coder_id"], ["coders.id"], name=op.f("fk_coder_accounts_coder_id")
        ),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_coder_accounts_study_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coder_accounts")),
        sa.UniqueConstraint("coder_id", name=op.f("uq_coder_accounts_coder_id")),
        sa.UniqueConstraint(
            "study_id",
            "platform",
            "account_id",
            name=op.f("uq_coder_accounts_study_id_platform_account_id"),
        ),
    )
    op.create_table(
        "gaps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("after_key", sa.BigInteger(), nullable=False),
        sa.Column("before_key", sa.BigInteger(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_gaps_thread_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gaps")),
    )
    op.create_index(op.f("ix_gaps_thread_id"), "gaps", ["thread_id"], unique=False)
    op.create_table(
        "panels",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_panels_session_id")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_panels")),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("scenario_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["scenario_id"], ["scenarios.id"], name=op.f("fk_runs_scenario_id")
        ),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_runs_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index(op.f("ix_runs_session_id"), "runs", ["session_id"], unique=False)
    op.create_table(
        "session_channels",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_session_channels_session_id")
        ),
        sa.PrimaryKeyConstraint("session_id", "external_id", name=op.f("pk_session_channels")),
    )
    op.create_table(
        "session_threads",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_before", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_session_threads_session_id")
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["threads.id"], name=op.f("fk_session_threads_thread_id")
        ),
        sa.PrimaryKeyConstraint("session_id", "thread_id", name=op.f("pk_session_threads")),
    )
    op.create_table(
        "posts",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('start', 'warning', 'end')", name=op.f("ck_posts_kind")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_posts_run_id")),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_posts_thread_id")),
        sa.PrimaryKeyConstraint("run_id", "thread_id", "kind", name=op.f("pk_posts")),
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("coder_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["coder_id"], ["coders.id"], name=op.f("fk_notes_coder_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_notes_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index(op.f("ix_notes_message_id"), "notes", ["message_id"], unique=False)


def _allow_withdrawals() -> None:
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    last = "SELECT seq FROM sqlite_sequence WHERE name = 'codings'"
    given = connection.scalar(sa.text(last)) if sqlite else None
    # SQLite changes a constraint by copying the table; the index comes along, but neither the
    # trigger nor the memory of ids that were given and deleted.
    with op.batch_alter_table("codings", table_kwargs={"sqlite_autoincrement": True}) as codings:
        codings.drop_constraint(op.f("ck_codings_act"), type_="check")
        codings.create_check_constraint(
            op.f("ck_codings_act"),
            "act IN ('coded', 'confirmed', 'corrected', 'adjudicated', 'withdrawn')",
        )
    if not sqlite:
        return
    if given is not None:
        op.execute("DELETE FROM sqlite_sequence WHERE name = 'codings'")
        again = sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('codings', :given)")
        connection.execute(again, {"given": given})
    op.execute(
        "CREATE TRIGGER codings_append_only BEFORE UPDATE ON codings "
        "BEGIN SELECT RAISE(ABORT, 'codings are appended, never changed'); END"
    )
