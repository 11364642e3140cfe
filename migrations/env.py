"""Alembic environment: run the migrations on the database of the application."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy.engine import Connection

from migrations import generating
from models import Base


@contextmanager
def _foreign_keys_at_rest(connection: Connection) -> Iterator[None]:
    """Switch foreign keys off while SQLite rebuilds a table, then check them. Raises RuntimeError for broken ones.

    SQLite alters a table by building a new one and dropping the old one; with foreign keys on, this would delete or
    change the rows that refer to it.
    """
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
    context.configure(connection=connection, target_metadata=Base.metadata, **generating.OPTIONS)
    with _foreign_keys_at_rest(connection):
        with context.begin_transaction(), generating.kept_triggers(connection):
            context.run_migrations()
        connection.commit()
