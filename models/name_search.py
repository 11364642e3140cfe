"""Index of the search for names: any one or more characters of a Chinese name find it.

Word indexes do not split Chinese, and trigrams miss one and two characters. Every suffix of a name is stored instead
(张三丰, 三丰, 丰): a substring of a name is a prefix of one of its suffixes, and a B-tree index finds prefixes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, String, delete, insert, inspect
from sqlalchemy import event as events
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from models.application import Application
from models.base import Base

LONGEST_NAME_ENDING = 60
"""Characters of a suffix that are stored; a longer search text is cut to this length."""

LAST = '\U0010ffff'
"""Character that sorts after every other character."""


class NameTail(Base):
    """One suffix of the name on a declaration, in lower case. Sorted by code point on every database."""

    __tablename__ = 'name_tail'
    __table_args__ = (Index('ix_name_tail_application', 'application_id'), {'sqlite_with_rowid': False})

    tail: Mapped[str] = mapped_column(
        String(LONGEST_NAME_ENDING).with_variant(String(LONGEST_NAME_ENDING, collation='C'), 'postgresql'),
        primary_key=True,
    )
    application_id: Mapped[int] = mapped_column(ForeignKey('application.id', ondelete='CASCADE'), primary_key=True)

    @classmethod
    def begins(cls, text: str) -> ColumnElement[bool]:
        """Return the condition that a suffix begins with a text, so that the name contains it."""
        small = text.lower()[:LONGEST_NAME_ENDING]
        return (cls.tail >= small) & (cls.tail < small + LAST)


def tails(application_id: int, name: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a name. A few letters are longer in lower case, so each suffix is cut to the column's size."""
    small = name.lower()
    for tail in {small[start : start + LONGEST_NAME_ENDING] for start in range(len(small))}:
        yield {'tail': tail, 'application_id': application_id}


@events.listens_for(Application, 'after_insert')
def _index(_mapper: Mapper[Any], connection: Connection, application: Application) -> None:
    rows = list(tails(application.id, application.applicant_name))
    if rows:
        connection.execute(insert(NameTail), rows)


@events.listens_for(Application, 'after_update')
def _index_anew(mapper: Mapper[Any], connection: Connection, application: Application) -> None:
    if inspect(application).attrs.applicant_name.history.has_changes():
        connection.execute(delete(NameTail).where(NameTail.application_id == application.id))
        _index(mapper, connection, application)
