"""Read and write transactions: the only module that begins, commits and rolls back (see docs/transactions.md)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session, SessionTransaction

from models.base import db

READING: Mapping[str, Mapping[str, Any]] = {
    'sqlite': {'writes': False},
    'postgresql': {'writes': False, 'isolation_level': 'AUTOCOMMIT'},
}
"""Options of a connection that only reads, by database.

SQLite takes no write lock with them. PostgreSQL begins no transaction: BEGIN and ROLLBACK cost two round trips, and
the driver discards its prepared statements at each ROLLBACK.
"""

AFTER_COMMIT = 'review.after_commit'
"""Key of ``session.info``: the calls that wait for the commit."""

_log = logging.getLogger(__name__)


@event.listens_for(Engine, 'begin')
def _begin_on_sqlite(connection: Connection) -> None:
    """Take the write lock at BEGIN: SQLite refuses to upgrade a read transaction, without waiting."""
    if connection.dialect.name == 'sqlite':
        connection.exec_driver_sql('BEGIN IMMEDIATE' if _may_write(connection) else 'BEGIN')


@event.listens_for(Engine, 'before_execute')
def _refuse_to_write(connection: Connection, statement: Any, *_: Any) -> None:
    """Raise RuntimeError for an INSERT, UPDATE or DELETE in a read transaction; PostgreSQL would commit it at once."""
    if statement.is_dml and not _may_write(connection):
        raise RuntimeError('a read transaction cannot write: put the change in `with writing():`')


def _may_write(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get('writes', True))


def start_reading(session: Session) -> None:
    """Roll back the open transaction and begin a read transaction on the newest state of the database."""
    session.rollback()
    session.connection(execution_options=READING[session.get_bind().dialect.name])


def stop(session: Session) -> None:
    """Roll back the open transaction, if any."""
    session.rollback()


@contextmanager
def reading() -> Iterator[Session]:
    """Begin a read transaction without a write lock. Commands use it; a request reads by default."""
    session = db.session()
    session.rollback()
    session.connection(execution_options={'writes': False})  # a transaction: PostgreSQL streams rows only in one
    try:
        yield session
    finally:
        session.rollback()


@contextmanager
def writing() -> Iterator[Session]:
    """Commit the block at its end, or roll it back on any exception. A request continues to read after it.

    Rows loaded before the block are expired and read again in it; a change made to them before it is an error.
    """
    with _write_transaction() as session:
        yield session
        session.commit()


@contextmanager
def discarding() -> Iterator[Session]:
    """Roll the block back at its end: try a change without storing it."""
    with _write_transaction() as session:
        yield session


@contextmanager
def _write_transaction() -> Iterator[Session]:
    """End the read transaction, begin a write transaction, and return to reading after it."""
    session = db.session()
    read_before = session.in_transaction() and not _may_write(session.connection())
    if session.in_transaction() and not read_before:
        raise RuntimeError('a write transaction is open already')
    if session.new or session.deleted or any(map(session.is_modified, session.dirty)):
        raise RuntimeError('a row was changed outside `with writing():`')
    session.rollback()
    try:
        session.connection()
        yield session
    finally:
        session.rollback()
        if read_before:
            start_reading(session)


@contextmanager
def savepoint(session: Session) -> Iterator[None]:
    """Roll back the block alone if it raises; earlier changes of the transaction stay."""
    with session.begin_nested():
        yield


def after_commit(session: Session, call: Callable[[], object]) -> None:
    """Make a call after the open transaction is committed; drop it on rollback.

    Nothing can be undone at that time: an exception of the call is logged. The call must not use the session.
    """
    session.info.setdefault(AFTER_COMMIT, []).append(call)


@event.listens_for(Session, 'after_commit')
def _make_calls(session: Session) -> None:
    if session.in_nested_transaction():
        return
    for call in session.info.pop(AFTER_COMMIT, ()):
        try:
            call()
        except Exception:
            _log.exception('a call after the commit failed')


@event.listens_for(Session, 'after_transaction_end')
def _drop_calls(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(AFTER_COMMIT, None)
