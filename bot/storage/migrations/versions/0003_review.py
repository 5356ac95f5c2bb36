"""People's work on codes: assignments, marks, joined messages, and what a coder had seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, and the new column of codings. No row that is there changes."""
    # With its constraint in one statement, SQLite needs no copy of what may be a large table.
    op.execute(
        "ALTER TABLE codings ADD COLUMN seen VARCHAR(8) "
        "CONSTRAINT ck_codings_seen CHECK (seen IN ('nothing', 'codes'))"
    )
    op.create_table(
        "assignments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("coder_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("threads", sa.JSON(), nullable=True),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("share > 0 AND share <= 1", name=op.f("ck_assignments_share")),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_assignments_study_id")),
        sa.ForeignKeyConstraint(["coder_id"], ["coders.id"], name=op.f("fk_assignments_coder_id")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_assignments_session_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
    )
    op.create_index(op.f("ix_assignments_study_id"), "assignments", ["study_id"], unique=False)
    op.create_table(
        "marks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("coder_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("takes_back_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('unsure', 'skipped', 'edge_case', 'shown', 'undone')",
            name=op.f("ck_marks_kind"),
        ),
        sa.CheckConstraint(
            "(kind = 'undone') = (takes_back_id IS NOT NULL)", name=op.f("ck_marks_takes_back")
        ),
        sa.ForeignKeyConstraint(["coder_id"], ["coders.id"], name=op.f("fk_marks_coder_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_marks_message_id")),
        sa.ForeignKeyConstraint(
            ["takes_back_id"], ["marks.id"], name=op.f("fk_marks_takes_back_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marks")),
    )
    op.create_index(op.f("ix_marks_message_id"), "marks", ["message_id"], unique=False)
    op.create_index(
        op.f("ix_marks_coder_id_message_id"), "marks", ["coder_id", "message_id"], unique=False
    )
    op.create_table(
        "unit_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("previous_id", sa.Integer(), nullable=False),
        sa.Column("coder_id", sa.Integer(), nullable=False),
        sa.Column("joined", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["coder_id"], ["coders.id"], name=op.f("fk_unit_links_coder_id")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_unit_links_message_id")
        ),
        sa.ForeignKeyConstraint(
            ["previous_id"], ["messages.id"], name=op.f("fk_unit_links_previous_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_links")),
    )
    op.create_index(op.f("ix_unit_links_message_id"), "unit_links", ["message_id"], unique=False)
