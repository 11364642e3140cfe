"""What the platform maintains (calls, catalogue, standards, materials, working days), read once a process.

Every page needs a handful of these rows, and they change a few times a year. A process keeps what it has made of them
under a mark that every change replaces, in the transaction of the change; whoever reads looks at the mark first, so a
change counts from the next request on, in every process.
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

Made = TypeVar('Made')
Reading = Callable[[Session], Made]

SEEN = 'review.maintenance'
"""Where a session keeps the mark that it has seen in its present transaction."""


class Maintenance(Base):
    """One row: a mark at random, so that a change that was undone leaves none that could come again."""

    __tablename__ = 'maintenance'

    id: Mapped[int] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column()


_watched: set[type] = set()
_kept: WeakKeyDictionary[Engine | Connection, dict[Reading[Any], tuple[str, Any]]] = WeakKeyDictionary()


def present_mark() -> ScalarSelect[str]:
    """The mark of what is maintained now, to be read along with something else (see ``saw``)."""
    return select(Maintenance.mark).scalar_subquery()


def saw(session: Session, mark: str | None) -> None:
    """Take a mark for the present one until the transaction ends."""
    session.info[SEEN] = mark


def maintained(*models: type[Base]) -> Callable[[Reading[Made]], Reading[Made]]:
    """A reading of these models, and of nothing else, that is done again only once one of them has changed.

    What it answers is shared by all who read: it must hold no row of a session, and nobody may change it.
    """
    _watched.update(models)

    def kept(read: Reading[Made]) -> Reading[Made]:
        @wraps(read)
        def known(session: Session) -> Made:
            mark, of_this_database = _mark(session), _kept.setdefault(session.get_bind(), {})
            there = of_this_database.get(read)
            if mark is None or there is None or there[0] != mark:
                there = of_this_database[read] = (mark or '', read(session))
            made: Made = there[1]
            return made

        return known

    return kept


def _mark(session: Session) -> str | None:
    if session.new or session.dirty or session.deleted:
        session.flush()  # as every query would: what was just changed counts
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
