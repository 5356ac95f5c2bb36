"""Alembic's entry: runs the migrations on the connection that migrate.py hands over."""

from __future__ import annotations

from alembic import context

from bot.storage import (  # they belong to the metadata
    learning_tables,  # noqa: F401
    live_tables,  # noqa: F401
    review_tables,  # noqa: F401
    tables,  # noqa: F401
)
from bot.storage.columns import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    compare_server_default=True,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
