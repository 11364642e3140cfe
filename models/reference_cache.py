"""Cache of the platform's reference data (calls, catalogue, standards, materials, working days), one per process.

Every page needs a few of these rows, and they change a few times a year. A process caches the values that it computed
from them, together with a mark. Every change replaces the mark in its own transaction, and every read compares the
mark first, so every process sees a change from its next request on.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from itertools import chain
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import ScalarSelect, event, select, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, SessionTransaction, mapped_column

from models.base import Base

Maintained = TypeVar('Maintained')
Reading = Callable[[Session], Maintained]

SEEN = 'review.maintenance'
"""Key of ``session.info``: the mark that the session has read in its present transaction."""


class Maintenance(Base):
    """Single row with a random mark. A random mark never comes back after a rollback, unlike a counter."""

    __tablename__ = 'maintenance'

    id: Mapped[int] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column()


_watched: set[type] = set()
_kept: WeakKeyDictionary[Engine | Connection, dict[Reading[Any], tuple[str, Any]]] = WeakKeyDictionary()


def present_mark() -> ScalarSelect[str]:
    """Return a subquery for the present mark, to be selected together with something else (see ``saw``)."""
    return select(Maintenance.mark).scalar_subquery()


def saw(session: Session, mark: str | None) -> None:
    """Remember a mark as the present one until the transaction ends."""
    session.info[SEEN] = mark


def maintained(*models: type[Base]) -> Callable[[Reading[Maintained]], Reading[Maintained]]:
    """Decorate a function that reads only these models: its result is cached until a row of them changes.

    All callers share the result: it must contain no row of a session, and it must not be changed.
    """
    _watched.update(models)

    def kept(read: Reading[Maintained]) -> Reading[Maintained]:
        @wraps(read)
        def known(session: Session) -> Maintained:
            mark, of_this_database = _mark(session), _kept.setdefault(session.get_bind(), {})
            there = of_this_database.get(read)
            if mark is None or there is None or there[0] != mark:
                there = of_this_database[read] = (mark or '', read(session))
            made: Maintained = there[1]
            return made

        return known

    return kept


def _mark(session: Session) -> str | None:
    if session.new or session.dirty or session.deleted:
        session.flush()  # as every query does: pending changes count
    if SEEN not in session.info:
        saw(session, session.scalar(select(present_mark())))
    mark: str | None = session.info[SEEN]
    return mark


def _replace_mark(session: Session) -> None:
    session.connection().execute(update(Maintenance).values(mark=secrets.token_hex(16)))
    session.info.pop(SEEN, None)


@event.listens_for(Session, 'before_flush')
def _rows_change(session: Session, *_: Any) -> None:
    if any(type(row) in _watched for row in chain(session.new, session.dirty, session.deleted)):
        _replace_mark(session)


@event.listens_for(Session, 'do_orm_execute')
def _statement_changes(state: ORMExecuteState) -> None:
    writes = state.is_insert or state.is_update or state.is_delete
    if writes and state.bind_mapper is not None and state.bind_mapper.class_ in _watched:
        _replace_mark(state.session)


@event.listens_for(Session, 'after_transaction_end')
def _forget_mark(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(SEEN, None)
