"""Runs the migrations on the application's database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy.engine import Connection

from models import Base
from models.base import Moment


def _written(kind: str, item: Any, autogen: Any) -> str | bool:
    """Our own column type is stored as a plain date and time; a migration need not know it."""
    return 'sa.DateTime()' if kind == 'type' and isinstance(item, Moment) else False


@contextmanager
def _foreign_keys_at_rest(connection: Connection) -> Iterator[None]:
    """SQLite alters a table by laying it anew, which must not touch the rows that refer to it."""
    if connection.dialect.name != 'sqlite':
        yield
        return
    raw: Any = connection.connection.driver_connection
    raw.execute('PRAGMA foreign_keys=OFF').close()
    yield
    broken = raw.execute('PRAGMA foreign_key_check').fetchall()
    raw.execute('PRAGMA foreign_keys=ON').close()
    if broken:
        raise RuntimeError(f'rows without what they refer to: {broken[:5]}')


engine = current_app.extensions['migrate'].db.engine
with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=Base.metadata, render_as_batch=True, render_item=_written,
        compare_type=True,
    )  # fmt: skip
    with _foreign_keys_at_rest(connection):
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
