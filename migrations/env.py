"""Runs the migrations on the application's database."""

from __future__ import annotations

from typing import Any

from alembic import context
from flask import current_app

from models import Base
from models.base import Moment


def _written(kind: str, item: Any, autogen: Any) -> str | bool:
    """Our own column type is stored as a plain date and time; a migration need not know it."""
    return 'sa.DateTime()' if kind == 'type' and isinstance(item, Moment) else False


engine = current_app.extensions['migrate'].db.engine
with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=Base.metadata, render_as_batch=True, render_item=_written,
        compare_type=True,
    )  # fmt: skip
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
